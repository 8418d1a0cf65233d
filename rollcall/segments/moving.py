"""A contact's places in segments when it turns out to be another contact's, or when somebody is forgotten."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import F

from rollcall.contacts import followers
from rollcall.contacts.models import Contact
from rollcall.segments.models import Segment, SegmentContact


def merge(winner: Contact, loser: Contact, now: datetime) -> dict[str, Any]:
    """Every stay of the loser, ended ones too, becomes the winner's; where both are now, the loser's ends."""
    rows = _rows(loser)
    here = set(_rows(winner).filter(removed_at__isnull=True).values_list("segment_id", flat=True))
    live = rows.filter(removed_at__isnull=True)
    twice = dict(live.filter(segment__in=here).values_list("pk", "segment_id"))
    moved = sorted(rows.values_list("pk", flat=True))
    SegmentContact.objects.filter(pk__in=twice).update(removed_at=now)
    _count(twice.values(), -1)
    _give(moved, winner, of=loser.pk)
    return {"moved": moved, "ended": sorted(twice)}


def split(winner: Contact, loser: Contact, kept: Any) -> None:
    """The loser has its stays again, also those that had ended because both were there."""
    # If the winner was merged further, so were they; if some of them are somebody else's by now, those stay there.
    _give(kept["moved"], loser, of=winner.merged_into_id or winner.pk)
    ended = SegmentContact.objects.filter(pk__in=kept["ended"], contact=loser, removed_at__isnull=False)
    back = list(ended.values_list("segment_id", flat=True))
    ended.update(removed_at=None)
    _count(back, +1)


def forget(contact: Contact, now: datetime) -> None:
    """No stay goes on, and none keeps a name."""
    live = _rows(contact).filter(removed_at__isnull=True)
    ended = list(live.values_list("segment_id", flat=True))
    live.update(removed_at=now)
    _count(ended, -1)
    _rows(contact).update(name_key="", company_key="")


def _rows(contact: Contact) -> Any:
    """Asked by segment too: the index by contact has only the stays that go on."""
    mine = Segment.objects.filter(workspace=contact.workspace_id)
    return SegmentContact.objects.filter(segment__in=mine, contact=contact)


def _give(numbers: Iterable[int], contact: Contact, *, of: int) -> None:
    """To this contact, with its sort keys."""
    SegmentContact.objects.filter(pk__in=list(numbers), contact=of).update(
        contact=contact, name_key=contact.name_key, company_key=contact.company_key
    )


def _count(segment_ids: Iterable[int], step: int) -> None:
    for segment_id, times in sorted(Counter(segment_ids).items()):
        Segment.objects.filter(pk=segment_id).update(contact_count=F("contact_count") + step * times)


followers.add("segments", followers.Follower(merge=merge, split=split, forget=forget))
