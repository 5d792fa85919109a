"""What was asked and what state it is in: instruments, accounts, users, orders, executions, positions, risk."""
