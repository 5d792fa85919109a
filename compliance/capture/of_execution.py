"""The tables of execution. Market data come by the million, and their load keeps the digest of its file."""

from compliance.capture.declared import ByRow, ByStatement, Declaration

_BULK = ByStatement(
    "market data come a million rows to a statement; execution_marketdataload keeps their digest"
)

TABLES: dict[str, Declaration] = {
    "execution_bar": _BULK,
    "execution_dailybar": ByStatement("derived from the bars of a load, in its transaction"),
    "execution_marketdataload": ByRow(
        "id kind sha256 count corrected first last actor market_time recorded_at",
        committed="source reason",
        digested="symbols",
    ),
    "execution_marketdataversion": ByStatement(
        "what a correction replaced, a row for each row of market data that it changed", is_derived=True
    ),
    "execution_quote": _BULK,
    "execution_routingrule": ByRow(
        "id name place asset_class mic algorithm type time_in_force from_quantity below_quantity venues"
        " effective_from effective_until version recorded_at account_id desk_id firm_id instrument_id"
    ),
    "execution_run": ByRow(
        "id algorithm algorithm_version state plan arrival_price works_until plan_from renews_at attempts"
        " next_attempt_at dead_lettered_at version market_time recorded_at order_id parameters_revision paused_at"
        " review_at why",
        committed="last_error",
        digested="parameters",
    ),
    "execution_slice": ByRow(
        "id plan number symbol side type time_in_force quantity limit_price display_quantity minimum_quantity"
        " due_at state run_id"
    ),
    "execution_trade": _BULK,
    "execution_trigger": ByRow(
        "id mic type side stop_price trail_price trail_percent extreme watched_from bar_start version"
        " instrument_id run_id"
    ),
    "execution_venue": ByRow("code name calendar recorded_at"),
    "execution_venuebreak": ByRow(
        "id kind first_seen_at last_seen_at closed_at is_mended venue_order_id",
        committed="subject ours venues detail reason",
    ),
    "execution_venueorder": ByRow(
        "id venue venue_order_id symbol side type time_in_force quantity limit_price display_quantity"
        " minimum_quantity status filled_quantity cancel_requested_at attempts next_attempt_at dead_lettered_at"
        " version market_time recorded_at run_id slice_id reconciled_at fill_model"
        " routing_rule_id",
        committed="reason last_error",
        digested="passed_over",
    ),
    "execution_venuereport": ByRow(
        "id venue sequence kind client_order_id attempts next_attempt_at applied_at dead_lettered_at recorded_at"
        " discarded_at",
        committed="last_error waits_for",
        digested="body",
    ),
}
