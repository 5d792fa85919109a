"""Signatures as Standard Webhooks has them: its own library verifies what we sign, whatever the secret and message."""

import base64
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook as OutsideVerifier
from standardwebhooks import WebhookVerificationError

from compliance.plugins.signature import UnusableSecret, secrets_in, signature


def _secret(key: bytes) -> str:
    return "whsec_" + base64.b64encode(key).decode()


_KEYS = st.binary(min_size=24, max_size=64)


@given(keys=st.lists(_KEYS, min_size=1, max_size=3, unique=True), name=st.uuids(), text=st.text(max_size=200))
def test_the_outside_library_makes_the_same_signature_of_each_secret(
    keys: list[bytes], name: object, text: str
) -> None:
    now = datetime(2024, 3, 8, 14, 30, tzinfo=UTC)
    given_keys = secrets_in(" ".join(map(_secret, keys)))

    ours = signature(
        given_keys, message_id=str(name), timestamp_s=int(now.timestamp()), payload=text.encode()
    )

    assert ours.split() == [OutsideVerifier(_secret(key)).sign(str(name), now, text) for key in keys]


def test_another_payload_does_not_verify() -> None:
    key = b"k" * 32
    now = int(time.time())
    headers = {
        "webhook-id": "m",
        "webhook-timestamp": str(now),
        "webhook-signature": signature([key], message_id="m", timestamp_s=now, payload=b'{"a":1}'),
    }

    assert OutsideVerifier(_secret(key)).verify('{"a":1}', headers) == {"a": 1}
    with pytest.raises(WebhookVerificationError):
        OutsideVerifier(_secret(key)).verify('{"a":2}', headers)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "whsec_",
        "whsec_!!!!",
        _secret(b"short"),
        _secret(b"k" * 65),
        base64.b64encode(b"k" * 32).decode(),
    ],
)
def test_what_is_no_secret_is_refused_and_never_repeated(text: str) -> None:
    with pytest.raises(UnusableSecret) as refused:
        secrets_in(text)
    assert len(text.strip()) < 8 or text not in str(refused.value)
