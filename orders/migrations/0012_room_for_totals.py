"""Room for what trades, marks and open orders add up to: whatever is admitted can be booked, at any price and rate.

A statement for each table. More digits before the point rewrite no table, so that of executions is not even read; only
positions, which are few, are written anew once: PostgreSQL alters no column that a generated one is made of.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Abs, Greatest

_TRADED = ("bought_quantity", "sold_quantity")
_PAID = ("bought_notional", "sold_notional")
_OPEN = ("open_buy_notional", "open_sell_notional")
_MARK = "mark"
_QUANTITIES: Mapping[str, tuple[str, ...]] = {
    "position": (*_TRADED, "open_buy_quantity", "open_sell_quantity"),
    "settlement": _TRADED,
}
_NOTIONALS: Mapping[str, tuple[str, ...]] = {
    "execution": ("cash_amount",),
    "exposure": ("gross_notional", "net_notional", *_OPEN, "cash", "opening_equity"),
    "position": (*_PAID, *_OPEN, "traded_cash", "realised_average_cost", "realised_fifo"),
    "settlement": _PAID,
}
_NET_NOTIONAL = "(bought_quantity - sold_quantity) * mark"
_GENERATED = {
    "net_quantity": "bought_quantity - sold_quantity",
    "net_notional": _NET_NOTIONAL,
    "worst_notional": f"greatest(abs({_NET_NOTIONAL} + open_buy_notional), abs({_NET_NOTIONAL} - open_sell_notional))",
}


def _altered(model: str, *, quantity: str, notional: str, mark: str, net_quantity: str) -> str:
    types = dict.fromkeys(_QUANTITIES.get(model, ()), quantity) | dict.fromkeys(_NOTIONALS[model], notional)
    parts: Iterable[str] = ()
    if model == "position":
        types[_MARK] = mark
        of = {"net_quantity": net_quantity, "net_notional": notional, "worst_notional": notional}
        parts = [f"DROP COLUMN {name}" for name in _GENERATED] + [
            f"ADD COLUMN {name} {of[name]} GENERATED ALWAYS AS ({expression}) STORED"
            for name, expression in _GENERATED.items()
        ]
    changes = [*parts, *(f"ALTER COLUMN {name} TYPE {kind}" for name, kind in types.items())]
    return f"ALTER TABLE orders_{model} {', '.join(changes)}"


def _run(model: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        sql=_altered(
            model,
            quantity="numeric(28, 8)",
            notional="numeric(68, 16)",
            mark="numeric(40, 8)",
            net_quantity="numeric(28, 8)",
        ),
        reverse_sql=_altered(
            model,
            quantity="numeric(20, 8)",
            notional="numeric(40, 16)",
            mark="numeric(32, 8)",
            net_quantity="numeric(21, 8)",
        ),
    )


def _quantity() -> "models.DecimalField[Decimal, Decimal]":
    return models.DecimalField(decimal_places=8, default=Decimal(0), max_digits=28)


def _notional(name: str) -> "models.DecimalField[Decimal | None, Decimal | None]":
    if name == "opening_equity":
        return models.DecimalField(decimal_places=16, max_digits=68, null=True)
    return models.DecimalField(decimal_places=16, default=Decimal(0), max_digits=68)


def _said() -> dict[tuple[str, str], "models.Field[object, object]"]:
    """Return what the models say now, by model and field."""
    quantity = models.DecimalField(decimal_places=8, max_digits=28)
    notional = models.DecimalField(decimal_places=16, max_digits=68)
    net_quantity = F("bought_quantity") - F("sold_quantity")
    net = net_quantity * F("mark")
    worst = Greatest(Abs(net + F("open_buy_notional")), Abs(net - F("open_sell_notional")))
    generated = {
        "net_quantity": (net_quantity, quantity),
        "net_notional": (net, notional),
        "worst_notional": (worst, notional),
    }
    return {
        **{(model, name): _quantity() for model, names in _QUANTITIES.items() for name in names},
        **{(model, name): _notional(name) for model, names in _NOTIONALS.items() for name in names},
        ("position", _MARK): models.DecimalField(decimal_places=8, default=Decimal(0), max_digits=40),
        **{
            ("position", name): models.GeneratedField(
                db_persist=True, expression=expression, output_field=output
            )
            for name, (expression, output) in generated.items()
        },
    }


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0011_refused_decisions"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[_run(model) for model in _NOTIONALS],
            state_operations=[
                migrations.AlterField(model_name=model, name=name, field=field)
                for (model, name), field in _said().items()
            ],
        ),
    ]
