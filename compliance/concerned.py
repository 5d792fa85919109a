"""What a leaf names: the ids in its body, wherever they stand, and codes of accounts. Pure.

A body is searched as text. So it does not matter where a kind of leaf says whose it is, in facts, before and after, a
payload or the middle of a key; and a body that is no entry of this log is read like any other.
"""

import re

# From its first hyphen on, and what stands before that looked at last: bodies are long, and a search that begins with
# any digit takes seven times as long. Who acts and by which piece of work is of the act, not of what it is about.
_ID_TAIL = re.compile(
    r"-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r'(?<=[0-9a-f]{8}-.{27})(?<!"correlation_id":".{36})(?<!"user:.{36})'
)
_ACCOUNT_CODE = re.compile(r'"account":"([^"\\]{1,32})"')


def ids_named(body: str) -> set[str]:
    """Return the UUIDs in a leaf's body, but for its correlation id and for who acted."""
    return {body[found.start() - 8 : found.end()] for found in _ID_TAIL.finditer(body)}


def codes_named(body: str) -> set[str]:
    """Return what a leaf's body calls an account: of a refused request that is what its sender wrote."""
    return set(_ACCOUNT_CODE.findall(body))
