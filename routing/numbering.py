"""Numbers that mean the same to everybody in the country, whoever's directory it is. Pure."""

EMERGENCY_NUMBERS = frozenset({"110", "112", "113", "119"})
"""Taiwan's: an extension of that name would make the police unreachable from every desk."""
