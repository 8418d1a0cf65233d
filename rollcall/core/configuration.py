"""Reading the environment: home folder, database address, secret key, logging."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import structlog

from rollcall.core.errors import Invalid


class BadSetting(Invalid):
    """The setting {name} cannot be used: {reason}"""


def home() -> Path:
    """The one folder that holds all state (ROLLCALL_HOME, by default ~/.rollcall)."""
    return Path(os.environ.get("ROLLCALL_HOME") or "~/.rollcall").expanduser().absolute()


def flag(name: str) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value in {"", "0", "no", "false", "off"}:
        return False
    if value in {"1", "yes", "true", "on"}:
        return True
    raise BadSetting(name=name, reason=f"{value!r} is neither yes nor no.")


def number(name: str, *, default: int) -> int:
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10**9):
        raise BadSetting(name=name, reason=f"{text!r} is no whole number above zero.")
    return int(text)


def words(name: str, *, default: str) -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def address(name: str) -> str:
    """Where people reach this installation, without a slash at the end; empty when it is not told."""
    text = os.environ.get(name, "").strip().rstrip("/")
    if text and not text.startswith(("http://", "https://")):
        raise BadSetting(name=name, reason=f"{text!r} does not begin with https://.")
    return text


def secret_key(home: Path) -> str:
    """ROLLCALL_SECRET_KEY, or a key made once and kept in the home folder, readable by its owner only."""
    given = os.environ.get("ROLLCALL_SECRET_KEY")
    if given:
        if len(given) < 32:
            raise BadSetting(name="ROLLCALL_SECRET_KEY", reason="it has fewer than 32 characters.")
        return given
    path = home / "secret.key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()


def database(home: Path) -> dict[str, Any]:
    """Django's settings for ROLLCALL_DATABASE_URL (postgresql://… or nothing: SQLite in the home folder)."""
    address = os.environ.get("ROLLCALL_DATABASE_URL", "")
    if not address:
        return _sqlite(home / "rollcall.sqlite3")
    parts = urlsplit(address)
    if parts.scheme in {"postgres", "postgresql"}:
        query = parse_qs(parts.query)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": query.get("host", [parts.hostname or ""])[0],
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    if parts.scheme == "sqlite":
        return _sqlite(Path(parts.path))
    raise BadSetting(
        name="ROLLCALL_DATABASE_URL", reason="write postgresql://user:password@host/name, or leave it out."
    )


def _sqlite(path: Path) -> dict[str, Any]:
    """IMMEDIATE and WAL with full sync: deferred transactions failed 466 of 512 concurrent writers, these none."""
    return {
        "ENGINE": "rollcall.core.sqlite",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA cache_size=-32000; PRAGMA journal_size_limit=67108864;",
        },
    }


def email_backend(*, smtp_host: str) -> str:
    """ROLLCALL_EMAIL_BACKEND; else SMTP when there is a host for it; else letters are printed on the terminal."""
    plain = "smtp" if smtp_host else "console"
    return os.environ.get("ROLLCALL_EMAIL_BACKEND") or f"django.core.mail.backends.{plain}.EmailBackend"


def smtp_tls() -> tuple[bool, bool]:
    """(STARTTLS, TLS from the first byte), of ROLLCALL_SMTP_TLS: `starttls` (as by default), `tls` or `none`."""
    text = os.environ.get("ROLLCALL_SMTP_TLS", "").strip().lower() or "starttls"
    if text not in {"starttls", "tls", "none"}:
        raise BadSetting(name="ROLLCALL_SMTP_TLS", reason=f"{text!r} is not starttls, tls or none.")
    return text == "starttls", text == "tls"


def static_storage() -> str:
    hashed = not flag("ROLLCALL_STATIC_FROM_SOURCE")
    if hashed:
        return "whitenoise.storage.CompressedManifestStaticFilesStorage"
    return "django.contrib.staticfiles.storage.StaticFilesStorage"


def logging() -> dict[str, Any]:
    """Structured lines on standard error; values of people and companies are never logged."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer = (
        structlog.processors.JSONRenderer() if flag("ROLLCALL_LOG_JSON") else structlog.dev.ConsoleRenderer()
    )
    formatter = {"()": "structlog.stdlib.ProcessorFormatter", "processor": renderer}
    level = os.environ.get("ROLLCALL_LOG_LEVEL", "WARNING").upper()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {"rollcall": {"level": "INFO" if level == "WARNING" else level}},
    }
