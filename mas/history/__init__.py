"""Bars and ticks by symbol."""
