"""The real terminal behind an mt5linux server, through the mt5linux client package.

The package keeps a classic RPyC connection and evaluates text on the server. Objects would cross
it as references, a round trip a field; so a function left on the server turns each answer, with
the last error, into plain tuples of numbers and texts, which cross by value. Nothing is unpickled.
"""

from __future__ import annotations

import contextlib
import io
import logging
import math
import socket
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from mas.errors import NotConnectedError
from mas.terminal import constants as c
from mas.terminal import types

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.terminal import Terminal

log = logging.getLogger(__name__)

SECONDS = 60
"""Longest wait for one answer; deadlines are the link's and shorter."""
KNOCK = 3
"""Seconds in which a server has to take a connection."""
ON_THE_SERVER = """
def _mas_plain(value):
    if isinstance(value, (tuple, list)):
        return tuple([_mas_plain(one) for one in value])
    if hasattr(value, "tolist"):
        return _mas_plain(value.tolist())
    return value

def _mas_call(function, given, named):
    # An empty keyword mapping is refused by the package.
    result = function(*given, **named) if named else function(*given)
    return (_mas_plain(result), _mas_plain(mt5.last_error()))
"""
SUCCESS = (c.RES_S_OK, "Success")


def connect(host: str, port: int) -> Terminal:
    """Return the terminal behind an mt5linux server.

    Raises
    ------
    NotConnectedError
        The client package is missing, or nobody answers there.
    """
    try:
        from mt5linux import MetaTrader5  # noqa: PLC0415  an optional dependency
    except (ImportError, SyntaxError) as error:
        raise NotConnectedError(
            f"mt5linux:// needs the mt5linux client package ({error}): "
            "pip install 'masjupyter[mt5linux]'"
        ) from None
    try:
        # Knock first: the client leaves its socket open when nobody answers.
        socket.create_connection((host, port), timeout=KNOCK).close()
        with contextlib.redirect_stdout(io.StringIO()):  # some versions print while connecting
            client = MetaTrader5(host=host, port=port, timeout=SECONDS)
        client.execute(ON_THE_SERVER)
    except (OSError, EOFError) as error:
        raise NotConnectedError(
            f"tried mt5linux://{host}:{port}, but nobody answers there ({error}); start the "
            "server beside the terminal with python -m mt5linux, and check host and port"
        ) from None
    except Exception as error:  # noqa: BLE001  what the server raised comes as it was there
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise NotConnectedError(
            f"mt5linux://{host}:{port} answered, but its Python cannot use the terminal ({first}); "
            "install MetaTrader5 beside the server"
        ) from None
    return cast("Terminal", Mt5Linux(client))


def shut(terminal: Terminal) -> None:
    """Close the connection to the server; the terminal there goes on."""
    if isinstance(terminal, Mt5Linux):
        terminal.close()


class Mt5Linux:
    """A terminal whose every function is one round trip."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._error = SUCCESS

    def __repr__(self) -> str:
        return "<Mt5Linux terminal>"

    def close(self) -> None:
        """Close the socket, for which the client package has no public way."""
        connection = getattr(self._client, "_MetaTrader5__conn", None)
        if connection is not None:
            connection.close()

    def last_error(self) -> tuple[int, str]:
        """Return code and text of the last call."""
        return self._error

    def _call(self, name: str, *given: Any, **named: Any) -> Any:
        """Call a function of the package on the server; None when it failed there."""
        code = f"_mas_call(mt5.{name}, {_literal(given)}, {_literal(named)})"
        try:
            result, error = self._client.eval(code)
        except (EOFError, OSError, TimeoutError) as lost:
            late = isinstance(lost, TimeoutError)
            number = c.RES_E_INTERNAL_FAIL_TIMEOUT if late else c.RES_E_INTERNAL_FAIL_CONNECT
            self._error = (number, f"the mt5linux server is gone ({type(lost).__name__})")
            return None
        except Exception as failed:  # noqa: BLE001  the server raises whatever it likes
            # Not the exception's text: it quotes the call, and a login's call holds the password.
            log.debug("mt5.%s raised %s on the server", name, type(failed).__name__)
            self._error = (c.RES_E_FAIL, f"mt5.{name} raised {type(failed).__name__} there")
            return None
        self._error = (int(error[0]), str(error[1]))
        return result

    # -- connection ----------------------------------------------------------------------------

    def initialize(self, *given: Any, **credentials: Any) -> bool:
        """Connect the server's package to its terminal."""
        return bool(self._call("initialize", *given, **credentials))

    def login(self, login: int, **credentials: Any) -> bool:
        """Log in to an account."""
        return bool(self._call("login", login, **credentials))

    def shutdown(self) -> None:
        """Disconnect the server's package from its terminal."""
        self._call("shutdown")

    def version(self) -> tuple[int, int, str] | None:
        """Return version, build and release date."""
        return self._call("version")  # type: ignore[no-any-return]

    def symbol_select(self, symbol: str, enable: bool = True, /) -> bool:
        """Put a symbol into Market Watch or take it out."""
        return bool(self._call("symbol_select", symbol, enable))

    def market_book_add(self, symbol: str, /) -> bool:
        """Subscribe to the depth of market."""
        return bool(self._call("market_book_add", symbol))

    def market_book_release(self, symbol: str, /) -> bool:
        """Give the depth of market back."""
        return bool(self._call("market_book_release", symbol))


def _one(kind: Any) -> Callable[[Any], Any]:
    return lambda found: None if found is None else kind(*found)


def _many(kind: Any) -> Callable[[Any], Any]:
    return lambda found: None if found is None else tuple(kind(*entry) for entry in found)


def _answer(kind: Any) -> Callable[[Any], Any]:
    """Make a result whose last field is the request."""

    def make(found: Any) -> Any:
        return None if found is None else kind(*found[:-1], types.TradeRequest(*found[-1]))

    return make


def _array(fields: list[tuple[str, str]]) -> Callable[[Any], Any]:
    def make(found: Any) -> Any:
        import numpy as np  # noqa: PLC0415  only who asks for history needs it

        return None if found is None else np.array(list(found), np.dtype(fields))

    return make


def _number(found: Any) -> int:
    return int(found or 0)


def _same(found: Any) -> Any:
    return found


ANSWERS = {
    "account_info": _one(types.AccountInfo),
    "terminal_info": _one(types.TerminalInfo),
    "symbols_total": _number,
    "symbols_get": _many(types.SymbolInfo),
    "symbol_info": _one(types.SymbolInfo),
    "symbol_info_tick": _one(types.Tick),
    "market_book_get": _many(types.BookInfo),
    "copy_rates_from": _array(types.RATES_DTYPE),
    "copy_rates_from_pos": _array(types.RATES_DTYPE),
    "copy_rates_range": _array(types.RATES_DTYPE),
    "copy_ticks_from": _array(types.TICKS_DTYPE),
    "copy_ticks_range": _array(types.TICKS_DTYPE),
    "positions_total": _number,
    "positions_get": _many(types.TradePosition),
    "orders_total": _number,
    "orders_get": _many(types.TradeOrder),
    "history_orders_total": _same,
    "history_orders_get": _many(types.TradeOrder),
    "history_deals_total": _same,
    "history_deals_get": _many(types.TradeDeal),
    "order_check": _answer(types.OrderCheckResult),
    "order_send": _answer(types.OrderSendResult),
    "order_calc_margin": _same,
    "order_calc_profit": _same,
}
"""What each function's plain answer becomes here."""


def _function(name: str, make: Callable[[Any], Any]) -> Callable[..., Any]:
    def call(self: Mt5Linux, *given: Any, **named: Any) -> Any:
        return make(self._call(name, *given, **named))

    call.__name__ = name
    call.__doc__ = f"Call ``{name}`` on the server."
    return call


for _name, _make in ANSWERS.items():
    setattr(Mt5Linux, _name, _function(_name, _make))


def _literal(value: Any) -> str:
    """Return a value as Python text that means the same on the server; only plain ones can."""
    if hasattr(value, "item") and not isinstance(value, str | bool | int | float):
        value = value.item()  # a number of numpy
    if isinstance(value, datetime):
        return repr(value.timestamp())
    if value is None or isinstance(value, bool | str | int | float):
        return _plain(value)
    if isinstance(value, tuple | list):
        return "(" + "".join(f"{_literal(entry)}," for entry in value) + ")"
    if isinstance(value, dict):
        pairs = (f"{_literal(str(key))}: {_literal(entry)}" for key, entry in value.items())
        return "{" + ", ".join(pairs) + "}"
    raise TypeError(f"{type(value).__name__} cannot be sent to an mt5linux server")


def _plain(value: bool | str | float | None) -> str:
    """Return the text of a single value; of a subclass what it is, not what it says of itself."""
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, str):
        return repr(str.__str__(value))
    if isinstance(value, int):
        return repr(int(value))
    number = repr(float(value))
    return number if math.isfinite(value) else f"float({number!r})"
