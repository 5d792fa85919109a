"""The tables of orders. Names of people and free text are only committed to."""

from compliance.capture.declared import ByRow, ByStatement, Declaration

_GRANT = ByRow("id content_object_id permission_id user_id expires_at on_behalf_of")

TABLES: dict[str, Declaration] = {
    "orders_account": ByRow("id code currency state desk_id"),
    "orders_accountpermission": _GRANT,
    "orders_cashmovement": ByRow(
        "id amount market_time recorded_at account_id recorded_by_id", committed="reference"
    ),
    "orders_desk": ByRow("id code firm_id"),
    "orders_deskpermission": _GRANT,
    "orders_exchangerate": ByRow("id base quote rate market_time recorded_at", committed="source"),
    "orders_execution": ByRow(
        "id order_version kind venue venue_execution_id reported_for quantity price market_time recorded_at"
        " corrects_id order_id cash_amount"
    ),
    "orders_exposure": ByRow(
        "id gross_notional net_notional open_buy_notional open_sell_notional cash opening_equity opening_day"
        " account_id desk_id firm_id"
    ),
    "orders_firm": ByRow("id code currency"),
    "orders_firmpermission": _GRANT,
    "orders_instrument": ByRow("id symbol isin mic currency tick_size lot_size state asset_class"),
    "orders_killswitch": ByRow(
        "id scope algorithm key market_time engaged_at swept_at pending_before lifted_at version account_id"
        " desk_id engaged_by_id firm_id instrument_id lifted_by_id trader_id",
        committed="reason",
    ),
    "orders_killswitchgate": ByRow("id engaged"),
    "orders_limit": ByRow(
        "id kind value version account_id asset_class desk_id effective_from effective_until ended_at firm_id"
        " instrument_id trader_id warn_at_percent"
    ),
    "orders_limitsample": ByStatement(
        "every ten seconds a row for each limit that moved: figures of rows that have leaves of their own"
    ),
    "orders_limitsampling": ByStatement("how far the samples came: one row, rewritten every ten seconds"),
    "orders_lot": ByRow("id trade_id quantity price market_time execution_id position_id"),
    "orders_market": ByRow("mic state"),
    "orders_markettime": ByRow("id anchor wall_anchor speed paused version"),
    "orders_order": ByRow(
        "id client_order_id current_client_order_id digest side type time_in_force quantity limit_price"
        " stop_price trail_price trail_percent display_quantity"
        " minimum_quantity expires_on effective_at triggered_at cash_quantity status base_status denial_code"
        " filled_quantity filled_notional reserved_quantity version terms_revision market_time recorded_at"
        " account_id instrument_id placed_by_id reserved_notional worst_price",
        committed="denial_detail",
        digested="instruction",
    ),
    "orders_orderrequest": ByRow(
        "id kind client_order_id orig_client_order_id digest state reject_reason denial_code recorded_at account_id"
        " order_id kill_switch_id",
        committed="denial_detail",
    ),
    "orders_orderrevision": ByRow(
        "id version event actor exec_type order_status order_quantity cum_quantity leaves_quantity last_quantity"
        " avg_price exec_id exec_ref_id reject_reason market_time recorded_at order_id client_order_id"
        " orig_client_order_id",
        digested="facts",
    ),
    "orders_override": ByRow(
        "id codes expires_at used_at version recorded_at granted_by_id refused_id trader_id used_by_id",
        committed="reason",
    ),
    "orders_position": ByRow(
        "id bought_quantity sold_quantity bought_notional sold_notional open_buy_quantity open_sell_quantity"
        " realised_average_cost realised_fifo last_trade_time last_trade_id account_id instrument_id mark"
        " open_buy_notional open_sell_notional traded_cash",
        left_out="net_quantity net_notional worst_notional",
    ),
    "orders_refusal": ByRow("id user_id code recorded_at", committed="account symbol"),
    "orders_replacement": ByRow(
        "id terms_revision quantity limit_price stop_price trail_price trail_percent recorded_at order_id"
        " request_id worst_price"
    ),
    "orders_riskdecision": ByRow(
        "id stage is_admitted market_time recorded_at order_id", digested="findings tightest figures"
    ),
    "orders_settlement": ByRow(
        "id settles_on bought_quantity sold_quantity bought_notional sold_notional position_id"
    ),
    "orders_throttlereset": ByRow("id recorded_at limit_id reset_by_id", committed="reason"),
    "orders_tradingstatechange": ByRow(
        "id before after market_time recorded_at account_id changed_by_id instrument_id market_id",
        committed="reason",
    ),
    "orders_usedclientorderid": ByRow("id account_id client_order_id"),
    "orders_user": ByRow("id last_login is_active is_staff", committed="password username"),
}
