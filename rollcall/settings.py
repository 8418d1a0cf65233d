"""All settings, read from the environment once; unsafe ones are refused by name when the server starts."""

import os
from pathlib import Path

from rollcall.core import configuration as conf

HOME = conf.home()
DEMO = conf.flag("ROLLCALL_DEMO")
DEBUG = conf.flag("ROLLCALL_DEBUG")
HTTPS = conf.flag("ROLLCALL_HTTPS")
SECRET_KEY = conf.secret_key(HOME)
ALLOWED_HOSTS = conf.words("ROLLCALL_ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1],testserver")
CSRF_TRUSTED_ORIGINS = conf.words("ROLLCALL_TRUSTED_ORIGINS", default="")
# Webhooks to this computer and its network: for those who host everything themselves.
ALLOW_PRIVATE_WEBHOOKS = conf.flag("ROLLCALL_ALLOW_PRIVATE_WEBHOOKS")
ROLLCALL_URL = conf.address("ROLLCALL_URL")
OPERATOR_EMAIL = os.environ.get("ROLLCALL_OPERATOR_EMAIL") or "credits@rollcall.example"

DATABASES = {"default": conf.database(HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROLLCALL_HOME = HOME
ROLLCALL_ENGINE = os.environ.get("ROLLCALL_ENGINE", "duckdb")
# None: as the engine needs it.
ROLLCALL_PEOPLE_INDEX = (
    conf.flag("ROLLCALL_PEOPLE_INDEX") if os.environ.get("ROLLCALL_PEOPLE_INDEX", "").strip() else None
)
ROLLCALL_SPARK_MASTER = os.environ.get("ROLLCALL_SPARK_MASTER") or "local[2]"
ROLLCALL_SPARK_MEMORY = os.environ.get("ROLLCALL_SPARK_MEMORY") or "1g"
ROLLCALL_SPARK_SPILLS = os.environ.get("ROLLCALL_SPARK_SPILLS", "")
ROLLCALL_SPARK_TABLES = os.environ.get("ROLLCALL_SPARK_TABLES", "")
ROLLCALL_ADJUSTMENT_LIMIT = conf.number("ROLLCALL_ADJUSTMENT_LIMIT", default=1000)
# Where an operator's page may read files from: this folder, these stores; and how large an upload may be.
ROLLCALL_INBOX = os.environ.get("ROLLCALL_INBOX", "")
ROLLCALL_STORES = conf.words("ROLLCALL_STORES", default="")
ROLLCALL_UPLOAD_MB_MAX = conf.number("ROLLCALL_UPLOAD_MB_MAX", default=1024)
ROLLCALL_API_REQUESTS_PER_MINUTE = conf.number("ROLLCALL_API_REQUESTS_PER_MINUTE", default=600)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "rollcall.web",  # before allauth, so that its pages wear our templates
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rollcall.core",
    "rollcall.workspaces",
    "rollcall.notices",
    "rollcall.credits",
    "rollcall.universe",
    "rollcall.contacts",
    "rollcall.segments",
    "rollcall.personas",
    "rollcall.delivery",
    "rollcall.api",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "rollcall.web.middleware.ErrorPages",
]

ROOT_URLCONF = "rollcall.urls"
WSGI_APPLICATION = "rollcall.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["rollcall.web.templatetags.rollcall"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "rollcall.web.shell.shell",
            ],
        },
    }
]

AUTH_USER_MODEL = "workspaces.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "rollcall.web.sign_in.ClosedSignUp"
MFA_ADAPTER = "rollcall.web.sign_in.SecondStep"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # whoever made the account vouches for the address
MFA_TOTP_ISSUER = "Rollcall"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
EMAIL_HOST = os.environ.get("ROLLCALL_SMTP_HOST", "")
EMAIL_BACKEND = conf.email_backend(smtp_host=EMAIL_HOST)
EMAIL_PORT = conf.number("ROLLCALL_SMTP_PORT", default=587)
EMAIL_HOST_USER = os.environ.get("ROLLCALL_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("ROLLCALL_SMTP_PASSWORD", "")
EMAIL_USE_TLS, EMAIL_USE_SSL = conf.smtp_tls()
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("ROLLCALL_MAIL_FROM") or "Rollcall <rollcall@localhost>"

SESSION_COOKIE_NAME = "__Host-rollcall" if HTTPS else "rollcall"
CSRF_COOKIE_NAME = "__Host-rollcall-csrf" if HTTPS else "rollcall-csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "font-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("ROLLCALL_STATIC_ROOT", HOME / "static"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": conf.static_storage()},
}
WHITENOISE_USE_FINDERS = conf.flag("ROLLCALL_STATIC_FROM_SOURCE")

LOGGING = conf.logging()
