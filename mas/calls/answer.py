"""What a documented call answers where the terminal fails, and attributes that are shown."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Self, TypeVar, cast, overload

from mas.errors import Failure, MasError, ParamError
from mas.running import current

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.core import Client

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")


def answers(failure: Callable[[MasError], Any]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a method return its documented failure value where the terminal fails.

    Wrong parameters are the caller's mistake and raise.
    """

    def wrap(method: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(method)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return method(*args, **kwargs)
            except ParamError:
                raise
            except MasError as error:
                run, line = current(), f"{method.__name__}: {error}"
                if run is not None:
                    run.say(line)  # once: the result counts what was refused
                else:
                    log.warning("%s", line)
                return cast("R", failure(error))

        return call

    return wrap


def message(error: MasError) -> Failure:
    """Return the error as a text that is false in a condition."""
    code = getattr(error, "code", 0) or getattr(error, "retcode", 0)
    return Failure(str(error), code)


def false(error: MasError) -> bool:
    """Return False."""
    del error
    return False


def nothing(error: MasError) -> list[Any]:
    """Return an empty list."""
    del error
    return []


class Shown(Generic[R]):
    """An attribute to read; a subclass or an instance may have its own under that name."""

    def __init__(self, get: Callable[[Any], R]) -> None:
        self._get = get
        self.__doc__ = get.__doc__

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...

    @overload
    def __get__(self, client: Client, owner: type) -> R: ...

    def __get__(self, client: Client | None, owner: type) -> Self | R:
        """Return the value for a client."""
        return self if client is None else self._get(client)
