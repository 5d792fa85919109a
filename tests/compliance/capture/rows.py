"""A row for any table, by raw SQL: of what its columns must have, and text that gives itself away in a leaf."""

from typing import Any

import psycopg

SECRET = "told-to-nobody"
"""What stands in every text that a leaf may only commit to."""

_BY_TYPE = {
    "uuid": "uuidv7()",
    "timestamp with time zone": "'2024-03-08T14:30:00.5Z'",
    "date": "'2024-03-08'",
    "boolean": "false",
    "jsonb": "'{}'",
    "bytea": "'\\x01'",
}
_NEW = "uuidv7()"
_ONE = "'018f0000-0000-7000-8000-000000000001'::uuid"
_TERMS = {"side": "'buy'", "type": "'limit'", "time_in_force": "'day'", "limit_price": "1"}
_BY_TABLE = {
    # What a CHECK asks for beyond a type.
    "auth_permission": {"content_type_id": "0", "codename": "'made_here'"},
    "compliance_approval": {"state": "'pending'", "maker_id": _ONE, "maker_persons": f"ARRAY[{_ONE}]"},
    "compliance_case": {"state": "'refused'"},
    "compliance_eventdelivery": {"state": "'waiting'", "entry_id": "0", "next_attempt_at": "now()"},
    "compliance_eventsubscription": {"events": "'{OrderPlaced}'", "stopped_at": "now()"},
    "compliance_leafmonth": {"month": "'2020-01-01'", "from_id": "-2", "to_id": "-1"},
    "compliance_legalhold": {"kind": "'everything'", "subject": "''"},
    "compliance_monthstanding": {"act": "'archived'"},
    "compliance_retentionrule": {"record_class": "'books'"},
    "compliance_rolegrant": {"firm_id": _NEW},
    "compliance_apitoken": {"scopes": "'{read}'", "address_ranges": "'{}'", "expiry": "now()"},
    "compliance_usersession": {"ended_because": "''"},
    "execution_marketdataload": {"kind": "'bars'"},
    "execution_routingrule": {"venues": "'{SIM}'", "asset_class": "''", "mic": "''"},
    "execution_run": {"state": "'working'"},
    "execution_slice": _TERMS | {"state": "'planned'"},
    "execution_trigger": {"side": "'buy'", "type": "'stop'", "stop_price": "1"},
    "execution_venue": {"code": "'XTST'", "calendar": "''"},
    "execution_venuebreak": {"kind": "'quantity'", "closed_at": "now()"},
    "execution_venueorder": _TERMS | {"status": "'pending_new'", "filled_quantity": "0"},
    "orders_account": {"state": "'active'", "currency": "'USD'"},
    "orders_exchangerate": {"base": "'EUR'", "quote": "'USD'"},
    "orders_execution": {"kind": "'trade'"},
    "orders_firm": {"currency": "'USD'"},
    "orders_instrument": {
        **{"asset_class": "'equity'", "currency": "'USD'", "state": "'active'"},
        **{"isin": "'US0000000001'", "mic": "'XNYS'"},
    },
    "orders_killswitch": {"scope": "'firm'", "firm_id": _NEW, "algorithm": "''"},
    "orders_limit": {
        "kind": "'order_notional'",
        "firm_id": _NEW,
        "asset_class": "''",
        "warn_at_percent": "80",
    },
    "orders_market": {"mic": "'XTST'", "state": "'active'"},
    "orders_order": {
        **{
            "side": "'buy'",
            "type": "'limit'",
            "time_in_force": "'day'",
            "limit_price": "1",
            "status": "'new'",
        },
        **{
            "base_status": "'working'",
            "reserved_quantity": "1",
            "filled_quantity": "0",
            "filled_notional": "0",
            "denial_code": "''",
        },
    },
    "orders_orderrequest": {"kind": "'cancel'", "state": "'pending'"},
    "orders_tradingstatechange": {"account_id": _NEW},
}
_COLUMNS = """
    SELECT kept.attname, format_type(kept.atttypid, NULL), kept.attnotnull,
        coalesce(kept.atttypmod - 4, 0), kept.atthasdef OR kept.attidentity <> ''
    FROM pg_attribute AS kept WHERE kept.attrelid = %s::regclass AND kept.attnum > 0
        AND NOT kept.attisdropped AND kept.attgenerated = '' ORDER BY kept.attnum
"""


def insert(connection: "psycopg.Connection[Any]", table: str, secret: set[str], **given: str) -> None:
    """Insert one row. Foreign keys are looked at when a transaction commits, which the caller's does not."""
    values = dict(_BY_TABLE.get(table, {})) | given
    for name, kind, is_needed, length, has_default in connection.execute(_COLUMNS, [table]):
        if name in values or (has_default and name not in secret):
            continue
        if kind == "jsonb" and name in secret:
            values[name] = f"""'{{"said": "{SECRET}"}}'"""
        elif kind in _BY_TYPE and (is_needed or name in secret):
            values[name] = _BY_TYPE[kind]
        elif is_needed or name in secret:
            values[name] = _of_text(kind, length, name in secret)
    columns = ", ".join(f'"{name}"' for name in values)
    connection.execute(f'INSERT INTO "{table}" ({columns}) VALUES ({", ".join(values.values())})')


def _of_text(kind: str, length: int, is_secret: bool) -> str:
    if kind.endswith("[]"):
        return "'{}'"
    if not kind.startswith(("character", "text")):
        return "1"
    text = SECRET if is_secret else "x"
    return f"'{text[:length] if length > 0 else text}'"
