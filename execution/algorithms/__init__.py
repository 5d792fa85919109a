"""Algorithms by name and version: a running parent keeps the version that it started with.

A version that is in use is never changed or removed; what works differently is a new one. Pure.
"""

from execution.algorithms.direct import Direct
from execution.algorithms.iceberg import Iceberg
from execution.algorithms.implementation_shortfall import ImplementationShortfall
from execution.algorithms.manual import Manual
from execution.algorithms.participation import ParticipationOfVolume
from execution.algorithms.terms import Algorithm, Asked, IntendedSlice, Market, Parent, Plan, VenueTerms, Why
from execution.algorithms.twap import Twap
from execution.algorithms.twap_1 import FirstTwap
from execution.algorithms.vwap import Vwap
from execution.algorithms.vwap_1 import FirstVwap

DEFAULT = Direct.name
_ALGORITHMS: tuple[Algorithm, ...] = (
    Direct(),
    Manual(),
    FirstTwap(),
    Twap(),
    FirstVwap(),
    Vwap(),
    ImplementationShortfall(),
    ParticipationOfVolume(),
    Iceberg(),
)


class UnknownAlgorithm(LookupError):
    """No algorithm has this name, or not in this version."""


def algorithm(name: str, version: int) -> Algorithm:
    """Return the algorithm that a run was started with. Raises UnknownAlgorithm."""
    found = known(name, version)
    if found is None:
        raise UnknownAlgorithm(f"there is no algorithm {name} in version {version}")
    return found


def known(name: str, version: int) -> Algorithm | None:
    """Return the algorithm that a run was started with; None for one that is gone."""
    found = (each for each in _ALGORITHMS if (each.name, each.version) == (name, version))
    return next(found, None)


def is_bound(name: str, version: int) -> bool:
    """Tell whether slices of this algorithm are held against the market: of one that is gone nothing goes unasked."""
    found = known(name, version)
    return found is None or found.is_bound


def latest(name: str) -> Algorithm:
    """Return the newest version of an algorithm, for new orders. Raises UnknownAlgorithm."""
    for candidate in all_latest():
        if candidate.name == name:
            return candidate
    raise UnknownAlgorithm(f"there is no algorithm {name}")


def all_latest() -> list[Algorithm]:
    """Return the newest version of every algorithm, by name."""
    newest = {candidate.name: candidate for candidate in sorted(_ALGORITHMS, key=lambda each: each.version)}
    return [newest[name] for name in sorted(newest)]


__all__ = [
    "DEFAULT",
    "Algorithm",
    "Asked",
    "IntendedSlice",
    "Market",
    "Parent",
    "Plan",
    "UnknownAlgorithm",
    "VenueTerms",
    "Why",
    "algorithm",
    "all_latest",
    "is_bound",
    "known",
    "latest",
]
