"""Jobs in processes of their own, forked from the process that has collected all tests."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

TOO_LONG = -1
"""What a job says that was ended by its time limit."""
MEMORY = 6 << 30
PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class Job:
    """Something to run.

    Attributes
    ----------
    subject : object
        What it is about.
    run : callable
        Returns the exit code.
    seconds : float
        Time that it may compute; six times as long it may last.
    folder : Path
        A folder of its own, made for it and removed after it.
    """

    subject: Any
    run: Callable[[], int]
    seconds: float
    folder: Path


def run_all(jobs: Iterable[Job], workers: int) -> Iterator[tuple[Any, int, str]]:
    """Run jobs, some at a time; yield subject, exit code and the end of what was printed."""
    waiting, active = iter(jobs), dict[int, tuple[Job, float]]()
    left = True
    while left or active:
        while left and len(active) < workers:
            job = next(waiting, None)
            if job is None:
                left = False
                break
            active[_start(job)] = job, time.monotonic() + 6 * job.seconds
        time.sleep(PAUSE)
        for pid, (job, until) in list(active.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended and time.monotonic() < until:
                continue
            _kill_group(pid)
            if not ended:
                os.waitpid(pid, 0)
            del active[pid]
            code = os.waitstatus_to_exitcode(status) if ended else TOO_LONG
            said = (job.folder / "log.txt").read_text(encoding="utf-8", errors="replace")[-4000:]
            shutil.rmtree(job.folder, ignore_errors=True)
            yield (
                job.subject,
                TOO_LONG if code in {-signal.SIGXCPU, -signal.SIGKILL} else code,
                said,
            )


def _start(job: Job) -> int:
    job.folder.mkdir(parents=True)
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        os.setsid()
        log = os.open(job.folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for number in (1, 2):
            os.dup2(log, number)
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(job.folder)
        limit = int(job.seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        code = job.run()
    except BaseException:  # noqa: BLE001  the parent reads it in the log
        traceback.print_exc()
    finally:
        os._exit(code)


def _kill_group(pid: int) -> None:
    """End what the job has started and left."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
