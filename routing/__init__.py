"""Routing: who rings, in which order, and why. Pure; standard library only; no clock, no I/O, no asyncio."""
