"""What all streaming panels share: a table on the wire, acknowledged by the browser."""

from __future__ import annotations

import pathlib
from html import escape
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from mas.clock import monotonic
from masjupyter import wire

if TYPE_CHECKING:
    from mas.state import State
    from masjupyter.desk import Desk

STATIC = pathlib.Path(__file__).parent.parent / "static"
SILENCE = 30.0
"""Seconds without an acknowledgement after which a browser is taken to be gone."""
HEARTBEAT = 5.0
"""Seconds between full tables while it is gone, so that a page that comes back catches up."""
UNACKNOWLEDGED = 40
"""Frames that may be under way before they count as unacknowledged."""


class TablePanel(anywidget.AnyWidget):
    """A table that brings itself up to date.

    A subclass says its `topics`, its `columns`, and its rows for a state.
    """

    _esm = STATIC / "panel.js"
    _css = STATIC / "panel.css"
    columns = traitlets.List(traitlets.Dict()).tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    empty = traitlets.Unicode().tag(sync=True)
    look = traitlets.Unicode("table").tag(sync=True)
    topics: frozenset[str] = frozenset()

    def __init__(self, desk: Desk, **traits: Any) -> None:
        super().__init__(**traits)
        self.desk = desk
        self._rows: list[wire.Row] = []
        self._more: wire.More = {}
        self._sequence = 0
        self._acknowledged = 0
        self._heard = monotonic()
        self._posted = 0.0
        self._is_open = True
        free_clicks(self)
        self.on_msg(self._receive)
        self.add_class(f"mas-{self.kind}")

    # -- for subclasses ------------------------------------------------------------------------

    kind = "panel"
    _is_open = False

    def rows(self, state: State) -> list[wire.Row]:
        """Return the table's rows."""
        raise NotImplementedError

    def more(self, state: State) -> wire.More:
        """Return what goes with the rows, such as a title."""
        del state
        return {}

    def pressed(self, button: str, key: str) -> None:
        """Do what a button of a row is for."""

    # -- publishing ----------------------------------------------------------------------------

    def refresh(self, state: State) -> None:
        """Send what has changed; called on the publisher's thread only."""
        rows, more = self.rows(state), self.more(state)
        gone = self._silent()
        if gone and monotonic() - self._posted < HEARTBEAT:
            self._rows, self._more = [], {}  # the next frame is a whole one
            return
        if gone or not self._rows:
            if rows == self._rows and more == self._more and self._sequence:
                return
            frame: wire.Frame | None = wire.snapshot(self._number(), rows, more)
        else:
            changed: wire.More = more if more != self._more else {}
            frame = wire.delta(self._sequence + 1, self._rows, rows, changed)
            if frame is not None:
                self._number()
        self._rows, self._more = rows, more
        if frame is not None:
            self._post(frame)

    def _number(self) -> int:
        self._sequence += 1
        return self._sequence

    def _post(self, frame: wire.Frame) -> None:
        self._posted = monotonic()
        self.send({"kind": "frame"}, buffers=[wire.encode(frame)])

    def _silent(self) -> bool:
        waiting = self._sequence - self._acknowledged > UNACKNOWLEDGED
        return waiting and monotonic() - self._heard > SILENCE

    def _receive(self, _: object, content: dict[str, Any], __: object) -> None:
        """Take an acknowledgement, a page that has come, or a button."""
        self._heard = monotonic()
        kind = content.get("kind")
        if kind == "ack":
            self._acknowledged = int(content.get("seq", 0))
        elif kind == "hello":
            state = self.desk.state
            rows = self._rows or self.rows(state)
            self._post(wire.snapshot(self._sequence, rows, self._more or self.more(state)))
        elif kind == "press":
            self.press(str(content.get("button")), str(content.get("key")))

    def press(self, button: str, key: str) -> None:
        """Press a button of a row; an error is shown in the panel."""
        try:
            self.pressed(button, key)
        except Exception as error:  # noqa: BLE001  a click has no cell that could show it
            self.say(str(error))

    def say(self, note: str) -> None:
        """Show a line under the table."""
        self.send({"kind": "note", "text": note})

    def begin(self) -> None:
        """Show the present and follow it from now on."""
        state = self.desk.state
        self._rows, self._more = self.rows(state), self.more(state)
        self.desk.publisher.attach(self)

    def close(self) -> None:
        """Close the panel: nothing of it stays on the desk."""
        if self._is_open:
            self._is_open = False
            self.desk.publisher.detach(self)
            super().close()

    # -- without a browser ---------------------------------------------------------------------

    def headline(self) -> str:
        """Return the first line of the panel as text."""
        return self.title

    def __repr__(self) -> str:
        names, body = self._printed()
        return as_text(self.headline(), names, body, self.empty)

    def _printed(self) -> tuple[list[str], list[list[str]]]:
        """Return the labels and cells of the present, without the buttons."""
        shown = [index for index, item in enumerate(self.columns) if "button" not in item]
        rows = self.rows(self.desk.state)
        names = [str(self.columns[index]["label"]) for index in shown]
        return names, [[row["cells"][index] for index in shown] for row in rows]

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the live view, and the present as text and HTML for where there is none."""
        bundle: Any = super()._repr_mimebundle_(**kwargs)
        data = dict((bundle[0] if isinstance(bundle, tuple) else bundle) or {})
        data["text/plain"] = repr(self)
        data["text/html"] = as_html(self.headline(), *self._printed())
        return data


def free_clicks(widget: Any) -> None:
    """Let clicks be handled while a cell runs.

    ipykernel 7.4 answers a click on the shell that last wrote to the widget, which is busy then;
    the subshell of the front end is free. The hook is private, so it may be missing.
    """
    if hasattr(widget.comm, "_reply_subshell_for"):
        widget.comm._reply_subshell_for = lambda _, default: default  # noqa: SLF001


def as_text(title: str, names: list[str], rows: list[list[str]], empty: str) -> str:
    """Return a table as aligned text."""
    if not rows:
        return f"{title}\n  {empty}"
    widths = [max(len(cell) for cell in column) for column in zip(names, *rows, strict=True)]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [names, *rows]
    ]
    return "\n".join([title, *(f"  {line}" for line in lines)])


def as_html(title: str, names: list[str], rows: list[list[str]]) -> str:
    """Return a table as HTML that needs no script."""
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    caption = f"<caption style='text-align:left'>{escape(title)}</caption>"
    return f"<table class='mas-static'>{caption}<tr>{head}</tr>{body}</table>"


def column(label: str, **more: Any) -> dict[str, Any]:
    """Return one column: its label, and ``align``, ``button`` or ``wide``."""
    return {"label": label, **more}


def tone(number: float) -> str:
    """Return the colour of a signed number."""
    return "up" if number > 0 else "down" if number < 0 else ""
