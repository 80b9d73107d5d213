"""What is owed: missed callers as owned, dated promises to call back. Must not know who shows them, nor the switch."""
