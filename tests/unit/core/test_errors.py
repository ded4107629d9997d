from __future__ import annotations

import pickle

from mas.errors import Failure, MasError, ParamError


def test_a_failure_is_a_text_that_is_false() -> None:
    failure = Failure("no money", 10019)
    assert isinstance(failure, str)
    assert not failure
    assert failure == "no money"
    assert failure.message == "no money"
    assert type(failure.message) is str
    assert failure.retcode == 10019
    assert f"{failure}" == "no money"


def test_an_empty_failure_is_false_too_and_survives_pickling() -> None:
    assert not Failure("")
    copy = pickle.loads(pickle.dumps(Failure("no money")))
    assert copy == "no money"
    assert not copy


def test_a_parameter_error_is_a_value_error_and_says_the_field() -> None:
    error = ParamError("volume must be positive", field="volume", value=-1, accepted="> 0")
    assert isinstance(error, ValueError)
    assert isinstance(error, MasError)
    assert (error.field, error.value, error.accepted) == ("volume", -1, "> 0")
