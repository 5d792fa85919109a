"""Pre-trade risk: pure checks on a snapshot, and the reservation of exposure that decides last."""
