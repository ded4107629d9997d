"""``from mas.mas import MAS``, as published code writes it."""

from mas.client import MAS

__all__ = ["MAS"]
