import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.venues.errors import VenueProtocolError
from execution.venues.protocol import (
    MOST_RECORDS,
    Accepted,
    Canceled,
    CancelOrder,
    CancelRejected,
    CancelTrade,
    CorrectTrade,
    Execution,
    Executions,
    ExecutionsAnswer,
    Expired,
    Filled,
    MassStatus,
    NewOrder,
    OrderStatusQuery,
    Rejected,
    Report,
    Request,
    Subscribe,
    TradeCanceled,
    TradeCorrected,
    parse_answer,
    parse_report,
    parse_request,
    serialise_answer,
    serialise_report,
    serialise_request,
)
from execution.venues.protocol.words import TIMES_IN_FORCE
from orders.terms import OrderType, Side

ID = UUID("0198c0de-0000-7000-8000-000000000001")
LINE = {
    "kind": "new_order",
    "request_id": "r1",
    "client_order_id": str(ID),
    "symbol": "SPY",
    "side": "buy",
    "type": "limit",
    "time_in_force": "day",
    "quantity": "100",
    "limit_price": "167.25",
    "display_quantity": None,
    "minimum_quantity": None,
}
HEAD = (7, ID, "ab-O1", datetime(2013, 10, 4, 14, 0, 0, 250_000, tzinfo=UTC), "bar")
REPORTS: list[Report] = [
    Accepted(*HEAD),
    Rejected(*HEAD, "unknown_symbol"),
    Filled(*HEAD, "ab-E1", Decimal(100), Decimal("167.20"), Decimal(100), Decimal(0)),
    Canceled(*HEAD, "cancel_request", Decimal(0)),
    CancelRejected(*HEAD, "order_ended"),
    TradeCanceled(*HEAD, "ab-C1", "ab-E1", "clearly_erroneous", Decimal(0), Decimal(100)),
    TradeCorrected(*HEAD, "ab-C1", "ab-E1", Decimal(60), Decimal("167.1"), "size", Decimal(60), Decimal(40)),
    Expired(*HEAD, Decimal(50)),
]
amounts = st.integers(1, 10**12).map(lambda number: Decimal(number).scaleb(-4))
requests = st.one_of(
    st.builds(
        NewOrder,
        client_order_id=st.uuids(),
        symbol=st.text(min_size=1, max_size=32).filter(lambda text: "\ud800" not in text),
        side=st.sampled_from(Side),
        type=st.just(OrderType.LIMIT),
        time_in_force=st.sampled_from(sorted(TIMES_IN_FORCE)),
        quantity=amounts,
        limit_price=amounts,
        display_quantity=st.none(),
        minimum_quantity=st.none(),
    ),
    st.builds(CancelOrder, st.uuids()),
    st.builds(OrderStatusQuery, st.uuids()),
    st.builds(Executions, st.uuids()),
    st.builds(MassStatus, st.lists(st.uuids(), min_size=1, max_size=MOST_RECORDS, unique=True).map(tuple)),
    st.builds(CancelTrade, st.just("ab-E1"), st.just("clearly_erroneous")),
    st.builds(CorrectTrade, st.just("ab-E1"), amounts, amounts, st.just("size")),
    st.builds(Subscribe, st.integers(0, 2**60)),
)


@given(requests)
def test_a_request_comes_back_from_its_line_unchanged(request: Request) -> None:
    line = serialise_request("r1", request)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert parse_request(line) == ("r1", request)


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: type(report).__name__)
def test_a_report_comes_back_from_its_line_unchanged(report: Report) -> None:
    assert parse_report(serialise_report(report)) == report


def test_quantities_prices_and_times_are_strings_on_the_wire() -> None:
    message = json.loads(serialise_report(REPORTS[2]))
    assert (message["quantity"], message["price"]) == ("100", "167.2")
    assert message["market_time"] == "2013-10-04T14:00:00.250000Z"
    assert (message["kind"], message["sequence"], message["model"]) == ("filled", 7, "bar")


def test_a_price_with_the_databases_eight_places_is_sent_in_plain_digits() -> None:
    report = Filled(*HEAD, "ab-E1", Decimal("1E+2"), Decimal("167.25000000"), Decimal(100), Decimal(0))
    message = json.loads(serialise_report(report))
    assert (message["quantity"], message["price"]) == ("100", "167.25")


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": 100},
        {"quantity": "1e3"},
        {"quantity": "NaN"},
        {"quantity": "-1"},
        {"quantity": "0"},
        {"quantity": "1" * 40},
        {"quantity": None},
        {"limit_price": None},
        {"limit_price": "0"},
        {"display_quantity": "0"},
        {"display_quantity": "1000000"},
        {"minimum_quantity": "1000000"},
        {"minimum_quantity": "10", "time_in_force": "cls"},
        {"time_in_force": "gtd"},
        {"type": "market"},
        {"type": "stop"},
        {"side": "BUY"},
        {"side": ["buy"]},
        {"time_in_force": "gtc"},
        {"client_order_id": "1"},
        {"client_order_id": str(ID).upper()},
        {"symbol": ""},
        {"symbol": "S" * 5000},
        {"symbol": {}},
        {"account": "A1"},
        {"kind": "replace"},
        {"kind": {}},
        {"request_id": ""},
        {"request_id": 1},
    ],
    ids=str,
)
def test_a_malformed_request_is_refused(change: dict[str, object]) -> None:
    parse_request(json.dumps(LINE).encode())
    with pytest.raises(VenueProtocolError):
        parse_request(json.dumps({**LINE, **change}).encode())


@pytest.mark.parametrize("missing", sorted(LINE))
def test_a_request_without_a_field_is_refused(missing: str) -> None:
    with pytest.raises(VenueProtocolError):
        parse_request(json.dumps({name: LINE[name] for name in LINE if name != missing}).encode())


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"\n", b"[]", b"1", b"null", b"{", b"\xff", b"[" * 100_000),
        b'{"kind":"subscribe","after":true,"request_id":"r"}',
        b'{"kind":"subscribe","after":-1,"request_id":"r"}',
        b'{"kind":"subscribe","after":1,"after":2,"request_id":"r"}',
    ],
    ids=lambda line: repr(line[:30]),
)
def test_a_line_that_is_no_request_is_refused(line: bytes) -> None:
    with pytest.raises(VenueProtocolError):
        parse_request(line)


@given(st.binary(max_size=200))
def test_no_bytes_do_worse_than_a_protocol_error(line: bytes) -> None:
    with pytest.raises(VenueProtocolError):
        parse_request(line)
    with pytest.raises(VenueProtocolError):
        parse_report(line)


@pytest.mark.parametrize(
    "change",
    [
        *({"sequence": 0}, {"sequence": "7"}, {"kind": "heartbeat"}, {"kind": "news"}, {"price": 167.2}),
        *({"market_time": text} for text in ("2013-10-04T14:00:00", "20131004", "2013-13-04T14:00:00Z")),
    ],
    ids=str,
)
def test_a_malformed_report_is_refused(change: dict[str, object]) -> None:
    message = {**json.loads(serialise_report(REPORTS[2])), **change}
    with pytest.raises(VenueProtocolError):
        parse_report(json.dumps(message).encode())


def test_an_answer_must_echo_the_request_and_have_its_shape() -> None:
    answer = ExecutionsAnswer((Execution("ab-E1", Decimal(1), Decimal(2), HEAD[3], "bar"),))
    line = serialise_answer("r1", answer)
    assert parse_answer(line, "r1", ExecutionsAnswer) == answer
    with pytest.raises(VenueProtocolError, match="another request"):
        parse_answer(line, "r2", ExecutionsAnswer)
    with pytest.raises(VenueProtocolError, match="a list"):
        parse_answer(b'{"request_id":"r1","executions":{}}', "r1", ExecutionsAnswer)
    with pytest.raises(VenueProtocolError, match="the venue refused the request: no"):
        parse_answer(b'{"request_id":"r1","error":"no"}', "r1", ExecutionsAnswer)


def test_a_time_without_a_zone_is_never_sent() -> None:
    naive = Accepted(1, uuid4(), "ab-O1", datetime(2013, 10, 4), "bar")  # noqa: DTZ001
    with pytest.raises(ValueError, match="aware"):
        serialise_report(naive)


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_text_that_no_database_keeps_is_no_report(text: str) -> None:
    report = Accepted(
        sequence=1,
        client_order_id=uuid4(),
        venue_order_id="V1",
        market_time=datetime(2013, 10, 4, 16, tzinfo=UTC),
        model="bar",
    )
    message = json.loads(serialise_report(report)) | {"venue_order_id": text}

    with pytest.raises(VenueProtocolError, match="venue_order_id: a string is expected"):
        parse_report(json.dumps(message).encode())
