"""The operator's questions of identity: pairs that may be one person, and why records are one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from rollcall.core import clock, ids
from rollcall.universe import versions
from rollcall.universe.identity import review, story
from rollcall.universe.models import IdentityQuestion
from rollcall.web import pages
from rollcall.web.pages import PageRequest

_SHOWN = 25
State = IdentityQuestion.State


@pages.operator_page()
def questions(request: PageRequest) -> HttpResponse:
    """The pairs in one state, what each side tells, and the buttons that decide."""
    state = request.GET.get("state", State.OPEN)
    state = state if state in State.values else State.OPEN
    page = review.list_(state=state, cursor=request.GET.get("cursor"), limit=_SHOWN)
    context = {
        "title": "Who is who",
        "state": state,
        "states": [(value, label, review.count(state=value)) for value, label in State.choices],
        "pairs": _pairs(list(page.items)),
        "next": page.next_cursor,
    }
    return render(request, "operator/identity.html", context)


@pages.operator_page(methods=("POST",))
def decide(request: PageRequest, question_id: int) -> HttpResponse:
    """One person, two people, or later."""
    done = review.decide(
        question_id=question_id,
        answer=request.POST.get("answer", ""),
        actor=request.actor,
        now=clock.now(),
    )
    messages.success(request, f"{done.get_state_display()}: the next load does so.")
    return redirect("operator_identity")


@pages.operator_page()
def person(request: PageRequest, profile_id: str) -> HttpResponse:
    """One person: which records it is, and what made them one."""
    told = story.of_person(profile_id=ids.parse("pro", profile_id))
    context = {"title": f"Why {ids.public('pro', told.profile_id)} is one person", "story": told}
    return render(request, "operator/person.html", context)


@pages.operator_page(methods=("POST",))
def say(request: PageRequest, profile_id: str) -> HttpResponse:
    """One of the records is somebody else: it leaves the others with the next load."""
    told = story.of_person(profile_id=ids.parse("pro", profile_id))
    record = request.POST.get("record", "")
    if record not in {one.record for one in told.records}:
        raise review.NoSuchRecord(id=record[:80])
    for other in told.records:
        if other.record != record:
            review.say(
                left=record,
                right=other.record,
                answer=State.DIFFERENT,
                why="Taken apart on the page of the person",
                actor=request.actor,
                now=clock.now(),
            )
    messages.success(request, f"{record} is somebody else from the next load on. That costs nobody anything.")
    return redirect("operator_identity_person", profile_id=ids.public("pro", told.profile_id))


def _pairs(rows: list[IdentityQuestion]) -> list[dict[str, Any]]:
    """Each question with what its two records tell."""
    version = versions.current()
    names = sorted({name for row in rows for name in (row.left, row.right)})
    told = {one.record: one for one in story.of_records(names=names, version=version)} if version else {}
    return [{"row": row, "sides": [told.get(row.left), told.get(row.right)]} for row in rows]


urls: list[URLPattern] = [
    path("operator/identity", questions, name="operator_identity"),
    path("operator/identity/<int:question_id>/decide", decide, name="operator_identity_decide"),
    path("operator/identity/people/<str:profile_id>", person, name="operator_identity_person"),
    path("operator/identity/people/<str:profile_id>/apart", say, name="operator_identity_apart"),
]
