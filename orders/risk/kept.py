"""Decisions as they are kept and sent: JSON with decimals as strings, and back. Pure."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from orders.kernel.money import decimal_text
from orders.risk.figures import Decision, Finding, LimitInForce, MarketFigures, Outcome


def finding_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON types, without what it does not say."""
    said: dict[str, Any] = {"check": finding.check, "outcome": finding.outcome.value}
    if finding.code:
        said["code"] = finding.code
    if finding.detail:
        said["detail"] = finding.detail
    if finding.limit is not None:
        said["limit"] = _limit_json(finding.limit)
    if finding.used is not None:
        said["used"] = decimal_text(finding.used)
    if finding.with_order is not None:
        said["with_order"] = decimal_text(finding.with_order)
    if finding.numbers:
        said["numbers"] = dict(finding.numbers)
    return said


def _limit_json(limit: LimitInForce) -> dict[str, Any]:
    return {
        "id": str(limit.id),
        "kind": limit.kind,
        "version": limit.version,
        "value": decimal_text(limit.value),
        "warn_at_percent": limit.warn_at_percent,
        "holder_kind": limit.holder_kind,
        "holder": limit.holder,
        "subject_kind": limit.subject_kind,
        "subject": limit.subject,
    }


def finding_from(kept: Mapping[str, Any]) -> Finding:
    """Return the finding that `finding_json` gave."""
    limit = kept.get("limit")
    return Finding(
        check=kept["check"],
        outcome=Outcome(kept["outcome"]),
        code=kept.get("code", ""),
        detail=kept.get("detail", ""),
        limit=None
        if limit is None
        else LimitInForce(**{**limit, "id": UUID(limit["id"]), "value": Decimal(limit["value"])}),
        used=_number(kept.get("used")),
        with_order=_number(kept.get("with_order")),
        numbers=kept.get("numbers", {}),
    )


def figures_json(decision: Decision) -> dict[str, Any]:
    """Return what else a decision saw: the order's size and worth, and the market."""
    return {
        "quantity": decimal_text(decision.quantity),
        "notional": _text(decision.notional),
        "currency": decision.currency,
        "market": {
            each.name: decimal_text(number)
            for each in fields(decision.market)
            if (number := getattr(decision.market, each.name)) is not None
        },
    }


def decision_from(
    findings: list[dict[str, Any]], figures: Mapping[str, Any], market_time: datetime
) -> Decision:
    """Return the decision whose findings and figures were kept."""
    market = {name: Decimal(text) for name, text in figures["market"].items()}
    return Decision(
        findings=tuple(map(finding_from, findings)),
        market=MarketFigures(**market),
        market_time=market_time,
        quantity=Decimal(figures["quantity"]),
        notional=_number(figures["notional"]),
        currency=figures["currency"],
    )


def _text(number: Decimal | None) -> str | None:
    return None if number is None else decimal_text(number)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
