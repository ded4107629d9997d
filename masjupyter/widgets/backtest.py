"""The live view of a backtest: its equity so far, and a few figures."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import bqplot
import ipywidgets
import numpy as np

from mas.clock import monotonic, naive_utc

if TYPE_CHECKING:
    from mas.backtest.progress import Reached
    from mas.state import State
    from masjupyter.desk import Desk

POINTS = 512
"""Most points of the curve; when there are more, every second one goes."""
LINE = "#3b82f6"


class BacktestPanel(ipywidgets.VBox):
    """Follows one run; it goes when the run is over, and the result is shown below."""

    kind = "backtest"
    topics: frozenset[str] = frozenset()

    def __init__(self, desk: Desk, title: str, capital: float) -> None:
        self.desk = desk
        self._lock = threading.Lock()
        self._times: list[float] = []
        self._values: list[float] = []
        self._every = self._skipped = 1
        self._last: Reached | None = None
        self._capital = self._highest = capital
        self._deepest = 0.0
        self._began = monotonic()
        self._is_open = True
        self._head = ipywidgets.HTML(f"<b>{title}</b>")
        self._figures = ipywidgets.HTML("preparing the history …")
        self._x, self._y = bqplot.DateScale(), bqplot.LinearScale()
        self._line = bqplot.Lines(
            x=np.array([0], "datetime64[ms]"), y=[capital], scales={"x": self._x, "y": self._y},
            colors=[LINE], stroke_width=1.6,
        )  # fmt: skip
        self._figure = bqplot.Figure(
            marks=[self._line],
            axes=[
                bqplot.Axis(scale=self._x, grid_lines="none", num_ticks=6),
                bqplot.Axis(scale=self._y, side="right", grid_lines="dashed", num_ticks=5,
                            tick_format=",.0f"),
            ],
            fig_margin={"top": 8, "bottom": 28, "left": 12, "right": 72},
            min_aspect_ratio=0.5, max_aspect_ratio=8, animation_duration=0,
            layout=ipywidgets.Layout(width="100%", height="220px"),
        )  # fmt: skip
        super().__init__([self._head, self._figures, self._figure])
        self.add_class("mas-backtest")
        desk.publisher.attach(self)

    def reach(self, at: Reached) -> None:
        """Take how far the run has come; on the run's own thread, so it only keeps it."""
        self._highest = max(self._highest, at.equity)
        self._deepest = min(self._deepest, at.equity / self._highest - 1)
        with self._lock:
            self._last = at
            self._skipped += 1
            if self._skipped >= self._every:
                self._skipped = 0
                self._times.append(at.now)
                self._values.append(at.equity)
            if len(self._times) > POINTS:
                del self._times[1::2], self._values[1::2]
                self._every *= 2
        self.desk.publisher.mark(self)

    def refresh(self, state: State) -> None:
        """Show it; on the publisher's thread."""
        del state
        with self._lock:
            at, times, values = self._last, list(self._times), list(self._values)
        if at is None or not self._is_open:
            return
        seconds = max(monotonic() - self._began, 1e-3)
        gain = at.equity / self._capital - 1
        self._figures.value = (
            f"<progress style='width: 100%' value='{at.done}' max='{at.total}'></progress><br>"
            f"{naive_utc(at.now):%Y-%m-%d %H:%M} · equity <b>{at.equity:,.2f}</b> "
            f"({gain:+.2%}) · deepest drawdown {self._deepest:.2%} · {at.deals:,} deals · "
            f"{at.done / seconds:,.0f} pushes/s"
        )
        with self._line.hold_sync():
            self._line.x = np.array(times).astype("datetime64[ms]")
            self._line.y = np.array(values)

    def close(self) -> None:
        """Leave nothing behind."""
        if not self._is_open:
            return
        self._is_open = False
        self.desk.publisher.detach(self)
        for part in (*self._figure.marks, *self._figure.axes, self._x, self._y):
            part.close()
        for figure in (self._figure, self._head, self._figures):
            figure.close()
        super().close()

    def __repr__(self) -> str:
        return ""  # what is kept of a finished run is its card

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        data = dict(super()._repr_mimebundle_(**kwargs) or {})
        data["text/plain"] = repr(self)
        return data
