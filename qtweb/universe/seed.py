"""Writes the universe through the services. Again and again: what is there stays as it is."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from django.contrib.auth import get_user_model

from compliance.services.roles import define_roles, grant_role
from execution.services.register_venue import register_venue
from orders import services
from orders.authority import Scope
from orders.kernel.context import Actor
from orders.limit_kinds import LimitKind
from orders.models.reference import AssetClass
from orders.selectors import rates_for
from qtweb.universe.catalogue import (
    ACCOUNTS,
    CURRENCIES,
    CURRENCY,
    DESK_LIMITS,
    FIRM,
    FIRM_LIMITS,
    LIMITS,
    LISTINGS,
    PEOPLE,
    PROGRAMS,
    RATES,
    RISK_OFFICER,
    TRADING_ROLES,
    VENUES,
    Person,
)
from qtweb.universe.logins import Logins
from qtweb.universe.symbols import NO_MARKET, stand_in_isin


def seed(*, actor: Actor, logins: Logins | None) -> None:
    """Write firm, desks, accounts, limits, instruments, roles and people.

    New people get a random password from `logins`; without it nobody can sign in, and tokens are the only way.
    """
    firm = services.register_firm(actor=actor, code=FIRM, currency=CURRENCY)
    scopes: dict[str | None, Scope] = {None: firm}
    _limit(actor, firm, FIRM_LIMITS)
    for desk_code, account_codes in ACCOUNTS.items():
        desk = services.register_desk(actor=actor, firm=firm, code=desk_code)
        scopes[desk_code] = desk
        _limit(actor, desk, DESK_LIMITS)
        for account_code in account_codes:
            account = services.register_account(
                actor=actor, desk=desk, code=account_code, currency=CURRENCIES.get(account_code)
            )
            _limit(actor, account, LIMITS)
    _register_instruments(actor)
    for venue in VENUES:
        register_venue(actor=actor, command=venue)
    define_roles(actor=actor)
    for person in PEOPLE:
        user_id = _user_id(actor, person, logins)
        grant_role(actor=actor, user_id=user_id, role=person.role, scope=scopes[person.desk])
        if person.role in TRADING_ROLES:
            _permit_all_equities(actor, user_id)
        if person.username == RISK_OFFICER:
            _record_rates(Actor(name=person.username, door=actor.door, user_id=user_id))


def register_symbols(*, actor: Actor, ticks: Mapping[str, Decimal]) -> None:
    """Register symbols with their ticks under stand-in identifiers (symbols.py); known ones stay as they are."""
    for symbol, tick_size in ticks.items():
        services.register_instrument(
            actor=actor,
            symbol=symbol,
            isin=stand_in_isin(symbol),
            mic=NO_MARKET,
            currency="USD",
            tick_size=tick_size,
            lot_size=Decimal(1),
        )


def _limit(actor: Actor, holder: Scope, limits: Mapping[str, Decimal]) -> None:
    for kind, value in limits.items():
        services.register_limit(actor=actor, holder=holder, kind=LimitKind(kind), value=value)


def _permit_all_equities(actor: Actor, user_id: UUID) -> None:
    """Who trades may trade equities: without such a permission a trader may trade nothing."""
    trader = get_user_model().objects.get(pk=user_id)
    services.register_limit(
        actor=actor, kind=LimitKind.PERMITTED, value=Decimal(1), holder=trader, subject=AssetClass.EQUITY
    )


def _record_rates(actor: Actor) -> None:
    """Record the rates, unless there are some."""
    if not rates_for(actor).exists():
        services.record_rates(actor=actor, rates=RATES)


def _register_instruments(actor: Actor) -> None:
    for listing in LISTINGS:
        services.register_instrument(
            actor=actor,
            symbol=listing.symbol,
            isin=listing.isin,
            mic=listing.mic,
            currency=listing.currency,
            tick_size=listing.tick_size,
            lot_size=listing.lot_size,
        )


def _user_id(actor: Actor, person: Person, logins: Logins | None) -> UUID:
    known = get_user_model().objects.filter(username=person.username).first()
    if known is not None:
        return known.pk
    password = None if logins is None else logins.new_password(person.username)
    user = services.register_user(
        actor=actor,
        username=person.username,
        password=password,
        is_staff=logins is not None and person.role not in PROGRAMS,
    )
    return user.pk
