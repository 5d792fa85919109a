"""What can end the demo early.

DemoError
    NoSuitableDay   no symbol and day of the bars can carry the demo
    ClaimFailed     something that the demo claims is not so
"""


class DemoError(Exception):
    """Base; the message is for the person at the terminal."""


class NoSuitableDay(DemoError):
    """No symbol and day of the bars can carry the demo."""


class ClaimFailed(DemoError):
    """Something that the demo claims is not so, and what follows builds on it."""
