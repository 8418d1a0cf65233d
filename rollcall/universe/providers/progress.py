"""How far a walk has come: which page is next, whether there is one, and which records were seen before."""

import hashlib
import json
from typing import Any

from rollcall.universe.providers.description import Endpoint
from rollcall.universe.providers.pages import Page
from rollcall.universe.providers.registry import Known
from rollcall.universe.providers.told import RecordRefused, Told

# Pages in a row that brought nobody new: the provider goes round in a circle, or pages drift.
BARREN_MAX = 3


class Progress:
    """Takes pages in order. `token` asks for the next one."""

    def __init__(self, known: Known, endpoint: Endpoint) -> None:
        self._known, self._endpoint = known, endpoint
        self._seen = Seen(known)
        self.pages = self.repeated = self._skipped = self._barren = self._most_told = 0
        self.total: int | None = None
        self.token = ""
        self.is_over = False
        self.why = ""

    @property
    def records(self) -> int:
        return len(self._seen)

    def take(self, page: Page) -> None:
        paging = self._endpoint.paging
        new = sum(self._seen.is_new(record) for record in page.records)
        self.pages += 1
        self.repeated += len(page.records) - new
        self._skipped += len(page.records)
        self._barren = 0 if new else self._barren + 1
        self.total = page.total if page.total is not None else self.total
        self._most_told = max(self._most_told, self.total or 0)
        self.token = self._next(page)
        is_short = paging.short_is_last and len(page.records) < paging.size
        # By token, a page may be empty and still lead on.
        is_empty = not page.records and paging.kind != "token"
        # Totals drift, and the token of a next page knows better.
        is_all = paging.kind != "token" and self.total is not None and self._reached() >= self._most_told
        self.is_over = paging.kind == "none" or not self.token or is_empty or is_short or is_all
        if not self.is_over and self._barren >= BARREN_MAX:
            self.is_over, self.why = (
                True,
                f"The last {BARREN_MAX} pages brought nothing new, so it ends here.",
            )

    def _next(self, page: Page) -> str:
        paging = self._endpoint.paging
        if paging.kind == "offset":
            return str(self._skipped)
        if paging.kind == "page":
            return str(paging.first + self.pages)
        return page.next_token or ""

    def _reached(self) -> int:
        """By offset, where we are; else whom we have: with pages that drift, rows come twice."""
        return self._skipped if self._endpoint.paging.kind == "offset" else self.records


class Seen:
    """The keys of records, as 16 bytes each."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._keys: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._keys)

    def is_new(self, record: Any) -> bool:
        """Whether it was not seen before; it has been now."""
        key = hashlib.blake2b(self._key(record).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        before = len(self._keys)
        self._keys.add(key)
        return len(self._keys) > before

    def _key(self, record: Any) -> str:
        """The provider's own key, or else all of the record."""
        try:
            return "k" + self._known.mapping.key(Told(record))
        except RecordRefused:
            pass
        try:
            return "r" + json.dumps(record, sort_keys=True)
        except RecursionError:
            return "deeper than anybody needs"
