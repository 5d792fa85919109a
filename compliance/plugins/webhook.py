"""The plugin `webhook`: signed messages by HTTP, as Standard Webhooks has them (standardwebhooks.com).

2xx is delivered, 410 stops the subscription, everything else (redirects, which are not followed, among it) is tried
again. The secret is in the environment, as WEBHOOK_SECRET_ and the name that the subscription gives; two of them,
parted by a space, while one takes the other's place.
"""

import json
import os
import ssl
import time
from typing import Annotated

from django.conf import settings
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import Timeout

from compliance.plugins.contract import Delivery, SubscriberGone
from compliance.plugins.destination import Destination, checked_url, resolve
from compliance.plugins.signature import secrets_in, signature

SECRET_VARIABLE = "WEBHOOK_SECRET_"  # noqa: S105 - the beginning of a variable's name
GONE = 410


class NotDelivered(Exception):
    """The receiver did not take the message."""


class WebhookParameters(BaseModel):
    """`url` is who is told, `secret_name` ends the name of the environment variable that holds the secret."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, Field(max_length=500), AfterValidator(checked_url)]
    secret_name: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,40}$")]
    timeout_s: Annotated[int, Field(strict=True, ge=1, le=20)] = 10


class Webhook:
    """Sends what happened to a URL."""

    Parameters = WebhookParameters

    def deliver(self, delivery: Delivery, parameters: WebhookParameters) -> None:
        """Send it. Raises SubscriberGone, NotDelivered, ForbiddenDestination, and the errors of secret and network."""
        variable = SECRET_VARIABLE + parameters.secret_name
        if variable not in os.environ:
            raise NotDelivered(f"{variable} is not set")
        keys = secrets_in(os.environ[variable])
        destination = resolve(parameters.url, inner_hosts=settings.WEBHOOK_INNER_HOSTS)
        body, now_s = payload(delivery), int(time.time())
        headers = {
            "content-type": "application/json",
            "user-agent": "qtweb",
            "webhook-id": delivery.id,
            "webhook-timestamp": str(now_s),
            "webhook-signature": signature(keys, message_id=delivery.id, timestamp_s=now_s, payload=body),
        }
        status = _post(destination, body, headers, parameters.timeout_s)
        if status == GONE:
            raise SubscriberGone("the receiver answered 410")
        if not 200 <= status < 300:
            raise NotDelivered(f"the receiver answered {status}")


def payload(delivery: Delivery) -> bytes:
    """Return what is sent: type, timestamp and data, and in data the log's entry with its place and hash."""
    said = {
        "type": delivery.event,
        "timestamp": delivery.entry["recorded_at"],
        "data": {"sequence": delivery.sequence, "leaf_hash": delivery.leaf_hash, "entry": delivery.entry},
    }
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def _post(destination: Destination, body: bytes, headers: dict[str, str], timeout_s: int) -> int:
    """Return the status of the answer. Nothing else of it is read, and the connection is closed."""
    pool = _pool(destination, Timeout(total=timeout_s))
    try:
        default = destination.port == (443 if destination.scheme == "https" else 80)
        name = f"[{destination.host}]" if ":" in destination.host else destination.host
        asked = headers | {"host": name if default else f"{name}:{destination.port}"}
        answer = pool.urlopen(
            "POST",
            destination.target,
            body=body,
            headers=asked,
            retries=False,
            redirect=False,
            preload_content=False,
        )
        return answer.status
    finally:
        pool.close()


def _pool(destination: Destination, timeout: Timeout) -> HTTPConnectionPool:
    """Return a connection to the address that was checked, and hold the certificate against the host's name."""
    if destination.scheme == "http":
        return HTTPConnectionPool(destination.address, destination.port, timeout=timeout, maxsize=1)
    return HTTPSConnectionPool(
        destination.address,
        destination.port,
        timeout=timeout,
        maxsize=1,
        ssl_context=ssl.create_default_context(),
        server_hostname=destination.host,
        assert_hostname=destination.host,
    )
