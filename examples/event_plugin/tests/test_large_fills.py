"""The plugin alone, without qtweb."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from large_fills import LargeFills, Parameters
from pydantic import ValidationError


def _fill(name: str, quantity: str) -> SimpleNamespace:
    details = {"last_quantity": quantity, "last_price": "100.25", "execution_id": f"execution-{name}"}
    facts = {"account_id": "account", "before": {}, "after": {}, "details": details}
    entry = {"object": {"id": "order"}, "market_time": "2013-10-04T16:00:00.000000Z", "facts": facts}
    return SimpleNamespace(id=name, entry=entry)


def test_large_fills_are_written_once_and_small_ones_not(tmp_path: Path) -> None:
    parameters = Parameters.model_validate({"path": str(tmp_path / "fills"), "at_least": "1000"})

    for name, quantity in (("a", "1000"), ("b", "999.99"), ("c", "5000"), ("a", "1000")):
        LargeFills().deliver(_fill(name, quantity), parameters)

    lines = [json.loads(line) for line in (tmp_path / "fills").read_text().splitlines()]
    assert [(line["id"], line["quantity"]) for line in lines] == [("a", "1000"), ("c", "5000")]


def test_a_file_that_cannot_be_written_raises_so_that_it_is_tried_again(tmp_path: Path) -> None:
    parameters = Parameters.model_validate({"path": str(tmp_path / "no" / "fills"), "at_least": "1"})

    with pytest.raises(FileNotFoundError):
        LargeFills().deliver(_fill("a", "10"), parameters)


def test_what_is_never_large_is_refused() -> None:
    with pytest.raises(ValidationError):
        Parameters.model_validate({"path": "fills", "at_least": "0"})
