"""Settings of the simulated broker: what is accepted, and how a wrong one is told."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, get_args, get_origin

import numpy as np
import pytest

from mas.checked import hints
from mas.errors import ParamError
from mas.sim import SimSettings, settings_of

CHOICES = {
    name: get_args(hint) for name, hint in hints(SimSettings).items() if get_origin(hint) is Literal
}


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
        ({"leverage": "100"}, "leverage must be a whole number, above 0, was '100'"),
        ({"leverage": True}, "leverage must be a whole number, above 0, was True"),
        ({"leverage": 1.5}, "leverage must be a whole number, above 0, was 1.5"),
        ({"balance": "10000"}, "balance must be a number, was '10000'"),
        ({"balance": float("nan")}, "balance must be a number, was nan"),
        ({"fifo_close": 1}, "fifo_close must be True or False, was 1"),
        ({"currency": None}, "currency must be a text, was None"),
    ],
)
def test_numbers(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ParamError) as caught:
        SimSettings(**given)
    assert str(caught.value) == told


def test_numbers_of_numpy_are_numbers() -> None:
    settings = SimSettings(
        leverage=np.int64(50), balance=np.float32(500), commission=3, tester=np.True_
    )
    assert settings == SimSettings(leverage=50, balance=500.0, commission=3.0, tester=True)
    kinds = [type(value) for value in dataclasses.astuple(settings)]
    assert kinds == [type(value) for value in dataclasses.astuple(SimSettings())]


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
