"""The published form: it works at run time, and a checker knows a module when it sees one."""

from __future__ import annotations

import mas


class Client(mas):  # error: base class
    """Is a client all the same."""
