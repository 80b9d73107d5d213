"""What was done, by whom, and for whom: a chain of entries that only grows.

Must not know what any action means, nor who may read it.
"""
