"""What trades make of a position: lots, cost, realised and unrealised P&L, settlement. Pure.

`trade`      an execution in force, and its place in FIFO order
`fifo`       lots, closed first in first out       `average_cost`  the same by average cost
`holding`    quantity, cost and P&L of a position  `reckoning`     all of it from a sequence of trades
`settlement` cycles, dated, by market              `venue_days`    the business days of a venue
`chart`      a position's quantity over time
"""
