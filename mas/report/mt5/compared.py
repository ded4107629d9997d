"""A real report beside the same orders in the simulated terminal: every cent that differs."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from mas.errors import DataError, ParamError
from mas.history.serverclock import server_clock
from mas.report.mt5 import layout
from mas.report.mt5.exits import level
from mas.report.mt5.facts import BUY, CLOSING, UNKNOWN, ReportRecord
from mas.report.mt5.reading import read
from mas.report.mt5.replay import PENDING, ReportReplay
from mas.report.mt5.stated import same_figures
from mas.report.mt5.statistics import Statistics
from mas.report.mt5.stored import StoredReplay
from mas.sim.money import rounded
from mas.sim.specs import built_in
from mas.sim.symbols import Symbol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mas.report.mt5.facts import ReportDeal
    from mas.report.mt5.replay import Played

FIXED = ("trade_contract_size", "trade_calc_mode", "currency_base", "currency_profit",
         "currency_margin")  # fmt: skip
QUOTES = ("auto", "stored", "implied")
SHOWN = 40
FROM_EQUITY = frozenset({"Recovery Factor"})
"""What is made of the deals and of the printed equity drawdown: no proof of either."""
COPIED = layout.NOT_FROM_DEALS - {"Sharpe Ratio"}
"""What no deal tells."""


class ReportComparison:
    """What a report says and what the simulated terminal makes of its orders.

    Attributes
    ----------
    record : ReportRecord
        The report.
    table : DataFrame
        A row for each deal: the report's price, profit, swap, commission and balance, ours
        (``_mas``), how they differ (``_diff``), and a note. Account currency.
    statistics : DataFrame
        A row for each statistic: printed (``report``), counted from our deals (``mas``),
        ``determined`` by the deals or not, ``equal``.
    symbols : dict
        The specifications that were used, by name.
    notes : list of str
        What was found or assumed.
    quotes : str
        Those that were played: ``"stored"`` or ``"implied"``.
    """

    def __init__(
        self,
        record: ReportRecord,
        given: Mapping[str, Mapping[str, Any]],
        *,
        quotes: str = "auto",
        zone: str = "",
    ) -> None:
        self.record = record
        self._cent = 0.5 * 10.0**-record.money_digits
        implied = ReportReplay(record, given)
        replay: ReportReplay | StoredReplay = implied
        why = []
        if quotes != "implied":
            try:
                replay = StoredReplay(implied, zone)
            except DataError as error:
                if quotes == "stored":
                    raise
                why = [f"played at the quotes that the report implies: {error}"]
        played = replay.run()
        self.quotes = "implied" if replay is implied else "stored"
        self.symbols = replay.symbols
        self.table = _table(record, played, self.symbols)
        self._within = _within(replay, self.table)
        self.statistics = _statistics(record, replay, played, self._within)
        self.notes = [*record.notes, *why, *_found(replay), *replay.matching.odd]

    @property
    def differences(self) -> pd.DataFrame:
        """The deals whose price or money differs, or that did not deal."""
        table = self.table
        money = [
            table[f"{name}_diff"].abs() > self._cent for name in ("profit", "swap", "commission")
        ]
        apart = money[0] | money[1] | money[2] | (table["price"] != table["price_mas"])
        return table[apart & (table["direction"] != "")]

    @property
    def summary(self) -> str:
        """One line: how many profits, swaps and statistics are equal, and what is left."""
        table = self.table
        closing = table[table["direction"].isin(CLOSING)]
        dealt = table[table["direction"] != ""]
        equal = int((closing["profit_diff"].abs() < self._cent).sum())
        parts = [f"profit equal to the cent in {equal} of {len(closing)} closing deals"]
        if self.quotes == "stored":
            same = int((dealt["price"] == dealt["price_mas"]).sum())
            parts.insert(0, f"at stored quotes: price equal in {same} of {len(dealt)} deals")
        else:
            parts[0] = f"at implied quotes: {parts[0]}"
        nights = closing[closing["swap"] != 0]
        if len(nights):
            same = int((nights["swap_diff"].abs() < self._cent).sum())
            within = int(self._within.reindex(nights.index).sum())
            how = "" if self.quotes == "stored" else " at rollover prices taken from the swaps"
            open_ = f"{within} within what such a price leaves open"
            parts.append(f"swap in {same} of {len(nights)}{how} ({open_})")
        paid = table[(table["commission"] != 0)]
        if len(paid):
            same = int((paid["commission_diff"].abs() < self._cent).sum())
            parts.append(f"commission in {same} of {len(paid)}")
        last = float(table["balance_diff"].iloc[-1]) if len(table) else 0.0
        parts.append(f"final balance differs by {last:.2f} {self.record.currency}")
        decided = self.statistics[self.statistics["determined"]]
        if len(decided):
            same = int(decided["equal"].sum())
            parts.append(f"{same} of {len(decided)} statistics that the deals determine are equal")
        return "; ".join(parts)

    @property
    def equal(self) -> bool:
        """Whether no cent and no determined statistic differs."""
        decided = self.statistics[self.statistics["determined"]]
        return not len(self.differences) and bool(decided["equal"].all())

    def __repr__(self) -> str:
        lines = [self.summary, *self.notes]
        apart = self.differences
        if len(apart):
            lines.append(apart.head(SHOWN).to_string())
        wrong = self.statistics[self.statistics["determined"] & ~self.statistics["equal"]]
        if len(wrong):
            lines.append(wrong[["report", "mas"]].to_string())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        decided = self.statistics
        wrong = decided[decided["determined"] & ~decided["equal"]]
        parts = [f"<b>{escape(self.summary)}</b>"]
        parts += [f"<div style='opacity:.65'>{escape(note)}</div>" for note in self.notes]
        for title, rows in (
            ("Deals that differ", self.differences),
            ("Statistics that differ", wrong),
        ):
            if len(rows):
                more = f", the first {SHOWN} of {len(rows)}" if len(rows) > SHOWN else ""
                parts.append(f"<h4>{title}{more}</h4>{rows.head(SHOWN).to_html(escape=True)}")
        return f"<div>{''.join(parts)}</div>"


def _table(
    record: ReportRecord, played: dict[int, Played], symbols: Mapping[str, Symbol]
) -> pd.DataFrame:
    levels = _levels(record)
    rows, balance, digits = [], 0.0, record.money_digits
    for deal in record.deals:
        made = played.get(deal.deal)
        ours = (deal.price, deal.profit, deal.swap, deal.commission, "") if made is None else made
        price, profit, swap, commission, note = ours
        balance = rounded(balance + profit + swap + commission, digits)
        rows.append(
            (deal.deal, deal.time, deal.symbol, deal.type, deal.direction, deal.volume,
             deal.price, price, deal.profit, profit, rounded(profit - deal.profit, digits),
             deal.swap, swap, rounded(swap - deal.swap, digits), deal.commission, commission,
             rounded(commission - deal.commission, digits), deal.balance, balance,
             rounded(balance - deal.balance, digits), note,
             *_slipped(deal, price, levels.get(deal.deal, 0.0), symbols))
        )  # fmt: skip
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["time"] = pd.to_datetime(table["time"], unit="ms")
    return table.set_index("deal")


COLUMNS = (
    "deal", "time", "symbol", "type", "direction", "volume", "price", "price_mas", "profit",
    "profit_mas", "profit_diff", "swap", "swap_mas", "swap_diff", "commission", "commission_mas",
    "commission_diff", "balance", "balance_mas", "balance_diff", "note", "points", "slippage",
    "slippage_mas",
)  # fmt: skip


def _levels(record: ReportRecord) -> dict[int, float]:
    """Return the level at which each deal was to be made, 0 for the market."""
    orders = {order.order: level(order.price) for order in record.orders if order.type in PENDING}
    return {
        deal.deal: level(deal.comment)
        if deal.comment.strip("[]").startswith(("sl ", "tp "))
        else orders.get(deal.order, 0.0)
        for deal in record.deals
    }


def _slipped(
    deal: ReportDeal, price: float, wanted: float, symbols: Mapping[str, Symbol]
) -> tuple[float, float, float]:
    """Return points by which ours is worse than the report's, and both than their level."""
    if not deal.direction or not price:
        return 0.0, 0.0, 0.0
    point = symbols[deal.symbol].point * (1 if deal.type == BUY else -1)
    slips = (round((item - wanted) / point) if wanted else 0.0 for item in (deal.price, price))
    return round((price - deal.price) / point, 1) + 0.0, *slips  # type: ignore[return-value]


def _within(replay: ReportReplay | StoredReplay, table: pd.DataFrame) -> pd.Series:
    """Tell which swaps differ by no more than the unknown price at rollover explains."""
    cent = 0.5 * 10.0**-replay.record.money_digits
    room: dict[int, float] = {}
    for closing in replay.matching.exits:
        allowed = (
            replay.nights[closing.deal.symbol].tolerance(closing) if closing.position else cent
        )
        room[closing.deal.deal] = room.get(closing.deal.deal, 0.0) + allowed
    return table["swap_diff"].abs() <= pd.Series(room).reindex(table.index).fillna(cent)


def _statistics(
    record: ReportRecord,
    replay: ReportReplay | StoredReplay,
    played: dict[int, Played],
    within: pd.Series,
) -> pd.DataFrame:
    """Return the statistics of our deals beside the printed ones.

    A swap that differs by no more than the unknown price at rollover explains is the report's.
    """
    deals, balance = [], 0.0
    for deal in record.deals:
        made = played.get(deal.deal)
        if made is not None:
            deal = deal._replace(  # noqa: PLW2901
                profit=made.profit,
                commission=made.commission,
                swap=deal.swap if within[deal.deal] else made.swap,
            )
        balance = rounded(balance + deal.net, record.money_digits)
        deals.append(deal._replace(balance=balance))
    ours = layout.printed(
        Statistics(replace(record, deals=tuple(deals)), replay.matching.again(deals))
    )
    rows = []
    for name in layout.NAMES:
        if name not in record.printed:
            continue
        said, found = record.printed[name], ours[name]
        if name in COPIED:
            found = UNKNOWN  # what stands there is the report's own
        determined = name not in layout.NOT_FROM_DEALS | FROM_EQUITY and found != UNKNOWN
        rows.append((name, said, found, determined, found != UNKNOWN and same_figures(said, found)))
    columns = ["statistic", "report", "mas", "determined", "equal"]
    table = pd.DataFrame(rows, columns=columns).set_index("statistic")
    return table.astype({"determined": bool, "equal": bool})


def _found(replay: ReportReplay | StoredReplay) -> Iterator[str]:
    """Yield what was found about each symbol, in a line."""
    if isinstance(replay, StoredReplay):
        yield from (f"{name}: played from {text}" for name, text in replay.sources.items())
        yield from replay.notes or [f"server time is {replay.zone!r}, as given"]
    for name, symbol in replay.symbols.items():
        text = f"{name}: contract size {symbol.trade_contract_size:g}, {symbol.digits} digits"
        rules = replay.nights[name].rules
        if rules.mode:
            kind = "points" if rules.mode == 1 else "% a year"
            nights = ",".join(map(str, rules.days))
            text += (
                f"; swap {rules.long:.4g} long, {rules.short:.4g} short {kind}, nights from Sunday "
                f"{nights}, single swaps {rules.spread:.2%} apart"
            )
            holidays = replay.nights[name].holidays
            text += f"; holidays {', '.join(holidays)}" if holidays else ""
            text += replay.nights[name].certainty()
        yield text
    account = "netting" if replay.matching.nets else "hedging"
    yield f"account: {account}, {replay.record.currency}, deposit {replay.record.deposit:,.2f}"
    if isinstance(replay, ReportReplay) and replay.rates:
        names = sorted({closing.deal.symbol for closing in replay.matching.exits
                        if closing.deal.deal in replay.rates})  # fmt: skip
        yield (
            f"the rates that convert the results of {', '.join(names)} are not in the report: they "
            "are taken from the profits, which prove nothing about these deals"
        )


def compare(
    report: str | Path | ReportRecord,
    *,
    symbol: str | Symbol | Mapping[str, Any] | None = None,
    currency: str = "",
    quotes: str = "auto",
    zone: str = "",
) -> ReportComparison:
    """ReportReplay a real tester report's orders in the simulated terminal and list what differs.

    Parameters
    ----------
    report : path or ReportRecord
        HTML or XLSX as MetaTrader saves it, in any language, or a CSV of its deals.
    symbol : str, Symbol or mapping, optional
        What is known of the traded symbol: the name of a built-in one, a specification, or fields
        of ``symbol_info()`` such as ``{"trade_contract_size": 10}``; for several symbols a mapping
        of their names to such fields. Default: all is inferred from the deals.
    currency : str, optional
        The account's, where the report does not say (CSV).
    quotes : str
        ``"stored"``: history that is stored for the report's period, whose fills are compared,
        too; ``"implied"``: quotes that the deals imply; ``"auto"``: the former where all of it is
        there, else the latter.
    zone : str, optional
        The server's clock by which the report's times go, as ``server_zone`` of a run, such as
        ``"New York close"``. Default: the one at which stored quotes are nearest to the fills.

    Raises
    ------
    DataError
        The file is no tester report, or history is missing for ``quotes="stored"``.
    ParamError
        `symbol` is unknown or has an unknown field; `quotes` or `zone` is unknown.
    """
    if quotes not in QUOTES:
        raise ParamError(
            f"quotes must be one of {', '.join(QUOTES)}, was {quotes!r}",
            field="quotes", value=quotes,
        )  # fmt: skip
    if zone:
        server_clock(zone)  # a wrong one is refused before anything is read
    record = report if isinstance(report, ReportRecord) else read(report)
    if currency:
        record = replace(record, currency=currency)
    return ReportComparison(record, _given(record, symbol), quotes=quotes, zone=zone)


def _given(
    record: ReportRecord, symbol: str | Symbol | Mapping[str, Any] | None
) -> dict[str, dict[str, Any]]:
    """Return the fields that are given for each traded symbol."""
    if symbol is None:
        return {}
    if isinstance(symbol, str):
        known = built_in()
        if symbol not in known:
            raise ParamError(
                f"symbol {symbol!r} is not built in; give a Symbol or a dict of its fields",
                field="symbol", value=symbol,
            )  # fmt: skip
        symbol = known[symbol]
    if isinstance(symbol, Symbol):
        fields = {name: getattr(symbol, name) for name in FIXED}
        return {name: dict(fields) for name in record.traded}
    if any(isinstance(setting, dict) for setting in symbol.values()):
        return {name: dict(fields) for name, fields in symbol.items()}
    return {name: dict(symbol) for name in record.traded}
