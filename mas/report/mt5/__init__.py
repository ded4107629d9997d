"""MetaTrader's own tester report: read, counted, printed and compared."""
