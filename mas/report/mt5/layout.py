"""Order, words and numbers of MetaTrader's tester report (R244)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.report.mt5.facts import UNKNOWN
from mas.report.mt5.statistics import Figure, Statistics
from mas.sim.money import rounded

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.report.mt5.facts import Falls, ReportRecord

ROWS: tuple[tuple[str, ...], ...] = (
    ("History Quality",),
    ("Bars", "Ticks", "Symbols"),
    ("Total Net Profit", "Balance Drawdown Absolute", "Equity Drawdown Absolute"),
    ("Gross Profit", "Balance Drawdown Maximal", "Equity Drawdown Maximal"),
    ("Gross Loss", "Balance Drawdown Relative", "Equity Drawdown Relative"),
    (),
    ("Profit Factor", "Expected Payoff", "Margin Level"),
    ("Recovery Factor", "Sharpe Ratio", "Z-Score"),
    ("AHPR", "LR Correlation", "OnTester result"),
    ("GHPR", "LR Standard Error"),
    (),
    ("Total Trades", "Short Trades (won %)", "Long Trades (won %)"),
    ("Total Deals", "Profit Trades (% of total)", "Loss Trades (% of total)"),
    ("", "Largest profit trade", "Largest loss trade"),
    ("", "Average profit trade", "Average loss trade"),
    ("", "Maximum consecutive wins ($)", "Maximum consecutive losses ($)"),
    ("", "Maximal consecutive profit (count)", "Maximal consecutive loss (count)"),
    ("", "Average consecutive wins", "Average consecutive losses"),
    (),
    ("Correlation (Profits,MFE)", "Correlation (Profits,MAE)", "Correlation (MFE,MAE)"),
    (),
    (
        "Minimal position holding time",
        "Maximal position holding time",
        "Average position holding time",
    ),
)
"""The rows as they are printed; an empty one is a space, an empty name an empty place."""
NAMES: tuple[str, ...] = tuple(name for row in ROWS for name in row if name)
NOT_FROM_DEALS = frozenset(
    {
        "History Quality", "Bars", "Ticks", "Symbols", "Equity Drawdown Absolute",
        "Equity Drawdown Maximal", "Equity Drawdown Relative", "Margin Level", "Sharpe Ratio",
        "OnTester result", "Correlation (Profits,MFE)", "Correlation (Profits,MAE)",
        "Correlation (MFE,MAE)",
    }
)  # fmt: skip
"""What needs more than the deals: prices between them, or the tester itself (R241, R242)."""


def grouped(value: float, digits: int = 2) -> str:
    """Return a number as MetaTrader prints it: ``10 000.00``."""
    return f"{rounded(value, digits) + 0.0:,.{digits}f}".replace(",", " ")


def clock(seconds: float) -> str:
    """Return a time span as MetaTrader prints it: ``40:04:12``."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def _plain(digits: int) -> Callable[[Figure], str]:
    return lambda one: grouped(one.value or 0.0, digits)


def _beside(digits: int, inner: int, unit: str = "") -> Callable[[Figure], str]:
    return lambda one: (
        f"{grouped(one.value or 0, digits)} ({grouped(one.beside or 0, inner)}{unit})"
    )


def _percent_first(one: Figure) -> str:
    return f"{grouped(one.value or 0.0)}% ({grouped(one.beside or 0.0)})"


MONEY, WHOLE = _plain(2), lambda one: f"{round(one.value or 0)}"
SHARE = _beside(0, 2, "%")
Printer = tuple["Callable[[Statistics], Figure]", "Callable[[Figure], str]"]


def _falls(name: str) -> Callable[[Statistics], Falls | None]:
    if name == "Balance":
        return Statistics.balance_falls
    return lambda known: known.record.equity_falls


def _fall_rows(name: str) -> dict[str, Printer]:
    of = _falls(name)

    def figure(value: str, beside: str = "") -> Callable[[Statistics], Figure]:
        def find(known: Statistics) -> Figure:
            fall = of(known)
            if fall is None:
                return Figure(None)
            return Figure(getattr(fall, value), getattr(fall, beside) if beside else None)

        return find

    return {
        f"{name} Drawdown Absolute": (figure("absolute"), MONEY),
        f"{name} Drawdown Maximal": (figure("maximal", "maximal_percent"), _beside(2, 2, "%")),
        f"{name} Drawdown Relative": (figure("relative_percent", "relative"), _percent_first),
    }


def _known(name: str) -> Callable[[Statistics], Figure]:
    return lambda known: Figure(getattr(known.record, name))


def _held(which: int) -> Callable[[Statistics], Figure]:
    return lambda known: known.holding()[which]


PRINTERS: dict[str, Printer] = {
    "Bars": (_known("bars"), WHOLE),
    "Ticks": (_known("ticks"), WHOLE),
    "Symbols": (_known("symbols"), WHOLE),
    "Total Net Profit": (Statistics.net_profit, MONEY),
    **_fall_rows("Balance"),
    **_fall_rows("Equity"),
    "Gross Profit": (Statistics.gross_profit, MONEY),
    "Gross Loss": (Statistics.gross_loss, MONEY),
    "Profit Factor": (Statistics.profit_factor, MONEY),
    "Expected Payoff": (Statistics.expected_payoff, MONEY),
    "Margin Level": (_known("margin_level"), lambda one: f"{one.value or 0.0:.2f}%"),
    "Recovery Factor": (Statistics.recovery_factor, MONEY),
    "Sharpe Ratio": (Statistics.sharpe, MONEY),
    "Z-Score": (Statistics.z_score, _beside(2, 2, "%")),
    "AHPR": (Statistics.ahpr, _beside(4, 2, "%")),
    "LR Correlation": (Statistics.lr_correlation, MONEY),
    "OnTester result": (lambda _: Figure(None), WHOLE),
    "GHPR": (Statistics.ghpr, _beside(4, 2, "%")),
    "LR Standard Error": (Statistics.lr_error, MONEY),
    "Total Trades": (Statistics.trades, WHOLE),
    "Short Trades (won %)": (Statistics.shorts, SHARE),
    "Long Trades (won %)": (Statistics.longs_won, SHARE),
    "Total Deals": (Statistics.deals, WHOLE),
    "Profit Trades (% of total)": (Statistics.profit_trades, SHARE),
    "Loss Trades (% of total)": (Statistics.loss_trades, SHARE),
    "Largest profit trade": (Statistics.largest_profit, MONEY),
    "Largest loss trade": (Statistics.largest_loss, MONEY),
    "Average profit trade": (Statistics.average_profit, MONEY),
    "Average loss trade": (Statistics.average_loss, MONEY),
    "Maximum consecutive wins ($)": (Statistics.most_wins, _beside(0, 2)),
    "Maximum consecutive losses ($)": (Statistics.most_losses, _beside(0, 2)),
    "Maximal consecutive profit (count)": (Statistics.best_row, _beside(2, 0)),
    "Maximal consecutive loss (count)": (Statistics.worst_row, _beside(2, 0)),
    "Average consecutive wins": (Statistics.average_wins, WHOLE),
    "Average consecutive losses": (Statistics.average_losses, WHOLE),
    "Correlation (Profits,MFE)": (Statistics.profits_mfe, MONEY),
    "Correlation (Profits,MAE)": (Statistics.profits_mae, MONEY),
    "Correlation (MFE,MAE)": (Statistics.mfe_mae, _plain(4)),
    "Minimal position holding time": (_held(0), lambda one: clock(one.value or 0)),
    "Maximal position holding time": (_held(1), lambda one: clock(one.value or 0)),
    "Average position holding time": (_held(2), lambda one: clock(one.value or 0)),
}


def figures(known: Statistics) -> dict[str, Figure]:
    """Return every statistic that is a number, by its name, in the order of the report."""
    return {name: PRINTERS[name][0](known) for name in NAMES if name in PRINTERS}


def printed(known: Statistics) -> dict[str, str]:
    """Return every statistic as it is printed, in the order of the report."""
    found = figures(known)
    return {
        name: _text(name, found[name]) if name in found else quality(known.record) for name in NAMES
    }


def quality(record: ReportRecord) -> str:
    """Return what the prices of a run were."""
    return record.quality or UNKNOWN


def _text(name: str, figure: Figure) -> str:
    return UNKNOWN if figure.value is None else PRINTERS[name][1](figure)
