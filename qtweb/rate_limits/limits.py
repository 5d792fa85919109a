"""The limits by name, and what an answer tells of them. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum

_SPELT = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,4})", re.ASCII)


class Kind(StrEnum):
    """What a request counts as."""

    ORDER_ENTRY = "order_entry"
    API = "api"
    PAGES = "pages"
    SIGN_IN = "sign_in"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `quota` requests in a window of `window_s` seconds, which begins with its first request."""

    quota: int
    window_s: int

    @classmethod
    def spelt(cls, text: str) -> "Limit":
        """Return the limit that `requests/seconds` spells. Raises ValueError."""
        match = _SPELT.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is no limit: requests/seconds, for example 600/60")
        return cls(int(match[1]), int(match[2]))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a window stands after a request: how many came, and in how many whole seconds it ends."""

    kind: Kind
    limit: Limit
    count: int
    ends_in_s: int

    @property
    def is_exceeded(self) -> bool:
        return self.count > self.limit.quota

    @property
    def headers(self) -> dict[str, str]:
        """What an answer tells, as draft-ietf-httpapi-ratelimit-headers-10 has it."""
        left = max(self.limit.quota - self.count, 0)
        return {
            "RateLimit-Policy": f'"{self.kind}";q={self.limit.quota};w={self.limit.window_s}',
            "RateLimit": f'"{self.kind}";r={left};t={self.ends_in_s}',
        }
