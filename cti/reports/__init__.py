"""Evidence: what became of the calls, how well the firm answers now, and whether every chain would ring today.

Counts what the records say and judges what was looked at; decides nothing about a call. Knows no screen and no HTTP.
"""
