"""Exit codes, and the errors that only the command line has."""

from rollcall.clients.transport import ClientError, Problem, Unreachable

OK, FAILURE, USAGE, NOT_FOUND, NOT_ENOUGH, NOT_ALLOWED, CONFLICT, UNREACHABLE = range(8)
MEANING = {
    OK: "done",
    FAILURE: "something failed",
    USAGE: "the command or a value cannot be used",
    NOT_FOUND: "there is no such object in this workspace",
    NOT_ENOUGH: "not enough credits",
    NOT_ALLOWED: "the key is not valid, or its role does not allow it",
    CONFLICT: "it cannot be done in the present state",
    UNREACHABLE: "no server answers",
}
_OF_STATUS = {
    401: NOT_ALLOWED,
    402: NOT_ENOUGH,
    403: NOT_ALLOWED,
    404: NOT_FOUND,
    409: CONFLICT,
    413: USAGE,
    415: USAGE,
    422: USAGE,
}


class Usage(ClientError):
    """What was typed cannot be used; the message says what to type."""


class Declined(ClientError):
    """The person said no; nothing was started."""


def code(error: ClientError) -> int:
    """The exit code that tells a program what happened."""
    if isinstance(error, Problem):
        return _OF_STATUS.get(error.status, FAILURE)
    if isinstance(error, Unreachable):
        return UNREACHABLE
    return USAGE if isinstance(error, Usage) else FAILURE
