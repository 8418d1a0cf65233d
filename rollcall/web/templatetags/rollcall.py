"""Tags and filters of every template (a builtin: no `{% load %}`). What they draw is in templates/components."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.template import Context, Library
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from rollcall.core import clock, ids
from rollcall.web import demo_sign_in, formats, icons

register = Library()

register.filter("num", formats.num)
register.filter("signed", formats.signed)
register.filter("compact", formats.compact)
register.filter("count", formats.count)
register.filter("share", formats.share)
register.filter("day", formats.day)
register.filter("utc", formats.utc)
register.filter("initials", formats.initials)
register.filter("hue", formats.hue)


class UnknownIcon(Exception):
    """Add the name to rollcall/web/icons.py and run `python -m rollcall.web.icons`."""


@register.filter
def public(number: int, prefix: str) -> str:
    """`{{ contact.pk|public:"con" }}` gives the id that people and programs see."""
    return ids.public(prefix, number)


@register.filter
def short_day(value: date | None) -> str:
    return formats.short_day(value, today=timezone.localdate())


@register.filter
def moment(value: datetime | None) -> str:
    return formats.moment(value, now=clock.now())


@register.filter
def ago(value: date | None) -> str:
    return formats.ago(value, now=clock.now())


@register.filter
def days_until(value: date | None) -> int | None:
    local = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return (local - timezone.localdate()).days if local else None


@register.filter
def under(path: str, url: str) -> bool:
    """Whether the page at `path` is `url` or lies below it."""
    return path == url or path.startswith(url.rstrip("/") + "/")


@register.simple_tag
@lru_cache(maxsize=1024)  # a page shows hundreds, of a few dozen kinds
def icon(name: str, size: int = 16, label: str = "", tone: str = "") -> SafeString:
    """`{% icon "mail-check" 15 label="Verified" tone="ok" %}`; without a label it is decoration."""
    if name not in icons.NAMES:
        raise UnknownIcon(name)
    return render_to_string(
        "components/icon.html", {"name": name, "size": size, "label": label, "tone": tone}
    )


@register.inclusion_tag("components/avatar.html")
def avatar(name: str, kind: str = "person", size: str = "", hue: int | None = None) -> dict[str, Any]:
    """`{% avatar contact.full_name %}`, `{% avatar company.name "company" size="lg" %}`."""
    square = kind != "person"
    letters = formats.initials(name)
    return {
        "letters": letters[:1] if square else letters,
        "square": square,
        "size": size,
        "hue": formats.hue(name) if hue is None else hue,
    }


@register.inclusion_tag("components/when.html")
def when(value: date | None, style: str = "moment") -> dict[str, Any]:
    """A `<time>` in the user's zone with UTC in the tooltip; style is moment, ago, day or short_day."""
    exact = isinstance(value, datetime)
    if style == "moment" and isinstance(value, datetime):
        text = moment(value)
    else:
        text = {"ago": ago, "short_day": short_day}.get(style, formats.day)(value)
    return {"value": value, "text": text, "exact": exact}


@register.inclusion_tag("components/crumb.html")
def crumb(text: str, url: str) -> dict[str, str]:
    return {"text": text, "url": url}


@register.inclusion_tag("components/kpi.html")
def kpi(label: str, value: Any, note: str = "", unit: str = "") -> dict[str, Any]:
    return {"label": label, "value": value, "note": note, "unit": unit}


@register.inclusion_tag("components/meter.html")
def meter(
    value: float, whole: float = 100, tone: str = "a", width: str = "100%", height: int = 6
) -> dict[str, Any]:
    """A bar without words, for beside a number that says the same."""
    share = min(max(value / whole * 100, 0), 100) if whole else 0
    return {"percent": f"{share:.2f}", "tone": tone, "width": width, "height": height, "radius": height / 2}


@register.inclusion_tag("components/progress.html")
def progress(done: int, total: int, label: str) -> dict[str, Any]:
    return {"done": done, "total": total, "label": label}


@register.inclusion_tag("components/chip.html")
def chip(
    field: str, operator: str, value: str, remove_url: str, icon: str = "", edit_url: str = ""
) -> dict[str, str]:
    """One filter in words, with a link that takes it away."""
    return {
        "field": field,
        "operator": operator,
        "value": value,
        "remove_url": remove_url,
        "icon": icon,
        "edit_url": edit_url,
    }


@register.inclusion_tag("components/sort_head.html", takes_context=True)
def sort_head(context: Context, text: str, key: str, side: str = "") -> dict[str, Any]:
    """A column head that sorts: a link which keeps the other parameters and starts from the first page.

    The sort in force is the variable `sort` of the view (`name`, or `-name` for descending)."""
    request: HttpRequest = context["request"]
    current = str(context.get("sort") or request.GET.get("sort", ""))
    query = request.GET.copy()
    query.pop("after", None)
    query["sort"] = f"-{key}" if current == key else key
    order = {key: "ascending", f"-{key}": "descending"}.get(current, "")
    return {"text": text, "url": f"?{query.urlencode()}", "order": order, "side": side, "name": key == "name"}


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, kind: str = "", **options: Any) -> dict[str, Any]:
    """A form field with label, control, hint and error. Options: hint, placeholder, unit, optional, label, min, max.

    Kinds: plain, tokens, stepper, amount, picks (pills), options (a list), tick (one box)."""
    kind = kind or _kind_of(bound.field.widget)
    values = bound.value()
    if kind == "tokens":
        values = values.split(",") if isinstance(values, str) else values or []
        values = [str(value).strip() for value in values if str(value).strip()]
    options["described"] = " ".join(_described(bound, options))
    attributes = {
        "class": "plain num" if isinstance(bound.field.widget, forms.NumberInput) else "plain",
        "placeholder": options.get("placeholder") or _own_placeholder(bound),
        "aria-describedby": options["described"],
    }
    return options | {
        "bound": bound,
        "kind": kind,
        "grouped": kind in ("picks", "options"),
        "control": f"components/controls/{kind}.html",
        "values": values,
        "widget": bound.as_widget(attrs={name: value for name, value in attributes.items() if value != ""})
        if kind == "plain"
        else "",
        "hint": options.get("hint") or bound.help_text,
    }


@register.simple_tag
def demo_people() -> list[tuple[str, str]]:
    """Who can be signed in without typing: the people of the demo, and nobody elsewhere."""
    return demo_sign_in.people()


@register.simple_block_tag
def banner(content: SafeString, tone: str = "", icon: str = "") -> SafeString:
    """`{% banner "warn" %}You have 12 credits.{% endbanner %}`; tones: none, ok, warn, bad."""
    default = {"ok": "circle-check", "warn": "triangle-alert", "bad": "circle-x"}.get(tone, "info")
    return render_to_string(
        "components/banner.html", {"content": content, "tone": tone, "icon": icon or default}
    )


@register.simple_block_tag
def empty(content: SafeString, title: str, kind: str = "first", icon: str = "") -> SafeString:
    """Nothing to show, of three kinds: `first` use, `none` found, `failed`. The content is what to do next."""
    default = {"first": "inbox", "none": "search", "failed": "circle-alert"}[kind]
    values = {"content": content, "title": title, "kind": kind, "icon": icon or default}
    return render_to_string("components/empty.html", values)


def _own_placeholder(bound: BoundField) -> str | bool:
    """What the form itself says inside the empty control, unless that only repeats the label."""
    own = str(bound.field.widget.attrs.get("placeholder", ""))
    return False if own == str(bound.label) else own


def _kind_of(widget: forms.Widget) -> str:
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "options"
    return "tick" if isinstance(widget, forms.CheckboxInput) else "plain"


def _described(bound: BoundField, options: dict[str, Any]) -> list[str]:
    parts = [f"{bound.auto_id}_helptext"] if options.get("hint") or bound.help_text else []
    return parts + ([f"{bound.auto_id}_error"] if bound.errors else [])
