"""Agents: people, their phones, deputies, leave and log-ins, and the routing directory made of them.

Knows no customer and no call.
"""
