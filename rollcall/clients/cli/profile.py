"""Which server and which key: options first, then the environment, then the profile file."""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from rollcall.clients.cli.exits import Usage

DEFAULT_URL = "http://127.0.0.1:8321"


@dataclass(frozen=True)
class Profile:
    """An address and a key."""

    url: str
    key: str


def path() -> Path:
    """$ROLLCALL_PROFILE, else profile.toml in $ROLLCALL_HOME, else in ~/.rollcall."""
    if named := os.environ.get("ROLLCALL_PROFILE"):
        return Path(named).expanduser()
    home = os.environ.get("ROLLCALL_HOME") or "~/.rollcall"
    return Path(home).expanduser() / "profile.toml"


def read(*, url: str | None, key: str | None) -> Profile:
    """Both values, each from the first place that has it.

    Raises:
        Usage: the file cannot be read, or no place has a key.
    """
    kept = _kept(path())
    address = url or os.environ.get("ROLLCALL_URL") or kept.get("url") or DEFAULT_URL
    secret = key or os.environ.get("ROLLCALL_KEY") or kept.get("key")
    if not address.startswith(("http://", "https://")):
        raise Usage(f"The server's address {address!r} does not begin with http:// or https://.")
    if not secret:
        raise Usage(
            f'No API key was given. Use --key, set ROLLCALL_KEY, or write key = "rc_live_…" into {path()}. '
            "An owner or admin makes keys in the web application under Settings."
        )
    if not secret.isascii() or not secret.isprintable():
        raise Usage("The API key has characters that no key has. Copy it again, whole.")
    return Profile(url=address, key=secret)


def _kept(file: Path) -> dict[str, str]:
    try:
        content = tomllib.loads(file.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = f'The profile {file} cannot be read: {error}. It has two lines: url = "…" and key = "…".'
        raise Usage(reason) from None
    return {name: value for name, value in content.items() if isinstance(value, str)}
