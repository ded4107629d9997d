"""A fault takes effect in the functions that are loaded."""

from __future__ import annotations

import pytest

from mas.terminal import retcodes
from tests.mutation.faults import possible_faults

trial = pytest.importorskip("tests.mutation.trial", reason="faults need processes that fork")


def test_a_loaded_function_gets_the_code_with_the_fault() -> None:
    faults = [fault for place in possible_faults("mas/terminal/retcodes.py") for fault in place]
    fault = next(fault for fault in faults if fault.within and "." not in fault.within)
    function = getattr(retcodes, fault.within)
    before = function.__code__
    try:
        assert trial.apply(fault)
        assert function.__code__ is not before
    finally:
        function.__code__ = before
