"""What can go wrong below Django.

EmbeddedError
    MissingBinaryError   a server's binary is not installed
    ServiceError         a process ended, refused or did not become ready in time
    BusyInstanceError    another run holds the instance
    LeftoverError        something that a run started outlived it
"""


class EmbeddedError(Exception):
    """Base of every failure of the embedded services."""


class MissingBinaryError(EmbeddedError):
    """A server's binary is not installed."""


class ServiceError(EmbeddedError):
    """A process ended, refused or did not become ready in time."""


class BusyInstanceError(EmbeddedError):
    """Another run holds the instance."""


class LeftoverError(EmbeddedError):
    """Something that a run started outlived it."""
