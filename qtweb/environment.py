"""What the environment says. Every variable, its meaning and its default in one place.

Nothing secret has a default; production is the default, so a forgotten variable never opens anything.
"""

import os
import re
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from compliance.lock_out import LockOut
from compliance.session_rules import SessionTimeouts
from qtweb.rate_limits.limits import Kind, Limit
from qtweb.timeouts import TIMEOUTS, ProcessKind, Timeouts

_VENUE = re.compile(r"([A-Z][A-Z0-9_]{0,15})=([^=,\s:]+):([0-9]{1,5})", re.ASCII)


class Environment(BaseSettings):
    """The environment variables of a process. Raises pydantic.ValidationError naming what is missing."""

    model_config = SettingsConfigDict(case_sensitive=True, extra="ignore", env_ignore_empty=True)

    secret_key: str = Field(alias="SECRET_KEY", min_length=50, description="signs sessions")
    database_url: str = Field(alias="DATABASE_URL", description="PostgreSQL as the role qtweb_app")
    migration_database_url: str | None = Field(
        default=None,
        alias="MIGRATION_DATABASE_URL",
        description="PostgreSQL as qtweb_migrate, for migrate only",
    )
    redis_url: str = Field(alias="REDIS_URL", description="Celery's broker")
    mode: Literal["production", "local"] = Field(
        default="production",
        alias="QTWEB_ENVIRONMENT",
        description="local: plain HTTP and replayed market time",
    )
    allowed_hosts: str = Field(
        default="", alias="QTWEB_ALLOWED_HOSTS", description="host names that the site answers to, by comma"
    )
    trusted_proxies: str = Field(
        default="127.0.0.1,::1",
        alias="QTWEB_TRUSTED_PROXIES",
        description="addresses or networks, by comma, whose X-Forwarded-For and X-Forwarded-Proto are believed",
    )
    rate_order_entry: str = Field(
        default="60000/60",
        alias="QTWEB_RATE_ORDER_ENTRY",
        description="requests/seconds of a person that place, amend or cancel orders, or move a kill switch",
    )
    rate_api: str = Field(
        default="6000/60",
        alias="QTWEB_RATE_API",
        description="requests/seconds of a person to the rest of the API",
    )
    rate_pages: str = Field(
        default="3000/60",
        alias="QTWEB_RATE_PAGES",
        description="requests/seconds of a person to the admin site",
    )
    rate_sign_in: str = Field(
        default="60/60",
        alias="QTWEB_RATE_SIGN_IN",
        description="requests/seconds of an address, or of a person who is signed in, that bring a password",
    )
    rate_address: str = Field(
        default="600/60",
        alias="QTWEB_RATE_ADDRESS",
        description="requests/seconds of an address of which nobody is known yet",
    )
    venues: str = Field(
        default="SIM=127.0.0.1:7878",
        alias="VENUES",
        description="where each venue listens: CODE=host:port, by comma",
    )
    venue_store: str = Field(
        default="venue.sqlite3", alias="VENUE_STORE", description="the simulated venue's own record"
    )
    venue_faults: str = Field(
        default="",
        alias="VENUE_FAULTS",
        description="seeded misbehaviour of the simulated venue, see its docs",
    )
    database_pool_size: int = Field(
        default=8, alias="QTWEB_DATABASE_POOL_SIZE", ge=1, description="connections per process at most"
    )

    process: ProcessKind = Field(
        default="worker",
        alias="QTWEB_PROCESS",
        description="whose timeouts hold: web and command are set by wsgi.py and manage.py",
    )
    statement_timeout_ms: int | None = Field(
        default=None,
        alias="QTWEB_STATEMENT_TIMEOUT_MS",
        ge=0,
        description="longest statement, instead of the kind's; 0 is no bound",
    )
    lock_timeout_ms: int | None = Field(
        default=None,
        alias="QTWEB_LOCK_TIMEOUT_MS",
        ge=0,
        description="longest wait for a lock, instead of the kind's; 0 is no bound",
    )
    idle_transaction_timeout_ms: int | None = Field(
        default=None,
        alias="QTWEB_IDLE_TRANSACTION_TIMEOUT_MS",
        ge=0,
        description="longest idling inside a transaction, instead of the kind's; 0 is no bound",
    )
    connect_timeout_s: int | None = Field(
        default=None,
        alias="QTWEB_CONNECT_TIMEOUT_S",
        ge=2,
        description="longest wait for a connection, instead of the kind's",
    )
    margin_model: str = Field(
        default="",
        alias="QTWEB_MARGIN_MODEL",
        description="dotted path of a function (orders/hooks.py Margin) that tells an order's margin",
    )
    webhook_inner_hosts: str = Field(
        default="",
        alias="QTWEB_WEBHOOK_INNER_HOSTS",
        description="hosts, by comma, that webhooks may reach at inner addresses; at loopback by plain HTTP, too",
    )
    audit_keys: str = Field(
        default="",
        alias="QTWEB_AUDIT_KEYS",
        repr=False,
        description="private keys that sign the audit log's checkpoints, by white space",
    )
    audit_key_file: str = Field(
        default="",
        alias="QTWEB_AUDIT_KEY_FILE",
        description="a file of such keys, one on a line: manage.py audit keygen writes one",
    )
    audit_public_keys: str = Field(
        default="",
        alias="QTWEB_AUDIT_PUBLIC_KEYS",
        description="public keys that are believed and sign no more, by white space",
    )
    audit_ended_logs: str = Field(
        default="",
        alias="QTWEB_AUDIT_ENDED_LOGS",
        description="names, by comma, under which this database signs no more: a new one begins",
    )
    checkpoint_stores: str = Field(
        default="",
        alias="QTWEB_CHECKPOINT_STORES",
        description="where checkpoints are kept outside the database, by comma",
    )
    checkpoint_witnesses: str = Field(
        default="",
        alias="QTWEB_CHECKPOINT_WITNESSES",
        description="who signs checkpoints, too: public key, space, address; by comma",
    )
    checkpoint_interval_s: float = Field(
        default=5.0,
        alias="QTWEB_CHECKPOINT_INTERVAL_S",
        ge=0.5,
        description="how often a log that grows is signed and its checkpoint given away, seconds of real time",
    )
    limit_sample_interval_s: int = Field(
        default=10,
        alias="QTWEB_LIMIT_SAMPLE_INTERVAL_S",
        ge=1,
        description="how often it is looked how much of each limit is used, seconds of real time",
    )
    limit_history_days: int = Field(
        default=400,
        alias="QTWEB_LIMIT_HISTORY_DAYS",
        ge=90,
        description="how long the use of limits is kept; the database itself keeps 90 days",
    )
    sign_in_failures: int = Field(
        default=5,
        alias="QTWEB_SIGN_IN_FAILURES",
        ge=1,
        le=100,
        description="failures of one person, or of one browser that the person knows, that lock out",
    )
    sign_in_address_failures: int = Field(
        default=30,
        alias="QTWEB_SIGN_IN_ADDRESS_FAILURES",
        ge=1,
        description="failures of one address that do",
    )
    sign_in_window_s: int = Field(
        default=900,
        alias="QTWEB_SIGN_IN_WINDOW_S",
        ge=1,
        description="within which time they are counted, seconds of real time",
    )
    sign_in_lock_s: int = Field(
        default=900,
        alias="QTWEB_SIGN_IN_LOCK_S",
        ge=1,
        description="how long the first lock-out lasts; each that follows within a day twice as long, up to 16 times",
    )
    session_idle_minutes: int = Field(
        default=30,
        alias="QTWEB_SESSION_IDLE_MINUTES",
        ge=5,
        description="how long a session lasts without use",
    )
    session_hours: int = Field(
        default=12, alias="QTWEB_SESSION_HOURS", ge=1, description="how long a session lasts at most"
    )
    token_most_days: int = Field(
        default=366, alias="QTWEB_TOKEN_MOST_DAYS", ge=1, description="how long an API token is valid at most"
    )
    metrics_token: str | None = Field(
        default=None,
        alias="METRICS_TOKEN",
        min_length=20,
        description="who sends it as bearer may read /metrics; without it there is no such page",
    )
    metrics_folder: str | None = Field(
        default=None,
        alias="PROMETHEUS_MULTIPROC_DIR",
        description="where the processes of this machine leave their figures for /metrics",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_are_addresses(cls, given: str) -> str:
        for name in filter(None, given.split(",")):
            ip_network(name.strip())
        return given

    @field_validator("rate_order_entry", "rate_api", "rate_pages", "rate_sign_in", "rate_address")
    @classmethod
    def _rates_are_limits(cls, given: str) -> str:
        Limit.spelt(given)
        return given

    @field_validator("venues")
    @classmethod
    def _venues_are_named_and_addressed(cls, given: str) -> str:
        found = [_VENUE.fullmatch(pair) for pair in given.split(",")]
        codes = [match[1] for match in found if match and int(match[3]) < 2**16]
        if len(set(codes)) != len(found):
            raise ValueError(
                "VENUES names each venue once, for example SIM=127.0.0.1:7878,MTF=127.0.0.1:7879"
            )
        return given

    @model_validator(mode="after")
    def _venues_are_said_in_one_way(self) -> Self:
        if {"VENUE_HOST", "VENUE_PORT"} & os.environ.keys():
            raise ValueError(
                "VENUE_HOST and VENUE_PORT are read no more: VENUES says where each venue listens"
            )
        return self

    @model_validator(mode="after")
    def _metrics_of_every_process(self) -> Self:
        if self.metrics_token and not self.metrics_folder:
            raise ValueError(
                "METRICS_TOKEN needs PROMETHEUS_MULTIPROC_DIR: a folder for all processes' figures"
            )
        return self

    @property
    def timeouts(self) -> Timeouts:
        """The bounds of this process's database sessions."""
        usual = TIMEOUTS[self.process]
        named = {
            "connect_s": self.connect_timeout_s,
            "statement_ms": self.statement_timeout_ms,
            "lock_ms": self.lock_timeout_ms,
            "idle_ms": self.idle_transaction_timeout_ms,
        }
        return replace(usual, **{name: value for name, value in named.items() if value is not None})

    @property
    def venue_addresses(self) -> dict[str, tuple[str, int]]:
        """Host and port of each venue, by its code."""
        given = (match.groups() for match in map(_VENUE.fullmatch, self.venues.split(",")) if match)
        return {code: (host, int(port)) for code, host, port in given}

    @property
    def rate_limits(self) -> dict[Kind, Limit]:
        """How many requests are answered, by what they count as."""
        return {kind: Limit.spelt(getattr(self, f"rate_{kind}")) for kind in Kind}

    @property
    def lock_out(self) -> LockOut:
        """When a try to sign in is not looked at."""
        return LockOut(
            person_failures=self.sign_in_failures,
            address_failures=self.sign_in_address_failures,
            window=timedelta(seconds=self.sign_in_window_s),
            first_lock=timedelta(seconds=self.sign_in_lock_s),
        )

    @property
    def session_timeouts(self) -> SessionTimeouts:
        """How long a session lasts."""
        return SessionTimeouts(
            idle=timedelta(minutes=self.session_idle_minutes), absolute=timedelta(hours=self.session_hours)
        )

    @property
    def is_production(self) -> bool:
        return self.mode == "production"

    @property
    def hosts(self) -> list[str]:
        return [host for host in self.allowed_hosts.split(",") if host]
