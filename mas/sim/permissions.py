"""What can be switched off, and refusals that a test asks for (R31, R32, R35)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.sim.account import Account


@dataclass
class Permissions:
    """What terminal, server and account allow; set them at any time.

    Attributes
    ----------
    connected : bool
        Terminal to server; off refuses with 10031.
    trade_allowed : bool
        The Algo Trading button; off refuses with 10027.
    tradeapi_disabled : bool
        Trading from Python is blocked: ``order_send`` is None with error -8 (R216).
    trade_expert : bool
        The account's; off refuses with 10026.
    account_trade_allowed : bool
        The account's; off refuses with 10017.
    refusals : deque of int
        Return codes for the next requests that would have passed, such as 10006 or 10012.
    """

    connected: bool = True
    trade_allowed: bool = True
    tradeapi_disabled: bool = False
    trade_expert: bool = True
    account_trade_allowed: bool = True
    refusals: deque[int] = field(default_factory=deque)

    def refusal(self, account: Account) -> int:
        """Return the code of the first switch that is off, else 0 (R32)."""
        if not self.connected:
            return c.TRADE_RETCODE_CONNECTION
        if not self.trade_allowed:
            return c.TRADE_RETCODE_CLIENT_DISABLES_AT
        if not self.trade_expert:
            return c.TRADE_RETCODE_SERVER_DISABLES_AT
        if not self.account_trade_allowed or account.closed:
            return c.TRADE_RETCODE_TRADE_DISABLED
        return 0

    def next_refusal(self) -> int:
        """Return the next code that was asked for, else 0."""
        return self.refusals.popleft() if self.refusals else 0
