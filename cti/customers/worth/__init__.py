"""What a customer is worth to the firm, worked out from orders, payments and calls, never from a form.

Margin and payment delay count, not turnover (M26); every label explains itself. Must not know screens or calls.
"""
