"""ETag and If-Match (RFC 9110, 8.8.3 and 13.1.1): the revision of an order's terms that the asker looked at."""

import re

from orders.kernel.api.schema import Header
from orders.kernel.errors import InvalidInput, PreconditionMissing
from orders.models import Order

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e]{0,64})"', re.ASCII)
_REVISION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
NO_REVISION = 0
"""What no order's terms ever stand at: a tag that is not ours is stale."""

IF_MATCH = Header("If-Match", "the ETag of the order that you looked at", r'^"[0-9]+"$', required=True)
ETAG = Header("ETag", "the order's terms_revision", r'^"[0-9]+"$', answers=(200, 201))
LOCATION = Header("Location", "where the order is", r"^/", answers=(200, 201))


def etag_of(order: Order) -> str:
    """Return the order's ETag. It moves when somebody changes the terms: a fill makes no amendment stale."""
    return f'"{order.terms_revision}"'


def expected_revision(if_match: str | None) -> int:
    """Return the terms_revision that If-Match names, NO_REVISION for a tag that cannot match.

    Raises PreconditionMissing without one, and for `*`, which says that nothing was looked at; InvalidInput for
    what is not one entity tag. A weak tag never matches (RFC 9110, 13.1.1).
    """
    if if_match is None or if_match.strip() == "*":
        raise PreconditionMissing("the request has no If-Match with the order's ETag")
    tag = _TAG.fullmatch(if_match.strip())
    if tag is None:
        raise InvalidInput('If-Match must be one ETag as the order gave it, for example "1"')
    is_weak, text = tag.groups()
    return NO_REVISION if is_weak or not _REVISION.fullmatch(text) else int(text)
