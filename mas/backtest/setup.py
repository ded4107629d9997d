"""The account of a run: what its profile and its settings make of the simulated broker."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

from mas import config
from mas.errors import ParamError
from mas.schema.messages import shown
from mas.sim import SimSettings, built_in, load_symbols
from mas.sim.settings import unknown_setting

if TYPE_CHECKING:
    from mas.schema.market import BacktestParams
    from mas.sim import Symbol

LARGE, MOST = 10**15, 2**63
"""Of money and of all else that a setting counts, and of a seed; what is larger is a mistake."""
LEVERAGE = 500
"""Of a backtest that names none: the published ones trade 0.1 lots on 1,000 USD."""
TESTER: Final = "mt5"
PROFILES: Final[dict[str, dict[str, Any]]] = {
    TESTER: {"price_improvement": True, "stop_out_ends": True, "tester": True},
    "account": {},
}
"""By name, the settings in which a profile differs from a paper account.

``mt5`` is the Strategy Tester: limits and take profits deal at the gapped price (R74), a stop out
ends the run (R156), what is open at the end is closed (R231). ``account`` is the paper account.
"""


def specifications(settings: SimSettings) -> dict[str, Symbol]:
    """Return the symbols of a run by name; it may add to them."""
    return dict(load_symbols(settings.symbols) if settings.symbols else built_in())


def settings_of(given: BacktestParams) -> SimSettings:
    """Return the account and market of a run from its parameters.

    Raises
    ------
    ParamError
        ``settings`` has an unknown field, or one of a wrong type.
    """
    seed = config.sim_seed()
    usual = SimSettings(balance=given.capital, leverage=LEVERAGE, **PROFILES[given.profile])
    if seed is not None:
        usual = dataclasses.replace(usual, seed=seed)
    chosen = given.settings or {}
    kinds = {field.name: type(getattr(usual, field.name)) for field in dataclasses.fields(usual)}
    for name, value in chosen.items():
        kind = kinds.get(name)
        if kind is None:
            raise unknown_setting(name)
        if not (type(value) is kind or (kind is float and type(value) is int)):
            raise ParamError(
                f"settings: {name} must be of type {kind.__name__}, was {shown(value)}",
                field="settings",
                value=value,
            )
        if kind in {int, float} and not abs(value) < (MOST if name == "seed" else LARGE):
            raise ParamError(
                f"settings: {name} must be a number of usual size, was {shown(value)}",
                field="settings",
                value=value,
            )
    return dataclasses.replace(usual, **chosen)
