"""The tick model's tables in the venue's store: where each order stands in its queue, and each symbol's book."""

TICK_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS tick_orders (
        number INTEGER PRIMARY KEY REFERENCES orders (number),
        place INTEGER NOT NULL CHECK (place > 0),
        queue_ahead TEXT,
        clip TEXT
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS tick_books (
        symbol TEXT PRIMARY KEY,
        worked_to TEXT NOT NULL,
        last_place INTEGER NOT NULL,
        displayed_at TEXT,
        bid TEXT, bid_size TEXT, bid_taken TEXT,
        ask TEXT, ask_size TEXT, ask_taken TEXT
    ) STRICT""",
)
"""An order has its row from when it is in the book; a book without a quote has none of the quote's columns."""
