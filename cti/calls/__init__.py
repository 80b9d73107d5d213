"""Calls: one call and its legs as a pure state machine, the tracker that feeds it, and the records it leaves.

Knows no customer beyond an id, no desktop and no HTTP.
"""
