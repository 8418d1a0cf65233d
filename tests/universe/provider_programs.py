"""A search at a provider that may be killed: `python -m … <url> <page size> <pages at most> <time-out in seconds>`."""

import json
import sys
from dataclasses import asdict

import django

django.setup()

from rollcall.universe import providers  # noqa: E402
from rollcall.universe.providers import registry  # noqa: E402
from rollcall.universe.providers.description import Limit, Retries  # noqa: E402
from rollcall.universe.providers.registry import Known  # noqa: E402
from rollcall.universe.providers.walking import Ask, Caps  # noqa: E402

QUERY = {"query": {"match_all": {}}}


def main(url: str, size: int, pages: int, timeout_seconds: float) -> None:
    """Search as the command does, at another address and with other limits."""
    shipped = registry.get("people_data_labs")
    endpoint = shipped.endpoint("person_search").model_copy(update={"limits": (Limit(calls=500, seconds=1),)})
    retries = Retries(attempts_max=6, unsure_max=3, budget=500, first_seconds=0.01, most_seconds=0.05)
    update = {"url": url, "retries": retries, "timeout_seconds": timeout_seconds, "endpoints": (endpoint,)}
    known = Known(shipped.about.model_copy(update=update), shipped.mapping)
    report = providers.search(ask=Ask(known, endpoint, QUERY, Caps(pages=pages), page_size=size))
    print(json.dumps(asdict(report), default=str))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
