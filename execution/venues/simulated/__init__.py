"""The simulated venue: a process of its own with its own store, which knows nothing of our tables."""
