"""The scenes, in the order in which they are played. Each has a `TITLE` and `play(stage)`."""

from qtweb.demo.scenes import (
    limit_order,
    market_order,
    other_desk,
    other_venue,
    parent_order,
    reckoning,
    refusal,
)

ALL = (limit_order, market_order, other_venue, refusal, other_desk, parent_order, reckoning)
