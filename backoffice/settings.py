"""All settings, read from the environment; `make run` needs none of them to be set.

What is unsafe outside the demonstration is an error of `manage.py check` (see checks.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from backoffice.environment import database, embedded, flag, mail_server, text, words

BASE_DIR = Path(__file__).resolve().parents[1]
VAR_DIR = Path(text("VAR_DIR", str(BASE_DIR / "var"))).resolve()

# A database named from outside stands alone: then nothing is taken from the embedded servers.
_embedded = {} if text("DATABASE_URL") else embedded(VAR_DIR)

DEPLOYMENT = text("DEPLOYMENT", _embedded.get("deployment", "production"))
DEMONSTRATION = DEPLOYMENT == "demonstration"
DEFAULT_SECRET_KEY = "default-secret-that-only-the-demonstration-accepts"  # noqa: S105

SECRET_KEY = text("SECRET_KEY", _embedded.get("secret_key", DEFAULT_SECRET_KEY))
DEBUG = flag("DEBUG")
ALLOWED_HOSTS = words("ALLOWED_HOSTS", ("127.0.0.1", "localhost", "[::1]") if DEMONSTRATION else ())

INSTALLED_APPS = [
    "backoffice.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    # Ours, in the order of their dependencies: an app imports only what stands above it.
    "backoffice.events",
    "backoffice.access",
    "backoffice.workflow",
    "backoffice.grants",
    "refdata",
    "backoffice.documents",
    "ledger",
    "limits",
    "onboarding",
    "deals",
    "settlements",
    "reconciliation",
    "expenses",
    "backoffice.connectors",
    "backoffice.webhooks",
    "reporting",
    "backoffice.desk",
    "backoffice",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "backoffice.problems.CaptureFirst",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "backoffice.desk.firm_clock.FirmClock",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "backoffice.problems.ProblemMiddleware",
    "backoffice.access.personal.PersonalReads",
]
ROOT_URLCONF = "backoffice.urls"
WSGI_APPLICATION = "backoffice.wsgi.application"
AUTH_USER_MODEL = "access.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASE_URL = text(
    "DATABASE_URL",
    _embedded.get("database_url", "postgres://backoffice@127.0.0.1:5432/backoffice"),
)
DATABASES: dict[str, Any] = {"default": database(DATABASE_URL) | {"ATOMIC_REQUESTS": False}}
if text("DATABASE_REPLICA_URL"):
    DATABASES["replica"] = database(text("DATABASE_REPLICA_URL")) | {"TEST": {"MIRROR": "default"}}

REDIS_URL = text("REDIS_URL", _embedded.get("redis_url", "redis://127.0.0.1:6379/0"))
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "backoffice",
    }
}
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [path for path in [BASE_DIR / "static"] if path.is_dir()]
MEDIA_ROOT = VAR_DIR / "files"
# Where scheduled reports are brought.
REPORT_FOLDER = Path(text("REPORT_FOLDER", str(VAR_DIR / "reports")))
# Documents for the firm's 1C: in which version of EnterpriseData, and where the firm keeps the schemas of its versions.
ENTERPRISE_DATA_VERSION = text("ENTERPRISE_DATA_VERSION", "1.20")
ENTERPRISE_DATA_SCHEMAS = text("ENTERPRISE_DATA_SCHEMAS")
# As `smtp://user:password@host:587/?tls=yes`; without it the demonstration writes mails into files, others send none.
_mail = mail_server(text("EMAIL_URL"))
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _mail.host else 'filebased'}.EmailBackend"
EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS = _mail.host, _mail.port, _mail.tls
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_TIMEOUT = _mail.user, _mail.password, 20
EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_FROM = (
    text("EMAIL_FROM", "reports@localhost" if DEMONSTRATION else "")
    if _mail.host or DEMONSTRATION
    else ""
)
FAULT_POINT = text("FAULT_POINT")  # of tests: where a process dies, see backoffice/events/faults.py
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # pages and single calls; bulk reads its own stream

USE_TZ = True
TIME_ZONE = "UTC"  # of what is kept, and of what programs exchange
FIRM_TIME_ZONE = text(
    "FIRM_TIME_ZONE", "Europe/Moscow"
)  # whose day is "today", and whose clock pages show
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ru", "Русский")]
LOCALE_PATHS = [BASE_DIR / "locale"]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "backoffice.access.authentication.KeyAuthentication",
        "backoffice.access.authentication.CsrfSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["backoffice.access.permissions.DeclaredPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "backoffice.access.schema.Operation",
    "EXCEPTION_HANDLER": "backoffice.problems.handle",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Back office",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": ["backoffice.openapi.complete"],
    "DESCRIPTION": "Deals in, settled, booked and reported. Amounts are strings in plain decimals.",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# The broker carries nudges only: every task may be lost or run twice.
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 5}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_PUBLISH_RETRY = False  # a lost nudge costs one second, a waiting web thread costs more
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# A second factor: required for steps that move money outside the demonstration, and asked again.
SECOND_FACTOR_REQUIRED = not DEMONSTRATION
STEP_UP_SECONDS = 15 * 60
OTP_TOTP_ISSUER = "Back office"
KEY_REQUESTS_PER_MINUTE = int(text("KEY_REQUESTS_PER_MINUTE", "600000"))
TRUSTED_PROXIES = int(text("TRUSTED_PROXIES", "0"))  # how many stand before us and tell the address
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = not DEMONSTRATION
SESSION_COOKIE_AGE = 12 * 3600  # a working day
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = not DEMONSTRATION
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]  # asked from inside, behind the TLS proxy
SECURE_PROXY_SSL_HEADER = None if DEMONSTRATION else ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 0 if DEMONSTRATION else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEMONSTRATION

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": text("LOG_LEVEL", "INFO")},
    "loggers": {"django.request": {"level": "ERROR"}},
}
