"""The one order path."""
