"""Where files of a load may come from when a page asks: uploads, the inbox, and stores that a setting names."""

import re
from pathlib import Path

from django.conf import settings

from rollcall.core.errors import Invalid, NotAllowed, NotFound
from rollcall.universe.loads import uploads
from rollcall.universe.models import SourceLoad

# Their addresses name no machine, so that an address typed on a page cannot make this server call one.
_OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "r2", "dbfs"}
# Of these a setting must name the machine as well.
_BY_MACHINE = {"hdfs", "webhdfs", "sftp", "ssh", "smb"}
_LISTED = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
Kind = SourceLoad.Place


class NotInInbox(NotFound):
    """There is no {path} in the inbox. Put the file or folder into {inbox} on the server, and give its name there."""


class OutsideInbox(NotAllowed):
    """{path} is not inside the inbox. Only files in {inbox} on the server can be named here; others can be uploaded, or
    loaded with `rollcall-server sources load`."""


class StoreNotAllowed(NotAllowed):
    """Files are not read from {address}. Allowed are: {allowed}. Whoever runs the server can add to that with the
    setting ROLLCALL_STORES."""


class BadAddress(Invalid):
    """{address} cannot be used as an address. Write it like s3://bucket/folder, without .. and without options."""


def inbox() -> Path:
    """The folder from which pages may load."""
    return Path(settings.ROLLCALL_INBOX or Path(settings.ROLLCALL_HOME) / "inbox")


def listed() -> list[str]:
    """What lies in the inbox, by name."""
    folder = inbox()
    if not folder.is_dir():
        return []
    names = (path.name for path in folder.iterdir() if not path.name.startswith((".", "_")))
    return sorted(name.encode("utf-8", "replace").decode() for name in names)[:_LISTED]


def kind_of(text: str) -> Kind:
    """Whether somebody typed the address of a store, or something in the inbox."""
    return Kind.STORE if "://" in text or "::" in text else Kind.INBOX


def path(kind: str, place: str) -> str:
    """What may be handed to the reader; asked again whenever something is read.

    Raises:
        NotInInbox, OutsideInbox, StoreNotAllowed, BadAddress, uploads.UploadGone
    """
    if kind == Kind.STORE:
        return _in_store(place)
    if kind == Kind.INBOX:
        return str(_in_inbox(place))
    return str(uploads.path(place))


def _in_inbox(text: str) -> Path:
    folder = inbox().resolve()
    if _CONTROL.search(text) or len(text) > 1_000 or not text.strip():
        raise NotInInbox(path=repr(text[:80]), inbox=inbox())
    wanted = Path(text)
    found = wanted if wanted.is_absolute() else folder / wanted
    # As it is written first: whether something exists elsewhere on the server is nobody's business.
    if ".." in wanted.parts or not (found.is_relative_to(folder) or found.is_relative_to(inbox())):
        raise OutsideInbox(path=text[:200], inbox=inbox())
    try:
        real = found.resolve()
    except (OSError, RuntimeError, ValueError):
        raise NotInInbox(path=text[:200], inbox=inbox()) from None
    if not real.is_relative_to(folder):
        raise OutsideInbox(path=text[:200], inbox=inbox())
    if not real.exists():
        raise NotInInbox(path=text[:200], inbox=inbox())
    return real


def _in_store(address: str) -> str:
    scheme, _, rest = address.partition("://")
    plain = rest.split("/")
    if "::" in address or any(mark in address for mark in "?#\\%") or _CONTROL.search(address):
        raise BadAddress(address=address[:200])
    if not rest or ".." in plain or "." in plain or len(address) > 1_000:
        raise BadAddress(address=address[:200])
    if not any(_allows(allowed, scheme.lower(), rest) for allowed in settings.ROLLCALL_STORES):
        shown = ", ".join(settings.ROLLCALL_STORES) or "none"
        raise StoreNotAllowed(address=f"{scheme[:40]}://…", allowed=shown)
    return f"{scheme.lower()}://{rest}"


def _allows(allowed: str, scheme: str, rest: str) -> bool:
    """`s3` is every bucket; `s3://bucket/folder` what lies below it."""
    kind, _, root = allowed.partition("://")
    if kind.lower() != scheme:
        return False
    if not root.strip("/"):
        return scheme in _OBJECT_STORES
    root = root.rstrip("/")
    return scheme in _OBJECT_STORES | _BY_MACHINE and (rest == root or rest.startswith(f"{root}/"))
