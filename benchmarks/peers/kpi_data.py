"""Equity curves on which key figures are compared with those of QuantStats."""

import numpy as np
import pandas as pd

CAPITAL = 10_000.0
CASES = {
    "rising": (3, 500, 6e-4),
    "falling": (4, 300, -9e-4),
    "long": (5, 1300, 2e-4),
    "few": (6, 40, 0.0),
}


def curve(name):
    """Return equity at the end of business days, days without a change among them."""
    seed, days, drift = CASES[name]
    rng = np.random.default_rng(seed)
    returns = rng.standard_t(4, days) * 0.006 + drift
    returns[rng.random(days) < 0.15] = 0.0
    index = pd.bdate_range("2020-01-02", periods=days)
    return pd.Series(CAPITAL * np.cumprod(1 + returns), index=index).round(2)


def returns_of(equity):
    """Return daily returns, the first one on the capital."""
    return pd.concat([pd.Series([CAPITAL]), equity]).pct_change().iloc[1:].set_axis(equity.index)
