"""The errors of ``mas``.

::

    MasError
    ├── ParamError             the caller's dict is wrong: field, value, accepted (a ValueError too)
    ├── DataError              a file of history cannot be read: file, line, what is accepted
    ├── NotConnectedError      no terminal, or the login was refused
    ├── TerminalError          the terminal answered with an error of its own: ``.code``
    │   └── TerminalTimeoutError   it did not answer in time; what was asked may still happen
    └── OrderRejectedError     the trade server refused a request: ``.retcode``, ``.request``

Inside ``mas`` errors are raised. Only :mod:`mas.client` turns them into the values that the
documented methods return, of which :class:`Failure` is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


class MasError(Exception):
    """Root of all errors that ``mas`` raises on purpose; they can be pickled, with all they say."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Make the same again without ``__init__``, whose arguments are no longer known."""
        return _made, (type(self), self.args), vars(self)


def _made(kind: type[MasError], args: tuple[Any, ...]) -> MasError:
    return kind.__new__(kind, *args)


class ParamError(MasError, ValueError):
    """A parameter is missing, misspelt, of the wrong type or out of its range.

    Attributes
    ----------
    field : str
        Name of the parameter; empty when the parameters as a whole are wrong.
    value : object
        What came.
    accepted : str
        What would have been accepted.
    """

    def __init__(
        self, message: str, *, field: str = "", value: object = None, accepted: str = ""
    ) -> None:
        super().__init__(message)
        self.field = field
        self.value = value
        self.accepted = accepted


class DataError(MasError):
    """History cannot be read, kept or fetched; nothing of it was stored.

    Attributes
    ----------
    path : str
        The file, "" where there is none.
    line : int
        Its line (or row), counted from 1; 0 where it is none in particular.
    """

    def __init__(self, message: str, *, path: str = "", line: int = 0) -> None:
        where = f"{path}:{line}: " if line else f"{path}: " if path else ""
        super().__init__(where + message)
        self.path = path
        self.line = line


class NotConnectedError(MasError):
    """There is no terminal to talk to, or it refused the login."""


class TerminalError(MasError):
    """The terminal answered a call with an error of its own.

    Attributes
    ----------
    code : int
        Code of ``last_error()``, for example -10004.
    """

    def __init__(self, message: str, *, code: int) -> None:
        super().__init__(message)
        self.code = code


class TerminalTimeoutError(TerminalError):
    """The terminal did not answer within the deadline; the call may still take effect."""


class OrderRejectedError(MasError):
    """The trade server refused a request.

    Attributes
    ----------
    retcode : int
        MetaTrader 5's answer, for example 10019.
    request : Mapping
        The request as it was sent.
    """

    def __init__(self, message: str, *, retcode: int, request: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.retcode = retcode
        self.request = request


class Failure(str):
    """The documented "error message": a text that is false in a condition.

    Attributes
    ----------
    message : str
        The text itself.
    retcode : int
        MetaTrader 5's return code or error code; 0 when nothing was asked of a terminal.
    """

    __slots__ = ("retcode",)
    retcode: int

    def __new__(cls, message: str, retcode: int = 0) -> Self:
        """Make the failure from its one-line text."""
        self = super().__new__(cls, message)
        self.retcode = retcode
        return self

    @property
    def message(self) -> str:
        """The text as a plain string."""
        return str.__str__(self)

    def __bool__(self) -> bool:
        """Be false, so that ``if client.login(...)`` means what it says."""
        return False

    def __repr__(self) -> str:
        return f"Failure({self.message!r}, retcode={self.retcode})"
