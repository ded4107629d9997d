"""Other backtest libraries on the same data and strategies, each in its own environment."""
