"""What can go wrong between us and a venue.

VenueError
├── VenueUnavailable      the network or the venue's process; says nothing about the order's fate
│   └── VenueNotReached   the venue did not even hear of it
└── VenueProtocolError    a message that breaks the protocol; sending it again will not help
"""


class VenueError(Exception):
    """Root of the errors of speaking to a venue."""


class VenueUnavailable(VenueError):
    """No answer came. The request may or may not have taken effect: ask `order_status`, never guess."""


class VenueNotReached(VenueUnavailable):
    """Nobody answers the call, or it was not made: nothing was sent."""


class VenueProtocolError(VenueError):
    """A message that is not of the protocol, from either side."""
