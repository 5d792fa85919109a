"""The protocol of the simulated venue: one JSON object per line (UTF-8, LF) over TCP.

Quantities and prices are decimal strings of plain digits, at most 12 before and 8 after the point; times are
RFC 3339 in UTC with `Z`; ids are strings. A JSON number is accepted only for a sequence. An unknown or
missing field is an error: nothing is guessed.

Requests carry `kind` and a `request_id` that the answer echoes; each is answered only after its effect is on
the venue's disk.

=============  ======================================================  ===================================
kind           fields                                                  answer
=============  ======================================================  ===================================
new_order      client_order_id (UUID), symbol, side buy|sell,          answer accepted|rejected|duplicate,
               type limit|market, time_in_force                        order
               day|ioc|fok|opg|cls, quantity, limit_price (null for
               market), display_quantity and minimum_quantity (or
               null)
new_orders     orders: 1 to 50, each with the fields of new_order;     answers: as of new_order, in the
               no id twice                                             order of the orders
cancel_order   client_order_id                                         answer pending|too_late|voided,
                                                                       order
mass_cancel    client_order_ids: 1 to 500, no id twice                 answers: as of cancel_order, in the
                                                                       order of the ids
order_status   client_order_id                                         order
executions     client_order_id                                         executions: a list
mass_status    client_order_ids: 1 to 50, no id twice                 last_sequence, records: in the
                                                                       order of the ids
cancel_trade   execution_id, reason                                    trade_change
correct_trade  execution_id, quantity, price, reason                   trade_change
subscribe      after: a sequence                                       last_sequence, then the stream
=============  ======================================================  ===================================

`order` is {client_order_id, state, venue_order_id, quantity, cumulative_quantity, leaves_quantity, reason, model};
its state is `unknown`, `voided` or one of FIX 4.4's OrdStatus names (tag 39). `model` names the fill model that an
order has from its arrival to its end, `bar` or `tick`; each of the executions names it too.

- **new_order** is deduplicated by client_order_id for ever: the same id again has no effect, whatever its
  other fields say; the answer is `duplicate` with the state of the first.
- **new_orders** is as many new_order at once, with one effect on the venue's disk: what it accepts, refuses and knows
  already, all or none. One that is refused or known has no effect on the others.
- **cancel_order**: `pending` means that a report decides (`canceled`, or `cancel_rejected` if the order ended
  first); again while pending it answers `pending` and nothing is added. `too_late`: the order has ended. An
  id never seen is `voided`: remembered, and a new_order that arrives later under it is rejected with the
  reason `voided`, so that a cancel is certain while the order's message may still be under way.
- **mass_cancel** is as many cancel_order at once, with one effect on the venue's disk: all or none.
- **mass_status**: a record is {order, executions, trade_changes}, all of one moment, at which `last_sequence` was the
  newest report: whoever holds every report up to it must agree.
- **cancel_trade** and **correct_trade** are acts of the venue's own desk: an execution is taken back or gets other
  terms, by an execution of its own that refers to it and that a report tells. An order that is open or filled counts
  as filled by what stands then, so a filled one may be open again; one that has ended otherwise stays ended. A change
  is {execution_id, execution_ref_id, kind cancel|correct, quantity, price, market_time, reason}.
- A request that breaks the protocol is answered {request_id or null, error: text} and has no effect.

The stream: after `subscribe {after: N}` the venue sends its reports N+1, N+2, ... in order, then live ones.
The sequence is gapless and counts from 1; a gap seen by a client means a lost message: subscribe again after
the last one held (as FIX's ResendRequest). `{kind: heartbeat, last_sequence}` comes when nothing else does,
so that a loss at the end is seen too. A subscription after a sequence that the venue has not reached is an
error: it speaks of another store.

Reports have {sequence, kind, client_order_id, venue_order_id, market_time, model} and by kind:
accepted; rejected {reason}; filled {execution_id, quantity, price, cumulative_quantity, leaves_quantity};
trade_canceled {execution_id, execution_ref_id, reason, cumulative_quantity, leaves_quantity}; trade_corrected
{execution_id, execution_ref_id, quantity, price, reason, cumulative_quantity, leaves_quantity};
canceled {reason, cumulative_quantity}; cancel_rejected {reason}; expired {cumulative_quantity}.
`market_time` is when it happened in the market; the order of reports is that of `sequence` alone.
"""

from execution.venues.protocol.answers import (
    CancelAnswer,
    ErrorAnswer,
    Execution,
    ExecutionsAnswer,
    MassCancelAnswer,
    MassStatusAnswer,
    NewOrderAnswer,
    NewOrdersAnswer,
    OrderRecord,
    OrderStatus,
    OrderStatusAnswer,
    SubscribeAnswer,
    TradeChange,
    TradeChangeAnswer,
    parse_answer,
    serialise_answer,
)
from execution.venues.protocol.reports import (
    Accepted,
    Canceled,
    CancelRejected,
    Expired,
    Filled,
    Heartbeat,
    Rejected,
    Report,
    TradeCanceled,
    TradeCorrected,
    parse_report,
    parse_stream_line,
    serialise_report,
)
from execution.venues.protocol.requests import (
    MOST_CANCELS,
    MOST_NEW_ORDERS,
    MOST_RECORDS,
    CancelOrder,
    CancelTrade,
    CorrectTrade,
    Executions,
    MassCancel,
    MassStatus,
    NewOrder,
    NewOrders,
    OrderStatusQuery,
    Request,
    Subscribe,
    parse_request,
    serialise_request,
)
from execution.venues.protocol.words import (
    CancelOutcome,
    NewOrderOutcome,
    Reason,
    TradeChangeKind,
    VenueOrderState,
)

__all__ = [
    "MOST_CANCELS",
    "MOST_NEW_ORDERS",
    "MOST_RECORDS",
    "Accepted",
    "CancelAnswer",
    "CancelOrder",
    "CancelOutcome",
    "CancelRejected",
    "CancelTrade",
    "Canceled",
    "CorrectTrade",
    "ErrorAnswer",
    "Execution",
    "Executions",
    "ExecutionsAnswer",
    "Expired",
    "Filled",
    "Heartbeat",
    "MassCancel",
    "MassCancelAnswer",
    "MassStatus",
    "MassStatusAnswer",
    "NewOrder",
    "NewOrderAnswer",
    "NewOrderOutcome",
    "NewOrders",
    "NewOrdersAnswer",
    "OrderRecord",
    "OrderStatus",
    "OrderStatusAnswer",
    "OrderStatusQuery",
    "Reason",
    "Rejected",
    "Report",
    "Request",
    "Subscribe",
    "SubscribeAnswer",
    "TradeCanceled",
    "TradeChange",
    "TradeChangeAnswer",
    "TradeChangeKind",
    "TradeCorrected",
    "VenueOrderState",
    "parse_answer",
    "parse_report",
    "parse_request",
    "parse_stream_line",
    "serialise_answer",
    "serialise_report",
    "serialise_request",
]
