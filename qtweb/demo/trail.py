"""What the audit log says of the orders, and whether it holds."""

import re
from typing import Any

from qtweb.demo.claims import eventually
from qtweb.demo.errors import ClaimFailed
from qtweb.demo.stage import Stage
from qtweb.embedded.errors import ServiceError

_CATCHING_UP_S = 20.0
_VERDICT = re.compile(r"audit: verified (?P<leaves>\d+) leaves, root [0-9a-f]{64}")


def check_trail(stage: Stage, orders: list[dict[str, Any]]) -> str:
    """Wait until every order's leaves are in the tree, verify the log and return the verdict. Raises ClaimFailed."""
    leaves = [leaf for order in orders for leaf in _leaves_in_tree(stage, order["id"])]
    versions = sum(order["version"] for order in orders)
    stage.claims.check(
        "every version of every order left a leaf, and each is in the tree",
        len(leaves) == versions,
        f"{len(leaves)} leaves, {versions} versions",
    )
    try:
        printed = stage.supervisor.manage("audit", "verify")
    except ServiceError as error:
        raise ClaimFailed(f"the audit log verifies: {error}") from error
    verdict = _VERDICT.search(printed)
    holds = verdict is not None and int(verdict["leaves"]) >= len(leaves)
    stage.claims.check("the audit log verifies", holds, printed.strip())
    return printed.strip()


def _leaves_in_tree(stage: Stage, order_id: str) -> list[dict[str, Any]]:
    return eventually(
        "the integrator has caught up",
        lambda: stage.auditor.items(f"/orders/{order_id}/audit"),
        lambda leaves: all(leaf["sequence"] is not None for leaf in leaves),
        patience_s=_CATCHING_UP_S,
    )
