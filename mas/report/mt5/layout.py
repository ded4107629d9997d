"""Order, words and numbers of MetaTrader's tester report (R244)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.report.mt5.facts import UNKNOWN
from mas.report.mt5.statistics import Figure, Statistics
from mas.sim.money import rounded

if TYPE_CHECKING:
    from collections.abc import Callable

    Text = Callable[[Figure, int], str]
    Printer = tuple[Callable[[Statistics], Figure], Text]

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


def _number(digits: int) -> Text:
    return lambda figure, _: grouped(figure.value or 0.0, digits)


def _money(figure: Figure, digits: int) -> str:
    return grouped(figure.value or 0.0, digits)


def _money_percent(figure: Figure, digits: int) -> str:
    return f"{grouped(figure.value or 0.0, digits)} ({grouped(figure.beside or 0.0)}%)"


def _percent_money(figure: Figure, digits: int) -> str:
    return f"{grouped(figure.value or 0.0)}% ({grouped(figure.beside or 0.0, digits)})"


def _count_money(figure: Figure, digits: int) -> str:
    return f"{_whole(figure)} ({grouped(figure.beside or 0.0, digits)})"


def _money_count(figure: Figure, digits: int) -> str:
    return f"{grouped(figure.value or 0.0, digits)} ({round(figure.beside or 0)})"


def _percent_beside(digits: int) -> Text:
    def text(figure: Figure, _: int) -> str:
        return f"{grouped(figure.value or 0.0, digits)} ({grouped(figure.beside or 0.0)}%)"

    return text


def _whole(figure: Figure, _: int = 0) -> str:
    return f"{round(figure.value or 0)}"


def _time(figure: Figure, _: int) -> str:
    return clock(figure.value or 0.0)


def _level(figure: Figure, _: int) -> str:
    return f"{figure.value or 0.0:.2f}%"


RATIO, SHARE, HOLDING = _number(2), _percent_beside(0), _percent_beside(4)


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
        f"{name} Drawdown Absolute": (figure("absolute"), _money),
        f"{name} Drawdown Maximal": (figure("maximal", "maximal_percent"), _money_percent),
        f"{name} Drawdown Relative": (figure("relative_percent", "relative"), _percent_money),
    }


def _known(name: str) -> Callable[[Statistics], Figure]:
    return lambda known: Figure(getattr(known.record, name))


def _held(which: int) -> Callable[[Statistics], Figure]:
    return lambda known: known.holding()[which]


PRINTERS: dict[str, Printer] = {
    "Bars": (_known("bars"), _whole),
    "Ticks": (_known("ticks"), _whole),
    "Symbols": (_known("symbols"), _whole),
    "Total Net Profit": (Statistics.net_profit, _money),
    **_fall_rows("Balance"),
    **_fall_rows("Equity"),
    "Gross Profit": (Statistics.gross_profit, _money),
    "Gross Loss": (Statistics.gross_loss, _money),
    "Profit Factor": (Statistics.profit_factor, RATIO),
    "Expected Payoff": (Statistics.expected_payoff, _money),
    "Margin Level": (_known("margin_level"), _level),
    "Recovery Factor": (Statistics.recovery_factor, RATIO),
    "Sharpe Ratio": (Statistics.sharpe, RATIO),
    "Z-Score": (Statistics.z_score, _percent_beside(2)),
    "AHPR": (Statistics.ahpr, HOLDING),
    "LR Correlation": (Statistics.lr_correlation, RATIO),
    "OnTester result": (lambda _: Figure(None), _whole),
    "GHPR": (Statistics.ghpr, HOLDING),
    "LR Standard Error": (Statistics.lr_error, _money),
    "Total Trades": (Statistics.trades, _whole),
    "Short Trades (won %)": (Statistics.shorts, SHARE),
    "Long Trades (won %)": (Statistics.longs_won, SHARE),
    "Total Deals": (Statistics.deals, _whole),
    "Profit Trades (% of total)": (Statistics.profit_trades, SHARE),
    "Loss Trades (% of total)": (Statistics.loss_trades, SHARE),
    "Largest profit trade": (Statistics.largest_profit, _money),
    "Largest loss trade": (Statistics.largest_loss, _money),
    "Average profit trade": (Statistics.average_profit, _money),
    "Average loss trade": (Statistics.average_loss, _money),
    "Maximum consecutive wins ($)": (Statistics.most_wins, _count_money),
    "Maximum consecutive losses ($)": (Statistics.most_losses, _count_money),
    "Maximal consecutive profit (count)": (Statistics.best_row, _money_count),
    "Maximal consecutive loss (count)": (Statistics.worst_row, _money_count),
    "Average consecutive wins": (Statistics.average_wins, _whole),
    "Average consecutive losses": (Statistics.average_losses, _whole),
    "Correlation (Profits,MFE)": (Statistics.profits_mfe, RATIO),
    "Correlation (Profits,MAE)": (Statistics.profits_mae, RATIO),
    "Correlation (MFE,MAE)": (Statistics.mfe_mae, _number(4)),
    "Minimal position holding time": (_held(0), _time),
    "Maximal position holding time": (_held(1), _time),
    "Average position holding time": (_held(2), _time),
}


def figures(known: Statistics) -> dict[str, Figure]:
    """Return every statistic that is a number, by its name, in the order of the report."""
    return {name: PRINTERS[name][0](known) for name in NAMES if name in PRINTERS}


def printed(known: Statistics) -> dict[str, str]:
    """Return every statistic as it is printed, in the order of the report."""
    found = figures(known)
    return {
        name: _text(name, found[name], known.record) if name in found else quality(known.record)
        for name in NAMES
    }


def quality(record: ReportRecord) -> str:
    """Return what the prices of a run were."""
    return record.quality or UNKNOWN


def _text(name: str, figure: Figure, record: ReportRecord) -> str:
    if figure.value is None:
        return UNKNOWN
    return PRINTERS[name][1](figure, record.money_digits)
