"""How large and how far from the market orders were asked for: statistics per trader, and limits proposed from them."""
