"""Desktops: which pop belongs on whose screen, and the hub that delivers it in order without ever waiting.

Knows calls, agents and cards; knows no SIP and no SQL.
"""
