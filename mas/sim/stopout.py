"""What happens when the margin no longer suffices (R150 to R156)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.sim.triggers import Triggers


class StopOut:
    """Frees margin until the level is above the threshold."""

    def __init__(self, triggers: Triggers) -> None:
        self._triggers = triggers
        self._figures = triggers.figures
        self._account = triggers.account

    def check(self) -> None:
        """Delete orders that reserve margin, then close what loses most, one by one (R151, R155).

        Positions whose market is closed, or that find no offer, have to stay (R40).
        """
        if not self._account.books or self._figures.safe():
            return
        happened = False
        stuck: set[int] = set()
        while self._account.books:
            equity, margin = self._figures.equity(), self._figures.margin()
            if not self._figures.in_stop_out(equity, margin):
                break
            if not self._delete_order() and not self._close_worst(equity, margin, stuck):
                break
            happened = True
        if happened:
            self._afterwards()

    def _delete_order(self) -> bool:
        """Delete the pending order that reserves the most margin; False when none does."""
        orders = [one for one in self._account.orders.values() if one.margin_per_lot]
        if not orders:
            return False
        most = max(orders, key=lambda one: (one.margin_per_lot * one.volume_left, -one.ticket))
        self._account.finish(most, c.ORDER_STATE_CANCELED, self._figures.now)
        return True

    def _close_worst(self, equity: float, margin: float, stuck: set[int]) -> bool:
        """Close the position with the largest loss, swap included; the oldest of equals."""
        figures = self._figures
        for position in sorted(
            (one for one in self._account.positions.values() if one.ticket not in stuck),
            key=lambda one: (figures.floating(one) + one.swap, one.ticket),
        ):
            quote = figures.quote(position.symbol)
            open_ = figures.market.is_open(position.symbol, figures.now)
            text = f"[so {figures.level(equity, margin):.2f}%]"
            if (
                quote is not None
                and open_
                and self._triggers.server_close(position, c.ORDER_REASON_SO, quote, text)
            ):
                return True
            stuck.add(position.ticket)
        return False

    def _afterwards(self) -> None:
        """Make up a negative balance, and end the account's trading, where that is set."""
        account, settings = self._account, self._figures.settings
        if settings.negative_balance_protection and account.balance < 0 and not account.positions:
            self._triggers.execution.cash(
                c.DEAL_TYPE_BALANCE, -account.balance, "negative balance compensation"
            )
        if settings.stop_out_ends:
            for order in tuple(account.orders.values()):
                account.finish(order, c.ORDER_STATE_CANCELED, self._figures.now)
            account.closed = True
