"""Bringing notices to other systems: outboxes in the database, and the ways of sending.

Must not know what any notice tells of.
"""
