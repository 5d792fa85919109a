"""Django's settings, by environment (qtweb/environment.py)."""

import gc
from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url

from qtweb.environment import Environment
from qtweb.unfold import APPEARANCE

# What is imported from here on stays for good: the collector would walk through it hundreds of times, a fifth of a
# process's start. It goes on when all apps are ready (qtweb/apps.py).
gc.disable()

ENVIRONMENT = Environment()  # type: ignore[call-arg]  # the arguments come from the environment
BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = ENVIRONMENT.secret_key
DEBUG = False
ALLOWED_HOSTS = ENVIRONMENT.hosts
REPLAY_ALLOWED = not ENVIRONMENT.is_production

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "guardian",
    "knox",
    "orders",
    "execution",
    "compliance",
    "qtweb",
]
MIDDLEWARE = [
    "qtweb.client_address.ClientAddressMiddleware",
    "qtweb.response_headers.ResponseHeadersMiddleware",
    "qtweb.correlation.CorrelationMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "qtweb.https_only.HttpsOnlyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "qtweb.rate_limits.middleware.RateLimitMiddleware",
    "compliance.access.RefusedAccessMiddleware",
    "compliance.known_browsers.KnownBrowserMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"figures": "orders.kernel.admin.figures"},
        },
    }
]
ROOT_URLCONF = "qtweb.urls"
WSGI_APPLICATION = "qtweb.wsgi.application"


def _database(url: str, **options: Any) -> dict[str, Any]:
    configuration: dict[str, Any] = dict(dj_database_url.parse(url))
    configuration.setdefault("OPTIONS", {}).update(options)
    return configuration


TIMEOUTS = ENVIRONMENT.timeouts
DATABASES = {
    "default": {
        **_database(
            ENVIRONMENT.database_url,
            connect_timeout=TIMEOUTS.connect_s,
            options=TIMEOUTS.session_options,
            # Of written-out statements alone (orders/kernel/statements.py): Django's own cursors prepare nothing.
            prepare_threshold=0,
            pool={
                "min_size": 1,
                "max_size": ENVIRONMENT.database_pool_size,
                "timeout": TIMEOUTS.connect_s,
                # Or the pool would wait ever longer, up to minutes, before it tries a database that is back again.
                "reconnect_timeout": TIMEOUTS.connect_s,
            },
        ),
        "ENGINE": "orders.kernel.postgresql",
    }
}
if ENVIRONMENT.migration_database_url:
    DATABASES["migration"] = _database(ENVIRONMENT.migration_database_url)
ATOMIC_REQUESTS = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "orders.User"
AUTHENTICATION_BACKENDS = ["compliance.passwords.PasswordBackend"]
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
SILENCED_SYSTEM_CHECKS = [
    # guardian's own backend would answer has_perm; orders/authority.py asks guardian's tables itself.
    "guardian.W001",
]
PASSWORD_HASHERS = [
    "orders.kernel.passwords.PasswordHasher",
    # What was hashed before: verified once more, at the next sign-in, and then hashed by the first.
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username"]},
    },
    {"NAME": "orders.kernel.passwords.SaysMoreThanWhose"},
]
LOCK_OUT = ENVIRONMENT.lock_out
SESSION_ENGINE = "compliance.sessions"
SESSION_TIMEOUTS = ENVIRONMENT.session_timeouts
SESSION_EXPIRE_AT_BROWSER_CLOSE = True  # the server knows how long a session lasts, whatever a browser thinks
TOKEN_MOST_DAYS = ENVIRONMENT.token_most_days
KNOX_TOKEN_MODEL = "compliance.ApiToken"
REST_KNOX = {"TOKEN_TTL": timedelta(days=90), "TOKEN_MODEL": KNOX_TOKEN_MODEL, "AUTH_HEADER_PREFIX": "Token"}

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
# What a request may bring (docs/decisions/web_security.md): bytes of a form, fields of a form or a query, and no file.
DATA_UPLOAD_MAX_MEMORY_SIZE = 262_144
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 0

SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.is_production
# A browser takes a cookie of such a name from this very host alone, over HTTPS, and for all of its paths.
_HOST = "__Host-" if ENVIRONMENT.is_production else ""
SESSION_COOKIE_NAME = f"{_HOST}sessionid"
CSRF_COOKIE_NAME = f"{_HOST}csrftoken"
MESSAGE_COOKIE_NAME = f"{_HOST}messages"
KNOWN_BROWSER_COOKIE_NAME = f"{_HOST}known_browser"
MESSAGE_STORAGE = "qtweb.message_cookie.Messages"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# Lax: who follows a link from a message to an order is still signed in.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if ENVIRONMENT.is_production else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = ENVIRONMENT.is_production
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^api/", r"^metrics"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.is_production else None
SECURE_REFERRER_POLICY = SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies
RATE_LIMITS = ENVIRONMENT.rate_limits
READINESS_KEPT_S = 1

UNFOLD = APPEARANCE
LOGIN_REDIRECT_URL = "admin:index"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["compliance.authentication.ApiTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["compliance.authentication.OpenedByToken"],
    "DEFAULT_PARSER_CLASSES": ["orders.kernel.api.parsing.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "orders.kernel.api.problems.problem_response",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "qtweb",
    "DESCRIPTION": "Order and execution back office: place, amend, cancel, and prove what happened.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # Without this the page asks a validator on the internet whenever it is not served from localhost.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "COMPONENT_SPLIT_REQUEST": False,
    "COMPONENT_SPLIT_PATCH": False,
}

VENUES = ENVIRONMENT.venue_addresses
VENUE_STORE = ENVIRONMENT.venue_store
VENUE_FAULTS = ENVIRONMENT.venue_faults

WEBHOOK_INNER_HOSTS = frozenset(filter(None, ENVIRONMENT.webhook_inner_hosts.split(",")))

AUDIT_KEYS = {
    "private": ENVIRONMENT.audit_keys,
    "file": ENVIRONMENT.audit_key_file,
    "public": ENVIRONMENT.audit_public_keys,
    "required": ENVIRONMENT.is_production,
}

AUDIT_ENDED_LOGS = frozenset(filter(None, ENVIRONMENT.audit_ended_logs.split(",")))
CHECKPOINT_STORES = ENVIRONMENT.checkpoint_stores
CHECKPOINT_WITNESSES = ENVIRONMENT.checkpoint_witnesses
CHECKPOINT_INTERVAL_S = ENVIRONMENT.checkpoint_interval_s

LIMIT_SAMPLE_INTERVAL_S = ENVIRONMENT.limit_sample_interval_s
LIMIT_HISTORY_DAYS = ENVIRONMENT.limit_history_days

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"correlation": {"()": "qtweb.correlation.CorrelationFilter"}},
    "formatters": {
        "line": {
            "()": "qtweb.log_lines.LineFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s [%(correlation_id)s] %(message)s",
        },
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["correlation"]},
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "psycopg.pool": {"level": "WARNING"},
        # Two lines for each task, and beat sends eight tasks a second: 350 MB a day of an instance that only waits.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
