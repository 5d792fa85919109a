"""Decisions as they are kept and sent: JSON with decimals as strings, and back. Pure.

Every order keeps one, so nothing is said twice: a check that holds always and was passed is its name, and what a
limit's kind and scope follow from is not repeated.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from decimal import Context, Decimal
from typing import Any
from uuid import UUID

from orders.kernel.money import decimal_text
from orders.risk.figures import Decision, Finding, LimitInForce, MarketFigures, Outcome

_PASSED = Outcome.PASSED
_HUNDREDTH = Decimal("0.01")
_WIDE = Context(prec=100)
_OF_MARKET = tuple(each.name for each in fields(MarketFigures))


def findings_json(findings: Iterable[Finding]) -> list[dict[str, Any] | str]:
    """Return as JSON types what was found."""
    return [each.check if _is_plain(each) else _finding_json(each) for each in findings]


def figures_json(decision: Decision) -> dict[str, Any]:
    """Return what else a decision saw: the order's size and worth, and the market."""
    market = decision.market
    return {
        "quantity": decimal_text(decision.quantity),
        "notional": _text(decision.notional),
        "currency": decision.currency,
        "market": {
            name: decimal_text(number) for name in _OF_MARKET if (number := getattr(market, name)) is not None
        },
    }


def tightest_json(decision: Decision) -> dict[str, Any] | None:
    """Return which limit would bind next, and how much of it the order uses (percent)."""
    found = decision.tightest
    if found is None or found.limit is None:
        return None
    percent = decimal_text((found.utilisation_percent or Decimal(0)).quantize(_HUNDREDTH, context=_WIDE))
    return {
        "check": found.check,
        "limit": str(found.limit.id),
        "version": found.limit.version,
        "percent": percent,
    }


def decision_from(
    findings: list[dict[str, Any] | str], figures: Mapping[str, Any], market_time: datetime
) -> Decision:
    """Return the decision whose findings and figures were kept."""
    market = {name: Decimal(text) for name, text in figures["market"].items()}
    return Decision(
        findings=tuple(map(_finding_from, findings)),
        market=MarketFigures(**market),
        market_time=market_time,
        quantity=Decimal(figures["quantity"]),
        notional=_number(figures["notional"]),
        currency=figures["currency"],
    )


def _is_plain(finding: Finding) -> bool:
    """Whether all that there is to say is that the check was passed."""
    return (
        finding.limit is None
        and finding.outcome is _PASSED
        and not (finding.numbers or finding.code or finding.detail)
        and finding.used is finding.with_order is None
    )


def _finding_json(finding: Finding) -> dict[str, Any]:
    said: dict[str, Any] = {"check": finding.check, "outcome": str(finding.outcome)}
    if finding.code:
        said["code"], said["detail"] = finding.code, finding.detail
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
    said = {
        "id": str(limit.id),
        "version": limit.version,
        "value": decimal_text(limit.value),
        "warn_at_percent": limit.warn_at_percent,
        "holder": limit.holder,
    }
    return {**said, "subject_kind": limit.subject_kind, "subject": limit.subject} if limit.subject else said


def _finding_from(kept: Mapping[str, Any] | str) -> Finding:
    if isinstance(kept, str):
        return Finding(check=kept, outcome=_PASSED)
    return Finding(
        check=kept["check"],
        outcome=Outcome(kept["outcome"]),
        code=kept.get("code", ""),
        detail=kept.get("detail", ""),
        limit=_limit_from(kept["check"], kept["limit"]) if "limit" in kept else None,
        used=_number(kept.get("used")),
        with_order=_number(kept.get("with_order")),
        numbers=kept.get("numbers", {}),
    )


def _limit_from(check: str, kept: Mapping[str, Any]) -> LimitInForce:
    """Return the limit; a check of limits bears the name of their kind."""
    return LimitInForce(
        id=UUID(kept["id"]),
        kind=check,
        version=kept["version"],
        value=Decimal(kept["value"]),
        warn_at_percent=kept["warn_at_percent"],
        holder_kind=kept["holder"].partition(" ")[0],
        holder=kept["holder"],
        subject_kind=kept.get("subject_kind", ""),
        subject=kept.get("subject", ""),
    )


def _text(number: Decimal | None) -> str | None:
    return None if number is None else decimal_text(number)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
