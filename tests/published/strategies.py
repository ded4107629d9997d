"""Moving averages, MACD, RSI, KD and Bollinger bands, in the manner of the published examples.

Each keeps its own list of closes, computes the indicator with pandas in ``receive_bars``, opens
with a buy, closes with a sell that names the order, and asks for the three reports at the end.
"""

import pandas as pd

import mas

RUN = {
    "symbol": "EURUSD", "timeframe": "D1", "from": "2020-01-01", "to": "2024-12-31",
    "captital": 1000, "backtest_toggle": True,
}  # fmt: skip


class Published(mas):
    """What the five share."""

    def __init__(self):
        super().__init__()
        self.closes, self.highs, self.lows = [], [], []
        self.order_id = None
        self.answers = {}

    def receive_bars(self, symbol, data, is_end=False):
        self.closes.append(data["close"])
        self.highs.append(data["high"])
        self.lows.append(data["low"])
        signal = self.signal()
        if signal == "buy" and self.order_id is None:
            self.order_id = self.send_order(
                {"symbol": symbol, "order_type": "buy", "volume": 0.1, "backtest_toggle": True}
            )
        elif signal == "sell" and self.order_id is not None:
            self.send_order(
                {
                    "symbol": symbol, "order_type": "sell", "order_id": self.order_id,
                    "volume": 0.1, "backtest_toggle": True,
                }
            )  # fmt: skip
            self.order_id = None
        if is_end:
            self.answers = {
                "data": self.generate_data_report(),
                "kpi": self.generate_kpi_report(),
                "chart": self.generate_trade_chart(),
            }


class MovingAverages(Published):
    """Averages of 5 and 20 closes."""

    def signal(self):
        if len(self.closes) < 21:
            return None
        closes = pd.Series(self.closes[-60:])
        fast, slow = closes.rolling(5).mean(), closes.rolling(20).mean()
        if fast.iloc[-2] <= slow.iloc[-2] and fast.iloc[-1] > slow.iloc[-1]:
            return "buy"
        if fast.iloc[-2] >= slow.iloc[-2] and fast.iloc[-1] < slow.iloc[-1]:
            return "sell"
        return None


class Macd(Published):
    """MACD of 12, 26 and 9."""

    def signal(self):
        if len(self.closes) < 36:
            return None
        closes = pd.Series(self.closes)
        line = closes.ewm(span=12, adjust=False).mean() - closes.ewm(span=26, adjust=False).mean()
        mean = line.ewm(span=9, adjust=False).mean()
        if line.iloc[-2] <= mean.iloc[-2] and line.iloc[-1] > mean.iloc[-1]:
            return "buy"
        if line.iloc[-2] >= mean.iloc[-2] and line.iloc[-1] < mean.iloc[-1]:
            return "sell"
        return None


class Rsi(Published):
    """RSI of 14: buys below 30, sells above 70."""

    def signal(self):
        if len(self.closes) < 15:
            return None
        moves = pd.Series(self.closes[-15:]).diff().iloc[1:]
        gain, loss = moves.clip(lower=0).mean(), -moves.clip(upper=0).mean()
        rsi = 100.0 if loss == 0 else 100 - 100 / (1 + gain / loss)
        return "buy" if rsi < 30 else "sell" if rsi > 70 else None


class Kd(Published):
    """Stochastic of 9, 3 and 3: crosses of K and D."""

    def signal(self):
        if len(self.closes) < 15:
            return None
        closes, highs, lows = (pd.Series(one[-40:]) for one in (self.closes, self.highs, self.lows))
        lowest, highest = lows.rolling(9).min(), highs.rolling(9).max()
        raw = (closes - lowest) / (highest - lowest) * 100
        k = raw.ewm(com=2, adjust=False).mean()
        d = k.ewm(com=2, adjust=False).mean()
        if k.iloc[-2] <= d.iloc[-2] and k.iloc[-1] > d.iloc[-1]:
            return "buy"
        if k.iloc[-2] >= d.iloc[-2] and k.iloc[-1] < d.iloc[-1]:
            return "sell"
        return None


class Bollinger(Published):
    """Bands of 20 and 2: buys below the lower one, sells above the upper one."""

    def signal(self):
        if len(self.closes) < 20:
            return None
        last = pd.Series(self.closes[-20:])
        middle, width = last.mean(), 2 * last.std()
        close = self.closes[-1]
        return "buy" if close < middle - width else "sell" if close > middle + width else None


STRATEGIES = (MovingAverages, Macd, Rsi, Kd, Bollinger)
