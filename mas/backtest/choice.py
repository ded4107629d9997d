"""Which of the stored kinds of a symbol a run plays: the finest that covers its period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.backtest.coverage import gaps, length_of
from mas.backtest.plan import WORDS, day_and_minute, fetch_command, words
from mas.errors import DataError
from mas.history.resample import divides
from mas.history.store import TICKS
from mas.schema.words import TIMEFRAMES

if TYPE_CHECKING:
    from mas.backtest.coverage import Span
    from mas.backtest.plan import Plan
    from mas.history.store import Stored
    from mas.sim import Symbol

ENOUGH = 0.95
"""Share of the best coverage with which finer history is taken where none covers all."""


class Choice:
    """What is stored of a symbol, before a plan.

    Attributes
    ----------
    kinds : list of Stored
        Ticks and bars, the finest first.
    """

    def __init__(self, stored: list[Stored], symbol: Symbol, plan: Plan) -> None:
        self.kinds = sorted(stored, key=length_of)
        self._symbol = symbol
        self._plan = plan
        self._gaps: dict[str, list[Span]] = {}

    def best(self) -> Stored | None:
        """Return what is played; None where nothing covers the period, nor may in part.

        Raises
        ------
        DataError
            None of the kinds can be played by the model, or be made into the bars asked for.
        """
        usable = [kind for kind in self.kinds if self._fits(kind)]
        if not usable:
            raise DataError(self._unfit())
        whole = next((kind for kind in usable if not self.gaps(kind)), None)
        if whole is not None or not self._plan.partial:
            return whole
        most = max(map(self._share, usable))
        return next((kind for kind in usable if self._share(kind) >= max(ENOUGH * most, 1)), None)

    def gaps(self, stored: Stored) -> list[Span]:
        """Return what is missing of the period, ms."""
        if stored.kind not in self._gaps:
            plan = self._plan
            self._gaps[stored.kind] = gaps(stored, self._symbol, plan.start, plan.end)
        return self._gaps[stored.kind]

    def part(self, stored: Stored) -> str:
        """Return in words what is missing; "" for nothing."""
        missing = self.gaps(stored)
        if not missing:
            return ""
        start, end = missing[0]
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        return (
            f"{stored.symbol} {stored.kind} of {words(self._plan)} lack "
            f"{day_and_minute(start)} to {day_and_minute(end)}{more}"
        )

    def refusal(self) -> str:
        """Return in one line what is stored, what was asked for, and what to do."""
        usable = [kind for kind in self.kinds if self._fits(kind)]
        nearest = max(usable, key=self._share)
        have = ", ".join(
            f"{kind.kind} from {day_and_minute(kind.first)} to {day_and_minute(kind.last)}"
            for kind in usable
        )
        return (
            f"{self.part(nearest)}; stored are {have}: shorten the period, fetch it "
            f"({fetch_command(self._plan, nearest.symbol, nearest.kind)}), say partial=True "
            'to play what is there, or source="synthetic" to play the synthetic market'
        )

    def _fits(self, stored: Stored) -> bool:
        if stored.kind == TICKS:
            return True
        if self._plan.model == "real":
            return False
        timeframe = self._plan.timeframe
        return not timeframe or divides(TIMEFRAMES[stored.kind], timeframe)

    def _share(self, stored: Stored) -> int:
        """Return how many ms of the period lie between the first and the last row."""
        first, last = stored.first, stored.last + length_of(stored)
        return min(last, self._plan.end) - max(first, self._plan.start) + 1

    def _unfit(self) -> str:
        plan, kinds = self._plan, ", ".join(kind.kind for kind in self.kinds)
        if plan.model == "real":
            return (
                f"{kinds} of {self._symbol.name} are stored, which cannot be played as "
                f"{WORDS[plan.model]}"
            )
        name = next(name for name, code in TIMEFRAMES.items() if code == plan.timeframe)
        return (
            f"{kinds} of {self._symbol.name} are stored, too long for bars of {name}: "
            "import shorter ones"
        )
