"""Past days played through the code that trades: algorithms, releases, lots and the venue's bar model. Pure.

Nothing is written and nothing runs beside it; tests/execution/test_backtest_and_trading.py holds what is sent and
filled here equal to what the services and the venue's own parts do on the same day.
"""
