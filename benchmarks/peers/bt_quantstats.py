"""QuantStats' figures of the curves in ``kpi_data``, as JSON on stdout (its own environment)."""

import json
import warnings

import quantstats
import quantstats.stats as qs

from benchmarks.peers.kpi_data import CAPITAL, CASES, curve, returns_of


def figures(name):
    equity = curve(name)
    returns = returns_of(equity)
    drawdowns = qs.drawdown_details(qs.to_drawdown_series(returns))
    return {
        "cumulative_return": qs.comp(returns),
        "volatility": qs.volatility(returns),
        "sharpe": qs.sharpe(returns),
        "sortino": qs.sortino(returns),
        "omega": qs.omega(returns),
        "max_drawdown": qs.max_drawdown(returns),
        "skew": qs.skew(returns),
        "kurtosis": qs.kurtosis(returns),
        "value_at_risk": qs.value_at_risk(returns),
        "expected_shortfall": qs.cvar(returns),
        "kelly": qs.kelly_criterion(returns),
        "risk_of_ruin": qs.risk_of_ruin(returns),
        "best_day": qs.best(returns, compounded=True),
        "worst_day": qs.worst(returns, compounded=True),
        "best_month": qs.best(returns, aggregate="ME", compounded=True),
        "worst_month": qs.worst(returns, aggregate="ME", compounded=True),
        "win_days": qs.win_rate(returns),
        "profit_factor": qs.profit_factor(returns),
        "deepest": sorted(float(one) / 100 for one in drawdowns["max drawdown"])[:5],
    }


def main():
    warnings.simplefilter("ignore")
    found = {name: figures(name) for name in CASES}
    plain = {
        name: {
            key: value if isinstance(value, list) else float(value) for key, value in one.items()
        }
        for name, one in found.items()
    }
    print(
        json.dumps(
            {"quantstats": quantstats.__version__, "capital": CAPITAL, "cases": plain}, indent=1
        )
    )


if __name__ == "__main__":
    main()
