"""Why a row is not what the services make of it."""


class Failure(Exception):
    """The row cannot be: its stimulus is not asked for, is impossible, or cannot be told from the row."""
