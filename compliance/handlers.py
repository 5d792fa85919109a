"""What compliance does when something happened: it writes a leaf, in the transaction that made it happen."""

from collections.abc import Sequence

from compliance.leaves import Circumstances, body
from compliance.models import Leaf
from orders.kernel.clock import recorded_now
from orders.kernel.context import act, correlation_id, on_behalf_of, origin
from orders.kernel.events import Event
from orders.kernel.rows import insert_all, insert_values
from orders.kernel.transactions import step


@step
def record_leaf(event: Event) -> None:
    """Write the event's leaf: one INSERT that waits for nobody, since a leaf has no place in the tree yet.

    Raises NotInTransaction outside one, and InvalidLeaf for facts without a canonical form: what cannot be
    audited does not happen.
    """
    recorded_at, correlation = recorded_now(), correlation_id()
    insert_values(
        Leaf,
        object_type=event.object_type,
        object_id=event.object_id,
        revision=event.revision,
        action=event.action,
        actor=event.actor.reference,
        correlation_id=correlation,
        recorded_at=recorded_at,
        body=body(event, correlation_id=correlation, recorded_at=recorded_at, around=_circumstances()),
    )


def _circumstances() -> Circumstances:
    running = act()
    return Circumstances(origin().source, on_behalf_of(), None if running is None else running.service)


_COLUMNS = [
    "object_type",
    "object_id",
    "revision",
    "action",
    "actor",
    "correlation_id",
    "recorded_at",
    "body",
]


@step
def record_leaves(events: Sequence[Event]) -> None:
    """Write the leaves of many events at once, in their order: what `record_leaf` writes one by one, by one COPY.

    Raises what `record_leaf` raises.
    """
    recorded_at, correlation, around = recorded_now(), correlation_id(), _circumstances()
    insert_all(
        Leaf,
        _COLUMNS,
        [
            (
                event.object_type,
                event.object_id,
                event.revision,
                event.action,
                event.actor.reference,
                correlation,
                recorded_at,
                body(event, correlation_id=correlation, recorded_at=recorded_at, around=around),
            )
            for event in events
        ],
    )
