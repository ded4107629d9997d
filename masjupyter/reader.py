"""Asks the terminal for panels: one thread beside the one that writes them.

A terminal may take seconds for bars or for a check of an order. Such an answer holds up others
that are asked for here, but no quote, no button and no order.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from masjupyter.publisher import Subscriber

    Question = Callable[[], None]

log = logging.getLogger(__name__)


class Reader:
    """Runs the questions of panels one after the other.

    Parameters
    ----------
    answered : callable
        Is told the panel whose question was answered.
    """

    def __init__(self, answered: Callable[[Subscriber], None]) -> None:
        self._answered = answered
        self._questions: dict[Subscriber, Question] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def ask(self, panel: Subscriber, question: Question) -> None:
        """Run `question` soon, which keeps its answer in the panel.

        It takes the place of one of the same panel that still waits.
        """
        with self._changed:
            self._questions[panel] = question
            if self._thread is None:
                self._thread = threading.Thread(target=self._read, name="mas-read", daemon=True)
                self._thread.start()
            self._changed.notify()

    def forget(self, panel: Subscriber) -> None:
        """Ask nothing more for a panel that is closed."""
        with self._changed:
            self._questions.pop(panel, None)

    def close(self) -> None:
        """Ask nothing more; an answer that is under way is not waited for long."""
        with self._changed:
            thread, self._thread = self._thread, None
            self._questions.clear()
            self._changed.notify_all()
        if thread is not None:
            thread.join(timeout=2)

    def _read(self) -> None:
        me = threading.current_thread()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._thread is not me or self._questions)
                if self._thread is not me:
                    return
                panel = next(iter(self._questions))
                question = self._questions.pop(panel)
            try:
                question()
            except Exception:  # one broken panel must not blind the others
                log.exception("panel %r could not ask the terminal", panel)
            self._answered(panel)
