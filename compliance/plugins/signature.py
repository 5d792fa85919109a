"""Signatures of Standard Webhooks 1.0 (standardwebhooks.com, "Signature scheme"), symmetric. Pure.

The signature is HMAC-SHA256 of `{id}.{timestamp}.{payload}`, in base64 behind `v1,`. While a secret is exchanged there
are two, and a signature of each: whoever has one of them can verify.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
FEWEST_BYTES, MOST_BYTES = 24, 64


class UnusableSecret(ValueError):
    """A secret that has not the form of the specification. The message never repeats it."""


def secrets_in(text: str) -> list[bytes]:
    """Return the keys of secrets parted by white space. Raises UnusableSecret."""
    keys = [_key(secret) for secret in text.split()]
    if not keys:
        raise UnusableSecret("there is no secret")
    return keys


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnusableSecret("a secret is no base64") from error
    if not secret.startswith(PREFIX):
        raise UnusableSecret(f"a secret does not begin with {PREFIX}")
    if not FEWEST_BYTES <= len(key) <= MOST_BYTES:
        raise UnusableSecret(f"a secret has not {FEWEST_BYTES} to {MOST_BYTES} bytes")
    return key


def signature(keys: Sequence[bytes], *, message_id: str, timestamp_s: int, payload: bytes) -> str:
    """Return the value of the header `webhook-signature`: one signature for each key, parted by spaces."""
    signed = f"{message_id}.{timestamp_s}.".encode() + payload
    digests = (hmac.new(key, signed, hashlib.sha256).digest() for key in keys)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)
