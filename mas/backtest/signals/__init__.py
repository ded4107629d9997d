"""Backtests of arrays of signals: by arithmetic where that is exact, else by the terminal."""

from mas.backtest.signals.signals import Signals

__all__ = ["Signals"]
