"""Units of time: every quantity says in its type or its name whether it counts ms or seconds.

``Ms`` and ``Seconds`` are aliases for the reader and for type hints; arithmetic stays that of
integers. A time without an end in its name is in milliseconds since 1970 (UTC).
"""

from typing import Final, TypeAlias

Ms: TypeAlias = int
"""Milliseconds, of a period or since 1970-01-01 00:00 UTC."""
Seconds: TypeAlias = int
"""Whole seconds, of a period or since 1970-01-01 00:00 UTC."""

SECOND_MS: Final[Ms] = 1000
MINUTE_MS: Final[Ms] = 60 * SECOND_MS
HOUR_MS: Final[Ms] = 60 * MINUTE_MS
DAY_MS: Final[Ms] = 24 * HOUR_MS
WEEK_MS: Final[Ms] = 7 * DAY_MS
DAY_S: Final[Seconds] = 86_400
WEEK_S: Final[Seconds] = 7 * DAY_S
