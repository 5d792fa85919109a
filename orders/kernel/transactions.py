"""Transactions: a service is one, and a step belongs to one.

A service commits or leaves nothing; being called inside another transaction is an error (durable), so nobody can
take its effect back. A step is what services share: it insists on a transaction that somebody opened.

A service that PostgreSQL ended in favour of another transaction (a deadlock, a serialization failure) is called again
as a whole, in a new transaction. So a service may be called several times with the same arguments: it changes none of
them, and does nothing outside the database but by on_commit, which a transaction that was rolled back forgets.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import NoReturn, ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from orders.kernel import metrics
from orders.kernel.context import Act, Actor, act, acting, standing_in
from orders.kernel.postgresql.base import session
from orders.kernel.postgresql.claims import SETTING, claims
from orders.kernel.postgresql.failures import RETRYABLE, sqlstate

P = ParamSpec("P")
R = TypeVar("R")

MOST_ATTEMPTS = 4
FIRST_WAIT_S = 0.05
LONGEST_WAIT_S = 1.0

logger = logging.getLogger(__name__)


class NotInTransaction(RuntimeError):
    """A step was called without a transaction around it."""


def service(function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` as one durable transaction, up to four times where another transaction was in its way.

    Raises what the last attempt raised.
    """

    name = f"{function.__module__.partition('.')[0]}.{function.__qualname__}"

    def once(*args: P.args, **kwargs: P.kwargs) -> R:
        with acting(Act(name, _actor_of(kwargs))), transaction.atomic(durable=True):
            return function(*args, **kwargs)

    again = Retrying(
        retry=retry_if_exception(_is_worth_another_attempt),
        stop=stop_after_attempt(MOST_ATTEMPTS),
        # Full jitter: those that met once do not meet again (aws.amazon.com/blogs/architecture, "Exponential
        # Backoff And Jitter").
        wait=wait_random_exponential(multiplier=FIRST_WAIT_S, max=LONGEST_WAIT_S),
        before_sleep=lambda state: _tell(function.__qualname__, state),
        reraise=True,
    )

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return once(*args, **kwargs)
        except OperationalError as error:
            if not _is_worth_another_attempt(error):
                raise
            first = [error]
        # Nearly every call ends above, and pays for no retrying; the failure is told as the first of the attempts.
        return again(lambda: _raise(first.pop()) if first else once(*args, **kwargs))

    return wrapped


def _actor_of(arguments: Mapping[str, object]) -> Actor | None:
    """Who acts: what every service takes as `actor` that is called by somebody."""
    actor = arguments.get("actor")
    return actor if isinstance(actor, Actor) else None


def _raise(error: OperationalError) -> NoReturn:
    raise error


def step(function: Callable[P, R]) -> Callable[P, R]:
    """Refuse to run `function` outside a transaction. Raises NotInTransaction."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        if not session().in_atomic_block:
            raise NotInTransaction(f"{function.__qualname__} is a step of a service, not a service")
        return function(*args, **kwargs)

    return wrapped


def stand_in(whom: str) -> None:
    """Let the service that runs, and the leaves of the rows that it changes, say that it acts by the right of `whom`.

    "" is nobody but the actor, and changes nothing. Outside a service nothing is done that has a trail.
    """
    if not whom or act() is None:
        return
    standing_in(whom)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, claims()])


@contextmanager
def snapshot() -> Iterator[None]:
    """Read everything in the block as of one moment, and nothing but read."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _is_worth_another_attempt(error: BaseException) -> bool:
    """Whether the transaction was ended for another's sake, and none is open around it that would be broken now."""
    return (
        isinstance(error, OperationalError)
        and sqlstate(error) in RETRYABLE
        and not connection.in_atomic_block
    )


def _tell(name: str, state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    code = (sqlstate(error) if error else None) or "none"
    metrics.RETRIES.labels(name, code).inc()
    logger.warning(
        "%s was ended by PostgreSQL (SQLSTATE %s), attempt %d of %d; again in %.2f s",
        name,
        code,
        state.attempt_number,
        MOST_ATTEMPTS,
        state.next_action.sleep if state.next_action else 0.0,
    )
