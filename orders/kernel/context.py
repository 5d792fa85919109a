"""Who acts, through which door, from where, for whom, by which service, and under which correlation id."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import PurePath
from uuid import UUID

from orders.kernel.ids import new_id


class Door(StrEnum):
    """The way by which an act came in."""

    API = "api"
    ADMIN = "admin"
    COMMAND = "command"
    PROCESS = "process"


UNKNOWN = "unknown"
"""How the trail calls whoever is at a door and has not said, or not proved, who they are."""


class NotAPerson(RuntimeError):
    """One of our processes called a service that only people may call."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (`user_id` set) or one of our processes (`user_id` None), and the door that was used.

    A process has no permission on anything: it may only call the services that report what happened. Who stands at a
    door for people and has not said who they are is neither.
    """

    name: str
    door: Door
    user_id: UUID | None = None

    @property
    def reference(self) -> str:
        """The opaque name under which the trail knows the actor."""
        if self.user_id is not None:
            return f"user:{self.user_id}"
        return UNKNOWN if self.door in (Door.API, Door.ADMIN) else f"process:{self.name}"

    def person_id(self) -> UUID:
        """The person's id, where only a person will do. Raises NotAPerson for a process."""
        if self.user_id is None:
            raise NotAPerson(f"{self.reference} is not a person")
        return self.user_id


def process_actor(name: str) -> Actor:
    """Return the actor for one of our own processes, for example `gateway`."""
    return Actor(name=name, door=Door.PROCESS)


def unknown_actor(door: Door) -> Actor:
    """Return the actor for somebody unknown at a door for people."""
    return Actor(name=UNKNOWN, door=door)


_correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def correlation_id() -> str:
    """Return the correlation id of the current piece of work; the first call makes one."""
    current = _correlation_id.get()
    if current is None:
        current = str(new_id())
        _correlation_id.set(current)
    return current


@contextmanager
def correlated(identifier: str | None = None) -> Iterator[str]:
    """Run a block under `identifier`, or under a fresh correlation id."""
    token = _correlation_id.set(identifier or str(new_id()))
    try:
        yield correlation_id()
    finally:
        _correlation_id.reset(token)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a piece of work came from: a client's address and token, or our program; and for whom, if for somebody."""

    source: str
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """A service that runs, for an actor: None for what our own machinery does by itself."""

    service: str
    actor: Actor | None = None


_origin: ContextVar[Origin | None] = ContextVar("origin", default=None)
_act: ContextVar[Act | None] = ContextVar("act", default=None)
_stands_in_for: ContextVar[str | None] = ContextVar("stands_in_for", default=None)


def origin() -> Origin:
    """Return where the current piece of work came from: without a request, this program on this machine."""
    return _origin.get() or _here()


def act() -> Act | None:
    """Return the service that runs, None outside of all."""
    return _act.get()


def on_behalf_of() -> str | None:
    """Return for whom the current piece of work is: whom its actor stands in for, else whose token it came by."""
    return _stands_in_for.get() or origin().on_behalf_of


def standing_in(whom: str) -> None:
    """Note that the service that runs does what it does by the right of `whom`, which its end forgets."""
    _stands_in_for.set(whom)


@contextmanager
def coming_from(source: str) -> Iterator[None]:
    """Run a block as the work of somebody at `source`, for example a client's address."""
    reset = _origin.set(Origin(source))
    try:
        yield
    finally:
        _origin.reset(reset)


def came_by_token(token_id: UUID, user_id: UUID) -> None:
    """Note that the work of this request came by a token, on behalf of the person to whom that was given.

    Without a request (`coming_from`), whose end forgets it, nothing is noted: a process would do all of its later work
    in that person's name.
    """
    if (came := _origin.get()) is not None:
        _origin.set(Origin(f"{came.source} token:{token_id}", f"user:{user_id}"))


@contextmanager
def acting(now: Act) -> Iterator[None]:
    """Run a block as this act."""
    reset, stood_in_for = _act.set(now), _stands_in_for.set(None)
    try:
        yield
    finally:
        _stands_in_for.reset(stood_in_for)
        _act.reset(reset)


@cache
def _here() -> Origin:
    """`host program`, with the command of manage.py: its arguments may name people."""
    program = [PurePath(sys.argv[0]).name, *filter(str.isidentifier, sys.argv[1:2])]
    return Origin(" ".join([socket.gethostname(), *program]))
