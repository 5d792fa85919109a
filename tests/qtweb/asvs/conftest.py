"""The site with the settings of production, over HTTPS."""

import gc
import os
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings

from orders.models import User
from tests.qtweb.api.conftest import token_of
from tests.sign_in import PASSWORD, sign_in
from tests.world import World

CHECKOUT = Path(__file__).parents[3]
OF_PRODUCTION = {"QTWEB_ENVIRONMENT": "production", "QTWEB_ALLOWED_HOSTS": "qtweb.example"}
TAKEN = (
    "SECURE_",
    "SESSION_",
    "CSRF_",
    "MESSAGE_",
    "X_FRAME_",
    "DATA_UPLOAD_",
    "MIDDLEWARE",
    "DEBUG",
    "TRUSTED_",
    "KNOWN_BROWSER_",
)
BY_HTTPS: dict[str, Any] = {"HTTP_X_FORWARDED_PROTO": "https"}
"""What the proxy that ends TLS says."""


@pytest.fixture(scope="session")
def production() -> dict[str, Any]:
    """Every setting as qtweb/settings.py makes it in production."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**os.environ, **OF_PRODUCTION}.items():
            patch.setenv(name, value)
        made = runpy.run_path(str(CHECKOUT / "qtweb" / "settings.py"))
    gc.enable()
    return {name: value for name, value in made.items() if name.isupper()}


@pytest.fixture
def in_production(production: dict[str, Any]) -> Iterator[None]:
    """The site answers as in production, to whoever asks under whatever name."""
    taken = {name: value for name, value in production.items() if name.startswith(TAKEN)}
    # The hash alone is a quick one: what it is, test_v11_to_v16.py looks at.
    with override_settings(**taken, PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture
def visitor(in_production: None) -> Client:
    """Nobody known, in a browser."""
    return Client(**BY_HTTPS)


@pytest.fixture
def trader(world: World, in_production: None) -> Client:
    """The trader, in a browser."""
    client = sign_in(world.trader)
    client.defaults.update(BY_HTTPS)
    return client


@pytest.fixture
def program(world: World, in_production: None) -> Client:
    """The trader's program, by token."""
    return Client(HTTP_AUTHORIZATION=f"Token {token_of(world.trader)}", **BY_HTTPS)


def name_and_password(world: World) -> dict[str, str]:
    """What the trader types to sign in."""
    user = User.objects.get(pk=world.trader.user_id)
    user.is_staff = True
    user.set_password(PASSWORD)
    user.save(update_fields=["is_staff", "password"])
    return {"username": user.username, "password": PASSWORD}
