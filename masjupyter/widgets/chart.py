"""A live price chart with the executions on it (bqplot)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import bqplot
import ipywidgets
import numpy as np

from mas.errors import ParamError
from mas.schema.words import TIMEFRAMES
from masjupyter.widgets._base import as_html, as_text, free_clicks
from masjupyter.widgets.tables import Prices

if TYPE_CHECKING:
    from mas.state import State
    from mas.terminal.types import Tick
    from masjupyter.desk import Desk

    Array = np.ndarray[Any, Any]
    Bars = tuple[Array, Array]
    """Their times, and of each open, high, low and close."""

MOST_BARS = 150
"""More bars than that are slivers in the width of a cell."""
UP, DOWN = "#26a69a", "#ef5350"


class PriceChart(ipywidgets.VBox):
    """Bars of a symbol up to now, bid and ask, and a mark for each execution.

    Parameters
    ----------
    timeframe : str
        ``M1`` … ``MN1``.
    bars : int
        How many bars, 10 to 150.
    """

    kind = "chart"
    _is_open = False
    topics = frozenset({"quotes", "execution"})

    def __init__(self, desk: Desk, symbol: str, *, timeframe: str = "M1", bars: int = 120) -> None:
        code = timeframe.upper().removeprefix("TIMEFRAME_")
        if code not in TIMEFRAMES:
            raise ParamError(
                f"timeframe must be one of {', '.join(TIMEFRAMES)}, was {timeframe!r}",
                field="timeframe",
                value=timeframe,
            )
        if not 10 <= bars <= MOST_BARS:
            raise ParamError(f"bars must be 10 to {MOST_BARS}, was {bars}", field="bars")
        self.desk, self.symbol, self.timeframe = desk, symbol, code
        self._count, self._prices, self._is_open = bars, Prices(desk), True
        self._times = np.empty(0, "datetime64[ms]")
        self._read_bars: Bars | None = None
        self._asked: Tick | None = None
        self._drawn: Array | None = None
        desk.core.watch(symbol)
        desk.core.refresh()
        self._build()
        super().__init__([self._head, self._figure])
        self.add_class("mas-chart")
        free_clicks(self)
        self._read()
        self._draw(desk.state)
        desk.publisher.attach(self)

    def _build(self) -> None:
        self._x, self._y = bqplot.LinearScale(), bqplot.LinearScale()
        digits = self._prices.digits(self.symbol)
        self._bars = bqplot.OHLC(
            x=[0.0],
            y=np.zeros((1, 4)),
            format="ohlc",
            marker="candle",
            scales={"x": self._x, "y": self._y},
            colors=[UP, DOWN],
            stroke="#888888",
            stroke_width=1.0,
        )
        self._lines = bqplot.Lines(
            x=[0.0, 1.0],
            y=np.zeros((2, 2)),
            scales={"x": self._x, "y": self._y},
            colors=[DOWN, UP],
            line_style="dashed",
            stroke_width=1,
        )
        self._buys = self._marks("triangle-up", UP)
        self._sells = self._marks("triangle-down", DOWN)
        self._axis = bqplot.Axis(scale=self._x, grid_lines="none", num_ticks=6)
        price_axis = bqplot.Axis(
            scale=self._y,
            side="right",
            tick_format=f".{digits}f",
            grid_lines="dashed",
            num_ticks=6,
        )
        self._figure = bqplot.Figure(
            marks=[self._bars, self._lines, self._buys, self._sells],
            axes=[self._axis, price_axis],
            fig_margin={"top": 8, "bottom": 28, "left": 12, "right": 72},
            min_aspect_ratio=0.5,
            max_aspect_ratio=6,
            animation_duration=0,
            layout=ipywidgets.Layout(width="100%", height="340px"),
        )
        self._head = ipywidgets.HTML()

    def _marks(self, marker: str, colour: str) -> bqplot.Scatter:
        return bqplot.Scatter(
            x=np.empty(0),
            y=np.empty(0),
            scales={"x": self._x, "y": self._y},
            marker=marker,
            colors=[colour],
            default_size=110,
            stroke="#222222",
        )

    def refresh(self, state: State) -> None:
        """Draw what is known; ask for the bars beside the publisher's thread, which calls this."""
        tick = state.quotes.get(self.symbol)
        if tick != self._asked:  # no bar changes without a quote
            self._asked = tick
            self.desk.reader.ask(self, self._read)
        self._draw(state)

    def _read(self) -> None:
        """Ask the terminal for the bars up to now."""
        table = self.desk.client.get_bars_from_pos(
            {
                "symbol": self.symbol,
                "timeframe": self.timeframe,
                "count": self._count,
                "backtest_toggle": False,
            }
        )
        if len(table):
            prices = table[["open", "high", "low", "close"]].to_numpy(float)
            self._read_bars = table["time"].to_numpy(), prices

    def _draw(self, state: State) -> None:
        """Draw the bars that were read last, the quote and the executions."""
        if self._read_bars is None:
            return
        self._times, prices = self._read_bars
        tick = state.quotes.get(self.symbol)
        bid, ask = (tick.bid, tick.ask) if tick else (prices[-1, 3], prices[-1, 3])
        places = np.arange(len(prices), dtype=float)
        with self._figure.hold_sync():
            self._scale(prices, bid, ask)
            if prices is not self._drawn:
                with self._bars.hold_sync():
                    self._bars.x, self._bars.y = places, prices
                self._label()
                self._drawn = prices
            self._lines.x = [-0.5, len(prices) + 0.5]
            self._lines.y = np.array([[bid, bid], [ask, ask]])
            self._mark(state)
        self._head.value = self._title(bid, ask)

    def _scale(self, prices: Array, bid: float, ask: float) -> None:
        """Leave the scale alone while the prices fit, so that the chart does not tremble."""
        low, high = min(prices[:, 2].min(), bid), max(prices[:, 1].max(), ask)
        room = (high - low) * 0.08 or 1e-5
        fits = self._y.min is not None and self._y.min <= low and self._y.max >= high
        if not fits or (self._y.max - self._y.min) > 3 * (high - low + 2 * room):
            self._y.min, self._y.max = float(low - room), float(high + room)
        self._x.min, self._x.max = -1.0, float(len(prices) + 1)

    def _mark(self, state: State) -> None:
        """Put a mark at each execution that lies on the chart."""
        mine = [execution for execution in state.executions if execution.symbol == self.symbol]
        start = self._times[0].astype("datetime64[ms]").astype(np.int64)
        shown = [execution for execution in mine if execution.time_msc >= start]
        stamps = self._times.astype("datetime64[ms]").astype(np.int64)
        for side, marks in (("buy", self._buys), ("sell", self._sells)):
            chosen = [execution for execution in shown if execution.type == side]
            at = (
                np.searchsorted(stamps, [execution.time_msc for execution in chosen], side="right")
                - 1
            )
            with marks.hold_sync():
                marks.x = at.astype(float)
                marks.y = np.array([execution.price for execution in chosen], float)

    def _label(self) -> None:
        """Write the bars' times under the axis, which counts bars so that gaps take no room."""
        step = max(1, math.ceil(len(self._times) / 6))
        long = self.timeframe[0] in "DW" or self.timeframe == "MN1"
        places = list(range(0, len(self._times), step))
        form = "%d %b %y" if long else "%H:%M"
        labels = {
            str(at): self._times[at].astype("datetime64[s]").item().strftime(form) for at in places
        }
        self._axis.tick_values = np.array(places, float)
        self._axis.tick_labels = labels

    def _title(self, bid: float, ask: float) -> str:
        text = self._prices.text
        return (
            f"<div class='mas-chart-head'><b>{self.symbol}</b> {self.timeframe} "
            f"<span style='color:{DOWN}'>bid {text(self.symbol, bid)}</span> "
            f"<span style='color:{UP}'>ask {text(self.symbol, ask)}</span></div>"
        )

    def close(self) -> None:
        """Close the chart: it is forgotten by the desk, and its symbol is watched no longer."""
        if not self._is_open:
            return
        self._is_open = False
        self.desk.publisher.detach(self)
        self.desk.reader.forget(self)
        self.desk.core.unwatch(self.symbol)
        for part in (*self._figure.marks, *self._figure.axes, self._x, self._y):
            part.close()
        self._figure.close()
        self._head.close()
        super().close()

    def _last(self) -> list[list[str]]:
        """Return the newest bars as text: time, open, high, low, close."""
        text = self._prices.text
        rows = []
        for time, bar in list(zip(self._times, np.asarray(self._bars.y), strict=False))[-5:]:
            when = time.astype("datetime64[s]").item()
            rows.append([f"{when:%Y-%m-%d %H:%M}", *(text(self.symbol, price) for price in bar)])
        return rows

    def __repr__(self) -> str:
        title = f"{self.symbol} {self.timeframe}, {len(self._times)} bars; the newest:"
        names = ["time", "open", "high", "low", "close"]
        return as_text(title, names, self._last(), "no bars yet")

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the live view, and the newest bars as text and HTML for where there is none."""
        data = dict(super()._repr_mimebundle_(**kwargs) or {})
        names = ["time", "open", "high", "low", "close"]
        data["text/plain"] = repr(self)
        data["text/html"] = as_html(f"{self.symbol} {self.timeframe}", names, self._last())
        return data
