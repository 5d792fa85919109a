"""Transactions: a service is one, and a step belongs to one.

A service commits or leaves nothing; being called inside another transaction is an error (durable), so nobody can
take its effect back. A step is what services share: it insists on a transaction that somebody opened.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import connection, transaction

P = ParamSpec("P")
R = TypeVar("R")


class NotInTransaction(RuntimeError):
    """A step was called without a transaction around it."""


def service(function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` as one durable transaction."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic(durable=True):
            return function(*args, **kwargs)

    return wrapped


def step(function: Callable[P, R]) -> Callable[P, R]:
    """Refuse to run `function` outside a transaction. Raises NotInTransaction."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        if not connection.in_atomic_block:
            raise NotInTransaction(f"{function.__qualname__} is a step of a service, not a service")
        return function(*args, **kwargs)

    return wrapped
