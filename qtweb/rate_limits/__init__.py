"""How many requests are answered, per person, or per address while nobody is known (docs/decisions/rate_limits.md)."""
