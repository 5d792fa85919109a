"""How an order gets done: algorithms, runs and slices, venue orders, venues, market data, costs."""
