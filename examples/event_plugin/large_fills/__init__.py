"""Large fills, as lines of JSON in a file."""

import fcntl
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Parameters(BaseModel):
    """Where the lines go, and from how many units on a fill is large."""

    model_config = ConfigDict(extra="forbid")

    path: Path
    at_least: Decimal = Field(gt=0)


class LargeFills:
    """The plugin: the entry point in pyproject.toml leads here."""

    Parameters = Parameters

    def deliver(self, delivery: Any, parameters: Parameters) -> None:
        """Write the fill, once. Raises OSError where that cannot be: it is tried again."""
        facts = delivery.entry["facts"]
        quantity = Decimal(facts["details"]["last_quantity"])
        if quantity < parameters.at_least:
            return
        line = {
            "id": delivery.id,
            "order_id": delivery.entry["object"]["id"],
            "account_id": facts["account_id"],
            "quantity": facts["details"]["last_quantity"],
            "price": facts["details"]["last_price"],
            "market_time": delivery.entry["market_time"],
        }
        with parameters.path.open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            if any(json.loads(written)["id"] == delivery.id for written in file):
                return
            file.write(json.dumps(line) + "\n")
