"""How many slices a second are worked, each sent, acknowledged and filled, and how late they are."""
