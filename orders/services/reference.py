"""Register reference data: firms, desks, accounts, instruments, limits, users. Idempotent by code."""

from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Model
from stdnum import isin as isin_numbers
from stdnum.exceptions import ValidationError

from orders.events import ReferenceDataChanged
from orders.hooks import publish
from orders.kernel.context import Actor
from orders.kernel.errors import InvalidInput
from orders.kernel.transactions import service
from orders.limit_kinds import HOLDERS, LimitKind
from orders.models import Account, Desk, Firm, Instrument, Limit, Market, User
from orders.models.reference import AssetClass
from orders.risk.kill_switch import close_gate
from orders.selectors import market_now
from orders.services.passwords import require_good_password

M = TypeVar("M", bound=Model)


@service
def register_firm(*, actor: Actor, code: str, currency: str) -> Firm:
    """Return the firm with this code, made if it is new; `currency` (ISO 4217) is the one that it reports in."""
    return _registered(actor, Firm, {"code": code}, {"currency": currency})


@service
def register_desk(*, actor: Actor, firm: Firm, code: str) -> Desk:
    """Return the desk with this code, made in `firm` if it is new."""
    return _registered(actor, Desk, {"code": code}, {"firm": firm})


@service
def register_account(*, actor: Actor, desk: Desk, code: str, currency: str | None = None) -> Account:
    """Return the account with this code, made on `desk` if it is new; without `currency` it has the firm's."""
    values = {"desk": desk, "currency": currency or desk.firm.currency}
    return _registered(actor, Account, {"code": code}, values)


@service
def register_instrument(
    *,
    actor: Actor,
    symbol: str,
    isin: str,
    mic: str,
    currency: str,
    tick_size: Decimal,
    lot_size: Decimal,
    asset_class: AssetClass = AssetClass.EQUITY,
) -> Instrument:
    """Return the instrument with this symbol, made with its market if they are new.

    Raises InvalidInput for a false ISIN.
    """
    try:
        isin_numbers.validate(isin)
    except ValidationError as error:
        raise InvalidInput(f"{isin} is not an ISIN: {error}", symbol=symbol) from error
    _registered(actor, Market, {"mic": mic}, {})
    values = {
        "isin": isin,
        "mic": mic,
        "currency": currency,
        "asset_class": asset_class,
        "tick_size": tick_size,
        "lot_size": lot_size,
    }
    return _registered(actor, Instrument, {"symbol": symbol}, values)


@service
def register_limit(
    *,
    actor: Actor,
    kind: LimitKind,
    value: Decimal,
    holder: Firm | Desk | Account | User | None = None,
    subject: Instrument | AssetClass | None = None,
) -> Limit:
    """Return the limit of this kind and scope, set to `value` if there is none: changing one needs approval.

    `holder` and `subject` are the scope, at least one of them.
    """
    close_gate()
    return _registered(
        actor, Limit, {"kind": kind, "ended_at": None, **scope_of(holder, subject)}, {"value": value}
    )


def scope_of(
    holder: Firm | Desk | Account | User | None, subject: Instrument | AssetClass | None
) -> dict[str, Any]:
    """Return the columns of a limit's scope."""
    names: dict[type, str] = {Firm: "firm", Desk: "desk", Account: "account", User: "trader"}
    columns: dict[str, Any] = dict.fromkeys([*HOLDERS, "instrument"]) | {"asset_class": ""}
    if holder is not None:
        columns[names[type(holder)]] = holder
    if isinstance(subject, Instrument):
        columns["instrument"] = subject
    elif subject is not None:
        columns["asset_class"] = subject
    return columns


@service
def register_user(
    *, actor: Actor, username: str, password: str | None = None, is_staff: bool = False
) -> User:
    """Return the user with this login name, made if it is new; without a password nobody signs in as it.

    Raises PasswordUnfit for a password that does not keep the rules.
    """
    user = User(username=username)
    if password is not None:
        require_good_password(password, user)
    user.set_password(password)
    values = {"password": user.password, "is_staff": is_staff}
    return _registered(actor, User, {"username": username}, values, kept_out=("password",))


def _registered(
    actor: Actor, model: type[M], key: dict[str, Any], values: dict[str, Any], kept_out: tuple[str, ...] = ()
) -> M:
    row, created = model._default_manager.get_or_create(**key, defaults=values)
    if created:
        kept = {name: value for name, value in {**key, **values}.items() if name not in kept_out}
        publish(
            ReferenceDataChanged(
                actor=actor,
                object_id=str(row.pk),
                revision=1,
                market_time=market_now(),
                table=model._meta.db_table,
                values={name: _plain(value) for name, value in kept.items()},
            )
        )
    return row


def _plain(value: Any) -> Any:
    return str(value.pk) if isinstance(value, Model) else value
