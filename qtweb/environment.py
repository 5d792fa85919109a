"""What the environment says. Every variable, its meaning and its default in one place.

Nothing secret has a default; production is the default, so a forgotten variable never opens anything.
"""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(BaseSettings):
    """The environment variables of a process. Raises pydantic.ValidationError naming what is missing."""

    model_config = SettingsConfigDict(case_sensitive=True, extra="ignore")

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
    venue_host: str = Field(default="127.0.0.1", alias="VENUE_HOST", description="where the venue listens")
    venue_port: int = Field(default=7878, alias="VENUE_PORT", description="where the venue listens")
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

    @property
    def is_production(self) -> bool:
        return self.mode == "production"

    @property
    def hosts(self) -> list[str]:
        return [host for host in self.allowed_hosts.split(",") if host]
