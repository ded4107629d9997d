"""Runs over history: where it comes from, what plays it, and what came of it."""
