"""The lock of a client order id of an account: who is about to use one waits here, and holds it until the commit.

Advisory, because there is no row yet that could be locked. It is taken before any figures: who waited for an id with
account, desk and firm in hand would let the whole firm wait, and whoever holds the id may need just these.
"""

from uuid import UUID

from orders.kernel.statements import Statement
from orders.kernel.transactions import step

_SPACE = 0x71_74_77_02
"""Keys of two numbers are apart from the keys of one, by which gateway and integrator are one only."""


def id_locked(account: str, client_order_id: str) -> str:
    """Return the SQL expression that locks the id `client_order_id` of `account`, both SQL; NULL locks nothing."""
    return f"pg_advisory_xact_lock({_SPACE}, hashtext({account}::text || ' ' || {client_order_id}::text))"


_LOCK = Statement(f"SELECT {id_locked('%(account)s', '%(client_order_id)s')}")


@step
def lock_id(account_id: UUID, client_order_id: str) -> None:
    """Let nobody else use the id in this account before this transaction ends; who did so before has committed."""
    _LOCK.run({"account": account_id, "client_order_id": client_order_id})
