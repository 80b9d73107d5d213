"""Promises: what the company owes a caller whom nobody reached, and when it has been kept."""
