"""Customers: who is calling, what they bought, complained of and asked for, and the card that shows it.

Knows no channel, no route and no desktop.
"""
