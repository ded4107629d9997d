"""Hosts the simulated terminal as ``MetaTrader5`` on a classic RPyC server, as mt5linux does.

python server.py PORT — loopback only; the account's file is in MAS_HOME.
"""

from __future__ import annotations

import sys

from rpyc.core.service import ClassicService
from rpyc.utils.server import ThreadedServer

from mas import mt5

if __name__ == "__main__":
    sys.modules["MetaTrader5"] = mt5
    server = ThreadedServer(ClassicService, hostname="127.0.0.1", port=int(sys.argv[1]))
    print("ready", flush=True)
    server.start()
