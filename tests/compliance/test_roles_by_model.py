"""What authority says of random grants, delegations and revocations at random moments is what a naive model says."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.errors import RoleHeldAlready, RoleNotDelegable, RolesIncompatible, RoleUnfit
from compliance.models import RoleGrant
from compliance.role_reads import persons_counted
from compliance.roles import ROLES
from compliance.services.role_grants import (
    end_grant,
    locked_roles,
    require_delegable,
    require_fit,
    write_grant,
)
from compliance.services.roles import define_roles
from compliance.tasks import begin_and_end
from orders import authority
from orders.kernel.context import Actor
from orders.kernel.ids import new_id
from orders.kernel.transactions import service
from orders.models import User
from orders.permissions import PLACE_ORDERS, VIEW_AUDIT, VIEW_ORDERS
from tests.compliance.granting import HOUR, RecordedClock
from tests.world import SETUP, World, person

SOME = ("trader", "portfolio_manager", "desk_head", "operator")
REFUSALS = (RoleHeldAlready, RoleNotDelegable, RolesIncompatible, RoleUnfit)
people = st.integers(0, 2)
hours = st.integers(1, 8)
ends = st.none() | hours
grants = st.tuples(
    st.just("grant"), people, st.sampled_from(SOME), st.integers(0, 2), st.integers(0, 2), ends
)
delegations = st.tuples(st.just("delegate"), st.integers(0, 5), st.integers(1, 2), st.integers(0, 2), hours)
acts = st.lists(
    st.one_of(
        grants,
        delegations,
        delegations,
        st.tuples(st.just("revoke"), st.integers(0, 5)),
        st.tuples(st.just("wait"), st.integers(0, 3)),
        st.tuples(st.just("look")),
    ),
    min_size=18,
    max_size=24,
)


@dataclass
class Known:
    """What the model keeps of a grant."""

    person: int
    role: str
    place: int
    since: datetime
    until: datetime | None
    source: "Known | None"
    row: RoleGrant
    revoked_at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        if self.source is not None and self.source.revoked_at is not None:
            return True
        return self.revoked_at is not None or (self.until is not None and self.until <= now)

    def counts(self, now: datetime) -> bool:
        return self.since <= now and not self.is_over(now)


class Play:
    """Random acts upon three new people, by the services' own steps, beside the model."""

    def __init__(self, world: World, clock: RecordedClock) -> None:
        self.clock, self.world = clock, world
        self.places = [world.firm, world.desk, world.account]
        self.people = [person(f"p{number}.{new_id()}", None, ()) for number in range(3)]
        self.known: list[Known] = []

    def grant(self, who: int, role: str, place: int, since: int, until: int | None) -> None:
        now = self.clock.now()
        end = None if until is None else now + (since + until) * HOUR
        self._write(who, role, place, now + since * HOUR, end, None)

    def delegate(self, which: int, further: int, since: int, until: int) -> None:
        """To one of the two others, from a grant that is not over, and within it where that can be."""
        now = self.clock.now()
        if open_ones := [each for each in self.known if not each.is_over(now)]:
            source = open_ones[which % len(open_ones)]
            start = max(now + since * HOUR, source.since)
            end = min(start + until * HOUR, source.until or start + until * HOUR)
            other = (source.person + further) % 3
            self._write(other, source.role, source.place, start, end, source)

    def revoke(self, which: int) -> None:
        now = self.clock.now()
        if open_ones := [each for each in self.known if not each.is_over(now)]:
            chosen = open_ones[which % len(open_ones)]
            _end(actor=SETUP, grant=chosen.row, now=now)
            chosen.revoked_at = now

    def wait(self, hours: int) -> None:
        self.clock.ahead += hours * HOUR + timedelta(microseconds=1)

    def look(self) -> None:
        """Never more than the model says, whatever worker runs; the same once the beat has looked."""
        wanted = [self._wanted(number) for number in range(3)]
        for number, actor in enumerate(self.people):
            assert self._told(actor).keys() <= wanted[number].keys()
        begin_and_end()
        for number, actor in enumerate(self.people):
            told = self._told(actor)
            assert told.keys() == wanted[number].keys()
            assert all(whom in wanted[number][name] for name, whom in told.items())
            for name in (PLACE_ORDERS, VIEW_AUDIT, VIEW_ORDERS):
                assert authority.may(actor, name, self.world.account.pk) == (name in wanted[number])
            for_whom = {each.source.person for each in self._in_force(number) if each.source is not None}
            counted = {actor.user_id, *(self.people[each].user_id for each in for_whom)}
            assert set(persons_counted(_id(actor), self.clock.now())) == counted

    def _told(self, actor: Actor) -> dict[str, str]:
        return authority.rights_on(actor, "account", self.world.account.pk)

    def _in_force(self, number: int) -> list[Known]:
        now = self.clock.now()
        return [each for each in self.known if each.person == number and each.counts(now)]

    def _wanted(self, number: int) -> dict[str, set[str]]:
        """Each permission, with whose right it may be: one's own only, where one has it in that place."""
        found: dict[str, set[str]] = {}
        for each in self._in_force(number):
            for name in ROLES[each.role]:
                found.setdefault(name, set()).add(each.row.on_behalf_of)
        return {name: {""} if "" in whose else whose for name, whose in found.items()}

    def _write(
        self, who: int, role: str, place: int, since: datetime, until: datetime | None, source: Known | None
    ) -> None:
        scope = self.places[place]
        fields: dict[str, Any] = {str(scope._meta.model_name): scope}
        if source is not None:
            fields |= {"delegated_from": source.row, "delegator_id": source.row.user_id}
        grant = RoleGrant(
            user_id=self.people[who].user_id,
            effective_from=since,
            effective_until=until,
            recorded_at=self.clock.now(),
            **fields,
        )
        try:
            _give(actor=SETUP, grant=grant, role=role, source=source, now=self.clock.now())
        except REFUSALS:
            return
        self.known.append(Known(who, role, place, since, until, source, grant))


def _id(actor: Actor) -> UUID:
    return actor.person_id()


@service
def _give(*, actor: Actor, grant: RoleGrant, role: str, source: Known | None, now: datetime) -> None:
    grant.role = locked_roles()[role]
    grant.user = User.objects.get(pk=grant.user_id)
    if source is not None:
        require_delegable(RoleGrant.objects.get(pk=source.row.pk), grant)
    require_fit(grant, now)
    write_grant(actor, grant, now)


@service
def _end(*, actor: Actor, grant: RoleGrant, now: datetime) -> None:
    locked_roles()
    end_grant(actor, grant, now, approval_id=None)


@given(script=acts)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_authority_says_what_a_naive_model_says(world: World, script: list[tuple[Any, ...]]) -> None:
    define_roles(actor=SETUP)
    with pytest.MonkeyPatch.context() as patch:
        play = Play(world, RecordedClock(patch))
        for name, *arguments in script:
            getattr(play, name)(*arguments)
        play.look()
        for which in range(3):
            play.delegate(which, 1, 0, 8)
        play.look()
        for _ in range(3):
            play.revoke(0)
        play.look()
        play.wait(3)
        play.look()
