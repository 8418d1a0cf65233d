"""identity: who is who. Doubtful pairs to decide, why records are one person, and mergers that were wrong."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rollcall.server import acting, console, installation

if TYPE_CHECKING:
    from rollcall.universe.models import IdentityQuestion

identity = typer.Typer(
    help="Who is who: doubtful pairs, and why records are one person.", no_args_is_help=True
)
Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
Answer = Annotated[str, typer.Argument(help="same, different or later.")]


@identity.command("review")
def review_questions(
    state: Annotated[str, typer.Option(help="open, later, same or different.")] = "open",
    limit: Annotated[int, typer.Option(min=1, max=200, help="At most so many.")] = 20,
    as_json: Json = False,
) -> None:
    """Pairs of records that may be one person, newest first."""
    installation.connect()
    from rollcall.universe.identity import review

    rows = [_question(row) for row in review.list_(state=state, limit=limit).items]
    console.show(rows, as_json=as_json, empty="Nobody is in doubt.")


@identity.command("decide")
def decide_question(
    question: Annotated[str, typer.Argument(help="Id of the question, such as idq_3.")],
    answer: Answer,
    as_json: Json = False,
) -> None:
    """Say whether two records are one person; the next load does so, and never asks again."""
    installation.connect()
    from rollcall.core import clock, ids
    from rollcall.universe.identity import review

    done = review.decide(
        question_id=ids.parse("idq", question), answer=answer, actor=acting.operator(), now=clock.now()
    )
    console.show_facts(_question(done), as_json=as_json)


@identity.command("say")
def say_about_records(
    left: Annotated[str, typer.Argument(help="A record, as explain shows it: source:person.")],
    right: Annotated[str, typer.Argument(help="Another one.")],
    answer: Answer,
    why: Annotated[str, typer.Option(help="What is kept with it.")] = "Looked at by hand",
    as_json: Json = False,
) -> None:
    """Decide about two records that nobody asked about: a merger that was missed, or one that was wrong."""
    installation.connect()
    from rollcall.core import clock
    from rollcall.universe.identity import review

    done = review.say(
        left=left, right=right, answer=answer, why=why, actor=acting.operator(), now=clock.now()
    )
    console.show_facts(_question(done), as_json=as_json)


@identity.command("explain")
def explain_person(
    profile: Annotated[str, typer.Argument(help="Id of the profile, such as pro_12.")], as_json: Json = False
) -> None:
    """Which records are one person, and why; which ids lead to it."""
    installation.connect()
    from rollcall.core import ids
    from rollcall.universe.identity import story

    told = story.of_person(profile_id=ids.parse("pro", profile))
    if as_json:
        console.show_facts(asdict(told), as_json=True)
        return
    rows: list[dict[str, Any]] = [
        {"record": one.record, "name": one.full_name, "positions": "; ".join(one.positions)}
        for one in told.records
    ]
    console.show(rows, as_json=False, empty=f"Nothing is known about {profile}.")
    for reason in told.reasons:
        console.step(f"Same because: {reason}")
    for number in told.former:
        console.step(f"{ids.public('pro', number)} leads to {ids.public('pro', told.profile_id)}.")


def _question(row: "IdentityQuestion") -> dict[str, Any]:
    return {
        "id": f"idq_{row.pk}", "left": row.left, "right": row.right, "probability": round(row.probability, 4),
        "why": row.why, "state": row.state, "decided_by": row.decided_by or None,
    }  # fmt: skip
