"""The ground floor of the house: imports nothing of ours, everything of ours may import it."""
