"""Settings of the platform, from the environment alone; docs/deploy.md lists them.

A wrong value stops the start with one sentence, never a guess.
"""

import re
import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from kokorochat.web.bodies import LARGEST_BODY
from kokorochat.web.data_folder import data_folder, kept_key

env = environ.Env()

HERE = Path(__file__).parent
DATA = data_folder(env.str("KOKOROCHAT_DATA", default="") or "var")

_ORIGIN = re.compile(r"https?://([a-zA-Z0-9.-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?")


def _origins() -> list[str]:
    origins: list[str] = env.list("KOKOROCHAT_ORIGINS", default=["http://127.0.0.1:8000", "http://localhost:8000"])
    if not origins:
        raise ImproperlyConfigured(
            "KOKOROCHAT_ORIGINS names no origin. Write scheme and host, as https://chat.example.org"
        )
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ImproperlyConfigured(
                f"KOKOROCHAT_ORIGINS: {origin!r} is not an origin. Write scheme and host, as https://chat.example.org"
            )
    return [origin.lower() for origin in origins]


_GIVEN_KEY: str = env.str("KOKOROCHAT_SECRET_KEY", default="")
KEEPS_KEY = not _GIVEN_KEY
"""Whether the data folder keeps the key: a new one is written there when there are tables (`server.keep_key`)."""
SECRET_KEY = _GIVEN_KEY or kept_key(DATA) or secrets.token_urlsafe(50)
if len(SECRET_KEY.strip()) < 32:
    raise ImproperlyConfigured(
        f"the secret key is shorter than 32 characters. Mend KOKOROCHAT_SECRET_KEY, or delete {DATA / 'secret_key'}"
    )
SECRET_KEY_FALLBACKS = env.list("KOKOROCHAT_OLD_SECRET_KEYS", default=[])
"""Keys that SECRET_KEY has replaced: the audit trail that they have signed can still be checked."""
DEBUG = False
ORIGINS = _origins()
"""Where the platform is reached, as `https://host[:port]`: the only origins that forms and sockets accept."""
ALLOWED_HOSTS = sorted({urlsplit(origin).hostname or "" for origin in ORIGINS})
CSRF_TRUSTED_ORIGINS = ORIGINS
_HTTPS = all(origin.startswith("https:") for origin in ORIGINS)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "channels",
    "kokorochat.web.apps.PlatformConfig",
    "kokorochat.web.accounts",
    "kokorochat.web.roleplay",
    "kokorochat.web.transports.browser",
    "kokorochat.web.transports.line",
]
MIDDLEWARE = [
    "kokorochat.web.metrics.middleware.CountingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "kokorochat.web.accounts.sign_in.SignInLimitsMiddleware",
    "kokorochat.web.middleware.ChosenLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "kokorochat.web.middleware.PrivatePagesMiddleware",
]
ROOT_URLCONF = "kokorochat.web.urls"
ASGI_APPLICATION = "kokorochat.web.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kokorochat.web.transports.line.door.door",
            ],
            "builtins": ["kokorochat.web.roleplay.templatetags.roleplay"],
        },
    }
]


def _hours(name: str, default: int) -> timedelta:
    try:
        hours = float(env.str(name, default="") or default)
    except ValueError:
        hours = 0
    if not 0 < hours <= 8760:
        raise ImproperlyConfigured(f"{name} must be hours, more than 0 and at most 8760 (a year)")
    return timedelta(hours=hours)


def _yes_or_no(name: str, default: bool) -> bool:
    value = env.str(name, default="").strip().lower()
    if value and value not in (*env.BOOLEAN_TRUE_STRINGS, *_NO):
        raise ImproperlyConfigured(f"{name} must be yes or no")
    return value not in _NO if value else default


_NO = ("no", "n", "false", "off", "0")


def _address(name: str, schemes: tuple[str, ...], like: str, default: str = "") -> str:
    """An address from the environment, where it can be read; it may hold a password, so no message repeats it."""
    address: str = env.str(name, default="") or default
    try:
        parts = urlsplit(address)
        readable = parts.scheme in schemes and (parts.scheme == "sqlite" or parts.port != 0)
    except ValueError:  # of brackets that don't close, and of a port that is no number
        readable = False
    if address and not readable:
        raise ImproperlyConfigured(f"{name} can't be read. Write it like {like}")
    return address


def _time_zone() -> str:
    name: str = env.str("KOKOROCHAT_TIME_ZONE", default="") or "Asia/Tokyo"
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise ImproperlyConfigured(f"KOKOROCHAT_TIME_ZONE: {name!r} is no time zone. Write Asia/Tokyo") from None
    return name


def _database() -> dict[str, object]:
    """SQLite unless DATABASE_URL names a PostgreSQL (docs/decisions/0003-delivery.md says why each option)."""
    here, schemes = f"sqlite:///{DATA / 'kokorochat.sqlite3'}", ("sqlite", "postgres", "postgresql")
    url = _address("DATABASE_URL", schemes, "postgres://user@host/name, or sqlite:////path", here)
    database: dict[str, object] = env.db_url_config(url)
    database["ATOMIC_REQUESTS"] = False
    if "sqlite" in str(database["ENGINE"]):
        database["ENGINE"] = "kokorochat.web.sqlite"
        # Kept open: the last connection that closes makes SQLite copy its whole log back, after every message.
        database["CONN_MAX_AGE"] = None
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
            "PRAGMA secure_delete=ON;PRAGMA trusted_schema=OFF;",
        }
    else:
        database["CONN_MAX_AGE"] = 0
        database["CONN_HEALTH_CHECKS"] = True
        # Words travel beside a statement, never in it: PostgreSQL logs statements that fail, and shows those that run.
        database["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 8, "timeout": 20}, "server_side_binding": True}
    return database


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = _address("REDIS_URL", ("redis", "rediss", "unix"), "redis://host:6379/0")
"""Empty: wake-ups and presence stay in this process, and only one may serve."""
CACHES: dict[str, dict[str, object]]
if REDIS_URL:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "kokorochat.web.transports.browser.layer.SparingLayer"}}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# Large, and apart from presence: whoever makes many counts must not push an older one out.
CACHES["brake-alone"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "brake",
    "OPTIONS": {"MAX_ENTRIES": 100_000},
}
CACHES["brake"] = CACHES["default" if REDIS_URL else "brake-alone"]

AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
SIGN_IN_IDLE = _hours("KOKOROCHAT_SIGN_IN_IDLE_HOURS", 12)
"""A sign-in ends after so long without use; an open talk in which nothing is done is no use."""
SIGN_IN_LONGEST = _hours("KOKOROCHAT_SIGN_IN_HOURS", 168)
"""A sign-in ends after so long altogether."""
SECOND_FACTOR = _yes_or_no("KOKOROCHAT_SECOND_FACTOR", _HTTPS)
"""Whether administrators need a second factor: yes where the platform is reached by https, no for the local demo."""
OTP_TOTP_ISSUER = "KokoroChat"
SESSION_COOKIE_AGE = int(SIGN_IN_LONGEST.total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "kokorochat.web.refusals.csrf_failed"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", _("Japanese")), ("en", _("English"))]
LOCALE_PATHS = [HERE / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 31_536_000
TIME_ZONE = _time_zone()
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["kokorochat.web.formats"]

STATIC_URL = "/static/"
STATICFILES_DIRS = [HERE / "static"]
# The files come from the package itself: no collectstatic step that an installation could forget.
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = LARGEST_BODY

_MAIL_URL = _address("KOKOROCHAT_EMAIL_URL", ("smtp", "smtp+tls", "smtp+ssl"), "smtp+tls://user:password@host:587")
MAILS = bool(_MAIL_URL)
"""Whether alerts are mailed: by the server that KOKOROCHAT_EMAIL_URL names."""
if MAILS:
    vars().update(env.email_url_config(_MAIL_URL))
    EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL: str = env.str("KOKOROCHAT_EMAIL_FROM", default=f"kokorochat@{urlsplit(ORIGINS[0]).hostname}")

SCORE_MODEL: str = env.str("KOKOROCHAT_SCORE_MODEL", default="")
"""A model as `ordinal:DIR`, or at an endpoint as `openai:NAME@URL`, whose estimate stands beside the client's feedback;
empty: none is shown."""


def line_channel() -> tuple[str, str, str]:
    """The channel's secret, its access token, and where LINE is called; the first two are empty where there is none."""
    secret, token = env.str("KOKOROCHAT_LINE_SECRET", default=""), env.str("KOKOROCHAT_LINE_TOKEN", default="")
    if bool(secret) != bool(token):
        raise ImproperlyConfigured("KOKOROCHAT_LINE_SECRET and KOKOROCHAT_LINE_TOKEN must both be set, or neither")
    if not (secret + token).isascii() or not (secret + token).isprintable():
        raise ImproperlyConfigured(
            "KOKOROCHAT_LINE_SECRET or KOKOROCHAT_LINE_TOKEN holds a character that can't be one"
        )
    api = env.str("KOKOROCHAT_LINE_API", default="") or "https://api.line.me"
    if not _ORIGIN.fullmatch(api):
        raise ImproperlyConfigured(f"KOKOROCHAT_LINE_API: {api!r} must be scheme and host, as https://api.line.me")
    return secret, token, api


LINE_SECRET, LINE_TOKEN, LINE_API = line_channel()
"""Without a secret and a token there is no LINE door."""

PRACTICE_CLIENT: str = env.str("KOKOROCHAT_PRACTICE_CLIENT", default="")
"""A model as `retrieval:DIR`, or at an endpoint as `openai:NAME@URL`, that plays the client for whoever counsels alone;
empty: the written scripts do."""
PRACTICE_COUNSELOR: str = env.str("KOKOROCHAT_PRACTICE_COUNSELOR", default="")
"""The same for the counselor of somebody who practises the client's role; empty: there is none."""

METRICS_TOKEN: str = env.str("KOKOROCHAT_METRICS_TOKEN", default="")
"""What a Prometheus shows to read `/metrics`; empty: the page does not exist."""
if METRICS_TOKEN and len(METRICS_TOKEN) < 16:
    raise ImproperlyConfigured("KOKOROCHAT_METRICS_TOKEN is shorter than 16 characters. Take a long random one")

LOG: str = env.str("KOKOROCHAT_LOG", default="line")
"""How a log entry looks: `line`, or `json` with a field for each part."""
if LOG not in ("line", "json"):
    raise ImproperlyConfigured("KOKOROCHAT_LOG must be line or json")

# What goes wrong is logged with its place, never with the words of a message or a form.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(process)d %(message)s",
            "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger", "exc_info": "traceback"},
            "timestamp": False,
        },
    },
    "filters": {"no_words": {"()": "kokorochat.web.logs.NoWords"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG, "filters": ["no_words"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # Below an error Django names the path, and a path may hold a sign-in token.
    # httpx names whole addresses, and one of LINE's may hold an id.
    "loggers": {
        "kokorochat": {"level": "INFO"},
        "django.request": {"level": "ERROR"},
        "httpx": {"level": "WARNING"},
        # A stranger can cause all of these at will; each is answered with its page.
        "django.security": {"level": "CRITICAL"},
    },
}
