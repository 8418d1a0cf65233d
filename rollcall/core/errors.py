"""Expected failures: a few kinds; each concrete error lives beside the function that raises it."""

import re
from typing import Any, ClassVar


class RollcallError(Exception):
    """Something that was expected to be able to go wrong.

    The docstring of a concrete class is its message: what happened and what to do, with `{field}` for
    the values given to the constructor. Only interfaces turn kinds into status codes, exit codes and toasts.
    """

    code: ClassVar[str] = "error"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" not in cls.__dict__:
            cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(self, **details: Any) -> None:
        self.details = details
        template = " ".join((type(self).__doc__ or "").split())
        self.message = template.format(**details)
        super().__init__(self.message)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.details)


class Invalid(RollcallError):
    """{reason}"""


class NotFound(RollcallError):
    """There is no {what} {id} here. Check the id; objects of other workspaces are not shown."""


class NotAllowed(RollcallError):
    """{reason}"""


class Conflict(RollcallError):
    """{reason}"""


class NotEnough(RollcallError):
    """{reason}"""


class TryLater(RollcallError):
    """{reason}"""


def _rebuild(cls: type[RollcallError], details: dict[str, Any]) -> RollcallError:
    return cls(**details)
