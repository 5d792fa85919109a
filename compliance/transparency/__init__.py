"""The public formats in which the log is shown to others: C2SP's signed notes, checkpoints, tiles and proofs. Pure.

`compliance/verify.py` reads the same formats again in its own words, since it has to run without us; tests hold the
two against each other.
"""
