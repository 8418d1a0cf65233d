"""The forms with which an operator connects a provider, and orders people or companies there."""

import json
import uuid
from typing import Any

from django import forms

from rollcall.universe.providers import bulk, connections, orders, requests
from rollcall.universe.providers.description import Endpoint
from rollcall.universe.providers.keys import KEY_MAX
from rollcall.universe.providers.registry import Known
from rollcall.universe.providers.walking import PAGES_MAX, Caps

# More would not fit into one query at a provider.
_COMPANIES_MAX = 500


class KeyForm(forms.Form):
    """The key that the provider gave this installation."""

    provider_key = forms.CharField(
        label="Key", max_length=KEY_MAX, strip=True, help_text="It is kept sealed, and shown nowhere again.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


class CapsForm(forms.Form):
    """What may be asked in a month, whoever asks."""

    calls_max = forms.IntegerField(
        label="At most calls a month", required=False, min_value=0, max_value=connections.CALLS_MAX,
        help_text="0 asks nothing. Empty: as many as orders need.",
    )  # fmt: skip
    cost_max = forms.DecimalField(
        label="At most credits of the provider a month", required=False, min_value=0, max_digits=14,
        max_value=connections.COST_MAX, decimal_places=4, help_text="Months are those of UTC. Empty: no cap.",
    )  # fmt: skip


class OrderForm(forms.Form):
    """What to buy, within which caps, and on which lawful basis it is held."""

    endpoint = forms.ChoiceField(label="What")
    subjects = forms.CharField(
        label="Domains or profile addresses", required=False, strip=True,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text="One a line. Of a search: the companies whose people are wanted. Of a lookup: whom to look up; "
        "empty: everybody that the universe knows.",
    )  # fmt: skip
    query = forms.CharField(
        label="Or a query in the provider's own terms", required=False, max_length=requests.QUERY_MAX, strip=True,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "mono"}),
        help_text="JSON, as its documentation has it. Not for lookups in bulk.",
    )  # fmt: skip
    cost_max = forms.DecimalField(
        label="At most credits of the provider", required=False, min_value=0, max_digits=14, decimal_places=4,
        max_value=connections.COST_MAX, help_text="With all that this search has bought while it is fresh.",
    )  # fmt: skip
    pages_max = forms.IntegerField(
        label="At most pages",
        required=False,
        min_value=0,
        max_value=PAGES_MAX,
        help_text="One of the two is needed.",
    )
    is_to_load = forms.BooleanField(label="Then load it into the universe", required=False, initial=True)
    lawful_basis = forms.CharField(
        label="Lawful basis", required=False, max_length=orders.BASIS_MAX,
        help_text="Kept with every fact, such as: legitimate interests, assessed 2026-02-01.",
    )  # fmt: skip
    key = forms.CharField(widget=forms.HiddenInput, max_length=100)

    def __init__(self, known: Known, *given: Any, **more: Any) -> None:
        more.setdefault("initial", {})["key"] = f"form:{uuid.uuid4()}"
        super().__init__(*given, **more)
        self._known = known
        choices = [(endpoint.name, title(endpoint)) for endpoint in known.about.endpoints]
        self.fields["endpoint"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """`asked`: the query; `wanted`: the endpoint; `caps`."""
        given = super().clean() or {}
        if "endpoint" in given and "query" in given and "subjects" in given:
            given["wanted"] = self._known.endpoint(given["endpoint"])
            given["asked"] = self._asked(given["wanted"], given["subjects"].split(), given["query"])
        given["caps"] = Caps(pages=given.get("pages_max"), cost=given.get("cost_max"))
        return given

    def _asked(self, endpoint: Endpoint, subjects: list[str], query: str) -> dict[str, Any]:
        if endpoint.bulk is not None:
            if query:
                self.add_error(
                    "query", "A lookup in bulk has no query: name whom to look up, or nobody for all."
                )
            return {"subjects": subjects} if subjects else {}
        if bool(subjects) == bool(query):
            self.add_error("query", "Give either companies or a query.")
            return {}
        if query:
            return self._parsed(query)
        if not endpoint.by_domains:
            self.add_error("subjects", "This cannot be asked by companies here: write a query.")
            return {}
        domains = [bulk.domain(text) for text in subjects]
        if None in domains or len(domains) > _COMPANIES_MAX:
            self.add_error("subjects", f"Write up to {_COMPANIES_MAX} domains, such as acme.com, one a line.")
        return requests.by_domains(endpoint, sorted({domain for domain in domains if domain}))

    def _parsed(self, query: str) -> dict[str, Any]:
        try:
            found = json.loads(query)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            self.add_error("query", "This is no JSON object. Copy it as the provider's documentation has it.")
        return found if isinstance(found, dict) else {}


def title(endpoint: Endpoint) -> str:
    """`person_search` is `Person search`."""
    return endpoint.name.replace("_", " ").capitalize()
