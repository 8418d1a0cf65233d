"""Finds the providers: each is a folder here that has a PROVIDER (its description) and a mapping of its records."""

import importlib
import os
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Protocol, cast

from rollcall.core import configuration
from rollcall.core.errors import NotFound
from rollcall.universe.providers.description import Bulk, Endpoint, Limit, Provider
from rollcall.universe.providers.told import Told


class ProviderUnknown(NotFound):
    """There is no provider {id} here. Known ones: {known}."""


class EndpointUnknown(NotFound):
    """{provider} has no endpoint {id} here. It has {known}."""


class Mapping(Protocol):
    """How a provider's records become ours. Rows have the names of `sources/source.py`."""

    def key(self, record: Told) -> str:
        """What the provider calls the record; the same key is the same record."""
        ...

    def people(self, record: Told, *, as_of: date) -> Iterator[dict[str, Any]]:
        """Rows of a roster that a record of a person holds: one for each position."""
        ...

    def companies(self, record: Told, *, as_of: date) -> Iterator[dict[str, Any]]:
        """Rows of companies that a record of a person or of a company holds."""
        ...


@dataclass(frozen=True)
class Known:
    """A provider that can be asked."""

    about: Provider
    mapping: Mapping

    @property
    def url(self) -> str:
        """Where it is; ROLLCALL_PROVIDER_<NAME>_URL leads elsewhere (a sandbox, a proxy of one's own)."""
        return configuration.address(_setting(self.about.name, "URL")) or self.about.url

    def limits(self, endpoint: Endpoint) -> tuple[Limit, ...]:
        """How fast it may be asked; ROLLCALL_PROVIDER_<NAME>_PER_MINUTE stands in for all (contracts differ)."""
        per_minute = configuration.number(_setting(self.about.name, "PER_MINUTE"), default=0)
        return (Limit(calls=per_minute, seconds=60),) if per_minute else endpoint.limits

    def miss_days(self, bulk: Bulk) -> int:
        """For how long a miss is not looked up again; ROLLCALL_PROVIDER_<NAME>_MISS_DAYS says otherwise."""
        return configuration.number(_setting(self.about.name, "MISS_DAYS"), default=bulk.miss_days)

    def endpoint(self, name: str | None = None) -> Endpoint:
        """The endpoint of this name; the first when none is named.

        Raises:
            EndpointUnknown
        """
        for endpoint in self.about.endpoints:
            if name in (None, endpoint.name):
                return endpoint
        known = ", ".join(endpoint.name for endpoint in self.about.endpoints)
        raise EndpointUnknown(provider=self.about.name, id=str(name)[:80], known=known)


def get(name: str) -> Known:
    """
    Raises:
        ProviderUnknown
    """
    found = _folders().get(name)
    if found is None:
        raise ProviderUnknown(id=name[:80], known=", ".join(sorted(_folders())))
    return found


def list_() -> list[Known]:
    """All providers, by name."""
    return [known for _, known in sorted(_folders().items())]


def key_from_environment(name: str) -> str:
    """ROLLCALL_PROVIDER_<NAME>_KEY, or the content of the file that …_KEY_FILE names; empty when neither is set."""
    file = os.environ.get(_setting(name, "KEY_FILE"), "")
    if not file:
        return os.environ.get(_setting(name, "KEY"), "").strip()
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise configuration.BadSetting(name=_setting(name, "KEY_FILE"), reason=f"{file}: {reason}.") from None


def _setting(name: str, what: str) -> str:
    return f"ROLLCALL_PROVIDER_{name.upper()}_{what}"


@cache
def _folders() -> dict[str, Known]:
    found = {}
    package = importlib.import_module("rollcall.universe.providers")
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if module.ispkg:
            folder = importlib.import_module(module.name)
            found[folder.PROVIDER.name] = Known(folder.PROVIDER, cast(Mapping, folder.mapping))
    return found
