"""Which event plugins there are: our own and those of installed packages; a broken one is refused with its reason.

A package is imported when a process first asks, so never by one that only admits orders. What is installed or mended
later is known to processes that start later.
"""

import inspect
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from compliance.plugins.contract import EventPlugin
from compliance.plugins.webhook import Webhook

GROUP = "qtweb.event_plugins"
OUR_OWN: Mapping[str, EventPlugin] = MappingProxyType({"webhook": Webhook()})

logger = logging.getLogger(__name__)


class BrokenPlugin(Exception):
    """A package's plugin cannot be used; the message says why."""


@dataclass(frozen=True)
class Found:
    """One plugin, as it was found. `plugin` is None for one that is refused, for the `reason`."""

    name: str
    package: str
    plugin: EventPlugin | None
    reason: str = ""


@cache
def found_plugins() -> Mapping[str, Found]:
    """Return all plugins by name, as this process found them when it first asked."""
    return MappingProxyType(found_among(entry_points(group=GROUP)))


def found_among(points: Iterable[EntryPoint]) -> dict[str, Found]:
    """Return our own plugins and those of `points` by name. A name that is taken is refused to all who come with it."""
    found = {name: Found(name, "qtweb", plugin) for name, plugin in OUR_OWN.items()}
    given = list(points)
    times = Counter(point.name for point in given)
    for point in given:
        if point.name in OUR_OWN:
            logger.error(
                "event plugin %s of %s is refused: the name is qtweb's own", point.name, _package(point)
            )
        elif times[point.name] > 1:
            found[point.name] = _refused(point, f"{times[point.name]} packages have a plugin of this name")
        else:
            found[point.name] = _tried(point)
    return found


def _tried(point: EntryPoint) -> Found:
    try:
        return Found(point.name, _package(point), _checked(point.load()))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a stranger's module raises when imported
        reason = str(error) if isinstance(error, BrokenPlugin) else f"{type(error).__name__}: {error}"
        return _refused(point, reason)


def _refused(point: EntryPoint, reason: str) -> Found:
    logger.error("event plugin %s of %s is refused: %s", point.name, _package(point), reason)
    return Found(point.name, _package(point), None, reason[:300])


def _package(point: EntryPoint) -> str:
    return "unknown" if point.dist is None else f"{point.dist.name} {point.dist.version}"


def _checked(loaded: Any) -> EventPlugin:
    """Return the plugin. Raises BrokenPlugin unless it keeps the contract, and what making it raises."""
    plugin = loaded() if isinstance(loaded, type) else loaded
    model = getattr(plugin, "Parameters", None)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise BrokenPlugin("its Parameters is no pydantic model")
    deliver = getattr(plugin, "deliver", None)
    if not callable(deliver) or inspect.iscoroutinefunction(deliver):
        raise BrokenPlugin("it has no method deliver that can simply be called")
    try:
        inspect.signature(deliver).bind(None, None)
    except TypeError as error:
        raise BrokenPlugin(f"deliver does not take a delivery and parameters: {error}") from error
    return plugin
