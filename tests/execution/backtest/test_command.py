"""manage.py backtest: what it prints, what it refuses, and that it needs nothing beside it."""

import json
import os
import subprocess
import sys
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.execution.backtest.samples import bars_of, sessions_from, written

ROOT = Path(__file__).parents[3]
REAL = ROOT.parent / "shared" / "data" / "market" / "us_equities_minute_trades.csv"
DATES = sessions_from(date(2013, 11, 25), 5)  # with Thanksgiving left out and the half day after it
FIGURES = {"rms_bps", "slippage_bps", "bins", "shortfall_bps", "completion", "participation"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """History of four days and bars of the last two of five: they overlap in one."""
    folder = tmp_path_factory.mktemp("files")
    made = {name: bars_of(name, DATES, seed=number) for number, name in enumerate(("AAA", "BBB"))}
    last_two = [bar for bars in made.values() for bar in bars if bar.start.date() >= DATES[3]]
    history = [bar for bars in made.values() for bar in bars if bar.start.date() < DATES[4]]
    return {
        "history": written(folder / "history.csv", history),
        "bars": written(folder / "bars.csv", last_two),
        "folder": folder,
    }


def told(files: dict[str, Path], *options: str, algorithm: str = "vwap", **named: Any) -> str:
    out = StringIO()
    paths = {"history": files["history"], "bars": files["bars"], **named}
    call_command("backtest", *options, algorithm=algorithm, **paths, stdout=out, stderr=StringIO())
    return out.getvalue()


def document(files: dict[str, Path], *options: str, **named: Any) -> Any:
    return json.loads(told(files, "--json", *options, **named))


def test_the_document_has_each_symbol_day_and_all_together(files: dict[str, Path]) -> None:
    made = document(files)

    assert [(each["symbol"], each["day"]) for each in made["symbol_days"]] == [
        ("AAA", "2013-11-29"),
        ("BBB", "2013-11-29"),
        ("AAA", "2013-12-02"),
        ("BBB", "2013-12-02"),
    ]
    for each in [*made["symbol_days"], made["pooled"]]:
        assert each.keys() >= FIGURES
        assert all(isinstance(each[name], float) for name in FIGURES)
        assert each["model"] == "bar"
        assert each["completion"] == 1
        assert 0.009 < each["participation"] < 0.011
    assert {each["rms_bps"] for each in made["symbol_days"]} == {
        abs(each["slippage_bps"]) for each in made["symbol_days"]
    }
    # A day that both files have counts once, and the half day says nothing of a whole one where three others do.
    assert {(each["curve_source"], each["curve_days"]) for each in made["symbol_days"]} == {("own", 3)}
    squares = [each["rms_bps"] ** 2 for each in made["symbol_days"]]
    assert abs(made["pooled"]["rms_bps"] - (sum(squares) / 4) ** 0.5) < 1e-5
    assert (made["algorithm"], made["version"], made["seeds"], made["skipped"]) == ("vwap", 2, [1], [])
    assert "against" not in made


def test_against_another_there_are_differences_as_it_is_and_in_the_same_slots(files: dict[str, Path]) -> None:
    made = document(files, "--against", "twap")

    for name, parameters, bins in (
        ("against", {}, 13),
        ("against_in_same_slots", {"interval_minutes": 5}, 60),
    ):
        other = made[name]
        pairs = list(zip(made["symbol_days"], other["symbol_days"], strict=True))
        differences = [one["rms_bps"] - two["rms_bps"] for one, two in pairs]
        assert abs(other["mean_difference_bps"] - sum(differences) / 4) < 1e-5
        assert other["share_won"] == sum(each < 0 for each in differences) / 4
        low, high = other["interval_bps"]
        assert low <= other["mean_difference_bps"] <= high
        assert (other["level"], other["resamples"], other["seed"], other["pairs"]) == (0.95, 2000, 1, 4)
        assert (other["parameters"], other["pooled"]["bins"]) == (parameters, bins)
        assert other["symbol_days"][0]["curve_source"] is None


def test_seeds_vary_sizes_and_times(files: dict[str, Path]) -> None:
    made = document(files, "--seeds", "3", "--symbols", "BBB")

    assert {each["symbol"] for each in made["symbol_days"]} == {"BBB"}
    assert all(each["runs"] == 3 for each in made["symbol_days"])
    assert any(each["rms_bps"] > abs(each["slippage_bps"]) + 0.01 for each in made["symbol_days"])
    assert made == document(files, "--seeds", "3", "--symbols", "BBB")


def test_a_person_reads_a_table(files: dict[str, Path]) -> None:
    lines = told(files, "--against", "twap", "--against-parameters", '{"slices": 20}').splitlines()

    assert lines[0] == "vwap 2 (closing_auction=exclude), buy, fill model bar, 1 seed(s) a day"
    assert "(high + low + close) / 3" in lines[1]
    assert lines[4].startswith("AAA       2013-11-29")
    assert lines[4].endswith("own (3 days)")
    assert lines[8].startswith("pooled    4 runs")
    assert lines[9].startswith("against twap 2 (slices=20): rms")
    assert "symbol-days won" in lines[10]
    assert len(lines) == 11


@pytest.mark.parametrize(
    ("algorithm", "options"),
    [
        ("twap", ["--adv-share", "0.002"]),
        ("vwap@1", ["--side", "sell", "--quantity", "700"]),
        ("is", ["--parameters", '{"urgency": "high"}']),
        ("pov", ["--parameters", '{"participation": "0.1"}']),
        ("iceberg", ["--limit-bps", "20", "--side", "sell", "--parameters", '{"display_quantity": "50"}']),
    ],
)
def test_every_algorithm_that_is_bound_can_be_played(
    files: dict[str, Path], algorithm: str, options: list[str]
) -> None:
    made = document(files, *options, "--symbols", "AAA", algorithm=algorithm)

    assert made["pooled"]["completion"] > 0
    assert made["algorithm"] == algorithm.split("@", maxsplit=1)[0]


def test_the_first_day_is_played_without_history(files: dict[str, Path]) -> None:
    made = document(files, history=None)

    first, *_ = made["symbol_days"]
    assert (first["curve_source"], first["quantity"]) == ("published", "1000")


def broken(files: dict[str, Path], text: str) -> Path:
    path = files["folder"] / "broken.csv"
    path.write_text(text)
    return path


HEADER = "symbol,date,time,open,high,low,close,volume\n"


@pytest.mark.parametrize(
    ("named", "options", "message"),
    [
        ({"bars": HEADER + "SPY,2013-10-04,09:30:00,1,1,1,1,x\n"}, [], "line 2, column volume: 'x' is no"),
        (
            {"history": HEADER + "SPY,2013-10-04,09:30,1,1,1,1,1\n"},
            [],
            "line 2, column time: '09:30' is no full",
        ),
        ({"history": HEADER}, [], "there is a header but no bar"),
        ({"bars": HEADER + "SPY,2013-11-28,09:30:00,1,1,1,1,1\n"}, [], "SPY 2013-11-28: no session"),
        ({"bars": HEADER + "SPY,2013-10-04,09:30:00,1,1,1,1,1\n"}, [], "1 minutes in the session"),
        ({"bars": Path("/nowhere.csv")}, [], "/nowhere.csv cannot be read: No such file"),
        ({}, ["--symbols", "AAA", "ZZZ"], "has no session's bars of ZZZ"),
        ({"algorithm": "unheard"}, [], "there is no algorithm unheard"),
        ({"algorithm": "direct"}, [], "direct is not held against the market"),
        ({"algorithm": "twap@1"}, [], "twap@1 is not held against the market"),
        ({}, ["--parameters", "[1]"], "write a JSON object"),
        ({}, ["--parameters", "{"], "no JSON"),
        ({}, ["--parameters", '{"slots": 5}'], "/algorithm/parameters/slots: Extra inputs"),
        ({"algorithm": "iceberg"}, [], "/type: an iceberg rests at its limit"),
        ({}, ["--seeds", "0"], "from 1 to 1000"),
        ({}, ["--seeds", "2", "--parameters", '{"seed": 1}'], "not both"),
        ({}, ["--against-parameters", '{"slices": 5}'], "needs --against"),
        ({}, ["--quantity", "-5"], "'-5'"),
        ({}, ["--quantity", "150", "--lot", "100"], "must be a multiple of the lot, 100"),
        ({}, ["--participation", "2"], "1 at most"),
    ],
)
def test_what_cannot_be_played_is_refused_with_its_reason(
    files: dict[str, Path], named: dict[str, Any], options: list[str], message: str
) -> None:
    paths = {
        key: broken(files, value) if isinstance(value, str) and "," in value else value
        for key, value in named.items()
    }

    with pytest.raises(CommandError) as refused:
        told(files, *options, **paths)

    assert message in str(refused.value)


def test_the_command_needs_no_services_and_no_settings(files: dict[str, Path]) -> None:
    bare = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    command = ["backtest", "--algorithm", "twap", "--bars", str(files["bars"]), "--symbols", "AAA", "--json"]
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *command],
        env=bare,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["pooled"]["runs"] == 2


def test_on_real_days_vwap_comes_closer_than_twap(files: dict[str, Path]) -> None:
    if not REAL.is_file():
        pytest.skip(f"NO REAL BARS: {REAL} is absent")
    made = document(files, "--against", "twap", history=REAL, bars=REAL)

    assert len(made["symbol_days"]) == 16
    for other in (made["against"], made["against_in_same_slots"]):
        assert made["pooled"]["rms_bps"] < other["pooled"]["rms_bps"]
        assert other["share_won"] >= 0.6
