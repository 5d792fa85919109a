"""The map from what the regulations demand to the checks: no demand without an answer, no check without a reason."""

import pytest

from compliance.controls import CONTROLS, REGULATIONS, RTS_6, SEC_15C3_5, Control, mapped_codes
from orders.limit_kinds import KINDS, LimitKind, kinds_of

DEMANDED = {
    RTS_6: [
        "Art. 12(1)",
        "Art. 12(2)",
        "Art. 12(3)",
        "Art. 15(1)(a)",
        "Art. 15(1)(b)",
        "Art. 15(1)(c)",
        "Art. 15(1)(d)",
        "Art. 15(2)",
        "Art. 15(3)",
        "Art. 15(4)",
        "Art. 15(5), first sentence",
        "Art. 15(5), second and third sentence",
        "Art. 15(6)",
    ],
    SEC_15C3_5: [
        "(b)",
        "(c)(1)(i)",
        "(c)(1)(ii)",
        "(c)(2)(i)",
        "(c)(2)(ii)",
        "(c)(2)(iii)",
        "(c)(2)(iv)",
        "(d)",
        "(e)",
    ],
}
"""The paragraphs as the regulations number them."""


def test_every_paragraph_that_demands_a_control_is_there_in_its_order() -> None:
    assert set(REGULATIONS) == set(DEMANDED)
    for regulation, paragraphs in DEMANDED.items():
        assert [each.paragraph for each in CONTROLS if each.regulation == regulation] == paragraphs


@pytest.mark.parametrize("control", CONTROLS, ids=lambda each: f"{each.regulation} {each.paragraph}")
def test_every_demand_has_an_answer(control: Control) -> None:
    assert control.denials or control.means or control.left
    assert len(set(control.denials)) == len(control.denials)
    for sentence in filter(None, (control.demand, control.means, control.left)):
        assert sentence.endswith(".")
        assert "|" not in sentence


@pytest.mark.parametrize("paragraph", [each for each in DEMANDED[RTS_6] if each.startswith("Art. 15(1)")])
def test_every_pre_trade_control_of_article_15_is_a_check_with_a_limit(paragraph: str) -> None:
    control = next(each for each in CONTROLS if each.paragraph == paragraph)

    assert any(kinds_of(code) for code in control.denials)


def test_every_kind_of_limit_that_a_check_reads_is_demanded_by_something() -> None:
    mapped = {kind for code in mapped_codes() for kind in kinds_of(code)}

    # What is located is no check of its own: it is what a sale beyond the position may use.
    assert set(LimitKind) - mapped == {LimitKind.LOCATED_QUANTITY}


def test_what_counts_the_orders_that_are_sent_counts_them_at_once() -> None:
    rates, at_once = (
        next(set(each.denials) for each in CONTROLS if each.paragraph == paragraph)
        for paragraph in ("Art. 15(1)(d)", "Art. 15(2)")
    )

    assert rates <= at_once


def test_the_map_says_that_exposure_is_not_counted_by_trader() -> None:
    control = next(each for each in CONTROLS if "trader, desk or firm" in each.demand)
    exposed = [kind for code in control.denials for kind in kinds_of(code)]

    assert not [kind for kind in exposed if "trader" in KINDS[kind].holders]
    assert "What a trader has over all accounts is not counted" in control.left
