"""``python -m mas.mt5`` runs a script that was written for MetaTrader5, unchanged."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
from datetime import datetime, timedelta
import MetaTrader5 as mt5

if not mt5.initialize(login=25115284, server="MAS-Sim", password="4zatlbqx"):
    print("initialize() failed, error code =", mt5.last_error())
    quit()
print(mt5.account_info().login, sys.argv[1:])
symbol, lot = "USDJPY", 0.1
point, price = mt5.symbol_info(symbol).point, mt5.symbol_info_tick(symbol).ask
request = {
    "action": mt5.TRADE_ACTION_DEAL, "symbol": symbol, "volume": lot, "type": mt5.ORDER_TYPE_BUY,
    "price": price, "sl": price - 100 * point, "tp": price + 100 * point, "deviation": 20,
    "magic": 234000, "comment": "python script open", "type_time": mt5.ORDER_TIME_GTC,
    "type_filling": mt5.ORDER_FILLING_FOK,
}
result = mt5.order_send(request)
print(result.retcode == mt5.TRADE_RETCODE_DONE, result._asdict()["request"].symbol)
print(len(mt5.copy_rates_from_pos(symbol, mt5.TIMEFRAME_M1, 0, 10)))
print(mt5.Close(symbol, ticket=result.order))
later = datetime.now() + timedelta(days=2)
print([deal.entry for deal in mt5.history_deals_get(datetime(2020, 1, 1), later) if deal.order])
mt5.shutdown()
"""


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mas.mt5", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_script_trades_on_the_simulated_terminal(tmp_path: Path) -> None:
    script = tmp_path / "trade.py"
    script.write_text(SCRIPT)
    done = run(str(script), "one", "two")
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "25115284 ['one', 'two']", "True USDJPY", "10", "True", "[0, 1]",
    ]  # fmt: skip


def test_without_a_script_it_says_how() -> None:
    done = run()
    assert done.returncode == 1
    assert done.stderr.startswith("usage: python -m mas.mt5 script.py")
