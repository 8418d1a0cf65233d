"""Says in one sentence why two records are one person, may be, or are not."""

from collections.abc import Mapping

from rollcall.universe.identity.people import model

_STEPS = {
    c.name: [(step.because, step.same >= step.other) for step in reversed(c.steps)] for c in model.COMPARISONS
}


def sentence(*, verdict: str, names: tuple[str, str], reached: Mapping[str, int], refused: str = "") -> str:
    """`same because “Bob Smith” and “Robert Smith”: one first name is a form of the other, …`"""
    for_it, against = _reasons(reached)
    who = f"“{names[0]}” and “{names[1]}”"
    if refused:
        start = "doubtful" if verdict == "doubtful" else "kept apart"
        return f"{start} because {refused}: {who}" + (f"; though {_listed(for_it)}" if for_it else "")
    if verdict == "same":
        return f"same because {who}: {_listed(for_it)}" + (f"; though {_listed(against)}" if against else "")
    if verdict == "doubtful":
        but = _listed(against) if against else "that is not enough to be sure"
        return f"doubtful because {who}: {_listed(for_it)}; but {but}"
    return f"kept apart because {_listed(against) or 'too little speaks for it'}: {who}"


def by_key(*, names: tuple[str, str], because: str, refused: str = "") -> str:
    """The sentence for two that share a strong key."""
    who = f"“{names[0]}” and “{names[1]}”"
    if refused:
        return f"kept apart because {refused}: {who}; though {because}"
    return f"same because {who}: {because}"


def shown(full: str | None, first: str | None, last: str | None) -> str:
    """A record's name as its source writes it."""
    return full or " ".join(part for part in (first, last) if part) or "somebody without a name"


def _reasons(reached: Mapping[str, int]) -> tuple[list[str], list[str]]:
    for_it: list[str] = []
    against: list[str] = []
    for name, number in reached.items():
        if number >= 0:
            because, speaks_for = _STEPS[name][number]
            if because:
                (for_it if speaks_for else against).append(because)
    return for_it, against


def _listed(reasons: list[str]) -> str:
    return ", ".join(reasons)
