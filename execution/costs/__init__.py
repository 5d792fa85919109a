"""What trading cost: shortfall, slippage, impact, means with intervals, outliers. Pure; costs are positive."""
