"""Settings of the simulated broker: what is accepted, and how a wrong one is told."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mas.errors import ParamError
from mas.sim import SimSettings, settings_of
from mas.sim.settings import CHOICES


@pytest.mark.parametrize(("name", "allowed"), CHOICES.items())
def test_choices(name: str, allowed: tuple[str, ...]) -> None:
    for one in allowed:
        assert getattr(SimSettings(**{name: one}), name) == one
    wanted = f"{name} must be one of {', '.join(allowed)}, was 'other'"
    with pytest.raises(ParamError, match=wanted):
        SimSettings(**{name: "other"})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"leverage": 0}, "leverage must be above 0, was 0"),
        ({"login": -1}, "login must be above 0, was -1"),
        ({"latency_ms": -1}, "latency_ms must not be negative, was -1"),
        ({"stop_out": -0.1}, "stop_out must not be negative, was -0.1"),
    ],
)
def test_numbers(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ParamError) as caught:
        SimSettings(**given)
    assert str(caught.value) == told


def test_every_field_from_text() -> None:
    usual = SimSettings()
    texts = {field.name: str(getattr(usual, field.name)) for field in dataclasses.fields(usual)}
    assert settings_of(texts) == usual
    chosen = settings_of({"margin_mode": "netting", "balance": "5e3", "price_improvement": "yes"})
    assert (chosen.hedging, chosen.balance, chosen.price_improvement) == (False, 5000.0, True)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"leverage": "many"}, "leverage must be of type int, was 'many'"),
        ({"fifo_close": "maybe"}, "fifo_close must be yes or no, was 'maybe'"),
        ({"colour": "red"}, "'colour' is not a setting; accepted are absent_filling, balance, "),
        ({"leverege": "5"}, "'leverege' is not a setting; did you mean 'leverage'?"),
    ],
)
def test_texts_that_do_not_fit(given: dict[str, str], told: str) -> None:
    with pytest.raises(ParamError) as caught:
        settings_of(given)
    assert str(caught.value).startswith(told)
