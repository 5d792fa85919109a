"""The other desk's trader sees none of it."""

from qtweb.demo.stage import Stage

TITLE = "The other desk sees none of it"


def play(stage: Stage) -> None:
    """Raises DemoError."""
    ours, theirs = stage.trader.items("/orders"), stage.stranger.items("/orders")
    stage.claims.check(
        "the list of the other desk's trader is empty",
        not theirs and bool(ours),
        f"{len(theirs)} of {len(ours)}",
    )
    answers = {str(stage.stranger.get(f"/orders/{order['id']}")) for order in ours}
    stage.claims.check(
        "asked for one by one, there is no such order",
        answers == {"404 RESOURCE_ORDER_NOT_FOUND"},
        ", ".join(answers),
    )
    positions = stage.stranger.items("/positions")
    stage.claims.check("nor a position", not positions, len(positions))
