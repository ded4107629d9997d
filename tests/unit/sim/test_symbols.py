"""The specification files: what comes with the package, and how a file of one's own is read."""

from __future__ import annotations

import dataclasses
import itertools
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

import mas.sim.symbols
from mas.clock import to_ms
from mas.errors import ParamError
from mas.history.synthetic import Character
from mas.sim.specs import built_in, export_symbols, load_symbols
from mas.sim.symbols import NOT_SIMULATED, Symbol
from mas.terminal import constants as c
from mas.terminal.types import SymbolInfo

FILE = Path(mas.sim.symbols.__file__).with_name("symbols.toml")
RANKS = ("EUR", "GBP", "AUD", "NZD", "USD", "CAD", "CHF", "JPY")
PAIRS = ["".join(pair) for pair in itertools.combinations(RANKS, 2)]
ROW: dict[str, Any] = {
    "name": "ABCUSD",
    "digits": 5,
    "currency_base": "ABC",
    "currency_profit": "USD",
    "market": {"base": 1.5, "volatility": 0.1, "spread": 10},
}


def write(folder: Path, *rows: dict[str, Any], **more: Any) -> Path:
    path = folder / "mine.json"
    path.write_text(json.dumps({"symbol": rows, **more}))
    return path


def refused(path: Path) -> str:
    """Return the message of a file that is refused; it is one line and names the file."""
    with pytest.raises(ParamError) as error:
        load_symbols(path)
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


# ---------------------------------------------------------------- what comes with the package


def test_the_best_known_come_first() -> None:
    assert list(built_in())[:4] == ["EURUSD", "GBPUSD", "USDJPY", "XAUUSD"]


def test_all_28_pairs_are_there() -> None:
    assert len(PAIRS) == 28
    for name in PAIRS:
        symbol = built_in()[name]
        assert (symbol.currency_base, symbol.currency_profit) == (name[:3], name[3:])
        assert symbol.currency_margin == name[:3]
        assert symbol.digits == (3 if name.endswith("JPY") else 5)
        assert symbol.trade_calc_mode == c.SYMBOL_CALC_MODE_FOREX
        assert symbol.trade_contract_size == symbol.margin_hedged == 100_000
        assert symbol.path == f"Forex\\{name}"


@pytest.mark.parametrize("name", [name for name in PAIRS if "USD" not in name])
def test_a_cross_agrees_with_its_majors(name: str) -> None:
    def dollars(currency: str) -> float:
        if currency + "USD" in built_in():
            return built_in()[currency + "USD"].market.base
        return 1 / built_in()["USD" + currency].market.base

    expected = dollars(name[:3]) / dollars(name[3:])
    assert built_in()[name].market.base == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(
    ("name", "base", "volatility", "spread", "words"),
    [
        ("EURUSD", 1.085, 0.08, 9, "Euro vs US Dollar"),
        ("GBPUSD", 1.27, 0.08, 12, "Pound Sterling vs US Dollar"),
        ("USDJPY", 148.0, 0.08, 11, "US Dollar vs Japanese Yen"),
        ("XAUUSD", 2350.0, 0.15, 22, "Gold vs US Dollar"),
    ],
)
def test_the_first_four_move_as_ever(
    name: str, base: float, volatility: float, spread: float, words: str
) -> None:
    symbol = built_in()[name]
    assert symbol.market == Character(base, symbol.point, volatility, spread)
    assert symbol.description == words


def test_each_kind_of_contract_is_there() -> None:
    assert {symbol.trade_calc_mode for symbol in built_in().values()} == {
        c.SYMBOL_CALC_MODE_FOREX,
        c.SYMBOL_CALC_MODE_CFD,
        c.SYMBOL_CALC_MODE_CFDINDEX,
        c.SYMBOL_CALC_MODE_CFDLEVERAGE,
        c.SYMBOL_CALC_MODE_EXCH_STOCKS,
        c.SYMBOL_CALC_MODE_EXCH_FUTURES,
    }


@pytest.mark.parametrize("name", list(built_in()))
def test_each_is_sane(name: str) -> None:
    symbol = built_in()[name]
    assert symbol.name == name
    assert symbol.description
    assert symbol.path.endswith(f"\\{name}")
    assert symbol.tick_points >= 1
    assert symbol.trade_tick_size == pytest.approx(symbol.tick_points * symbol.point)
    assert symbol.market.point == symbol.point
    assert symbol.market.base == pytest.approx(symbol.price(symbol.points(symbol.market.base)))
    assert symbol.volume_min >= symbol.volume_step
    assert symbol.swap_long + symbol.swap_short <= 0
    assert symbol.market.volatility < 0.5


def test_no_stops_level_but_on_the_indices() -> None:
    levels = {
        symbol.name: (symbol.trade_stops_level, symbol.trade_freeze_level)
        for symbol in built_in().values()
        if symbol.trade_stops_level or symbol.trade_freeze_level
    }
    assert levels == {"US500": (50, 20), "GER40": (50, 20)}


def test_the_hours_of_each_kind_R40() -> None:
    opening = to_ms("2026-01-04T21:00:00")
    evening = to_ms("2026-01-06T21:30:00")
    forex, metal, stock = (built_in()[name] for name in ("EURUSD", "XAUUSD", "AAPL"))
    assert forex.trading.open_at(opening)
    assert not forex.trading.open_at(opening - 1)
    assert forex.trading.open_at(evening)
    assert not metal.trading.open_at(evening)
    assert stock.trading.next_open(evening) == to_ms("2026-01-07T13:30:00")
    for symbol in built_in().values():
        assert not symbol.trading.open_at(to_ms("2026-01-10T12:00:00"))
        assert not symbol.quoting.open_at(to_ms("2026-01-10T12:00:00"))


def test_nights_of_swap_from_sunday_R165_R166() -> None:
    assert built_in()["EURUSD"].nights == (0, 1, 1, 3, 1, 1, 0)
    assert built_in()["US500"].nights == (0, 1, 1, 1, 1, 3, 0)


def test_own_nights_come_before_the_triple_day_R165(tmp_path: Path) -> None:
    days = [1, 1, 1, 1, 1, 1, 1]
    path = write(tmp_path, {**ROW, "swap_days": days})
    assert load_symbols(path)["ABCUSD"].nights == tuple(days)


def test_holidays_are_part_of_a_file_R165(tmp_path: Path) -> None:
    """2025-12-25 and 26 are Thursday and Friday: Wednesday, of three nights, has theirs too."""
    symbol = load_symbols(write(tmp_path, {**ROW, "swap_holidays": ["2025-12-26", "2025-12-25"]}))
    days = range(20_444, 20_453)  # from Monday, 2025-12-22
    assert [symbol["ABCUSD"].nights_of(day) for day in days] == [1, 1, 5, 0, 0, 0, 0, 1, 1]
    every_day = tuple(f"2025-12-{day:02}" for day in range(1, 32))
    assert dataclasses.replace(symbol["ABCUSD"], swap_holidays=every_day).nights_of(20_444) == 0


def test_the_exchange_deals_in_its_own_way() -> None:
    stock, future = built_in()["AAPL"], built_in()["ES.F"]
    for symbol in (stock, future):
        assert symbol.exchange
        assert symbol.by_last
        assert symbol.margin_rates == (1.0,) * 8
        assert symbol.filling_mode == 7
        assert symbol.tick_volume > 0
    assert future.tick_points == 25
    assert future.expiration_time * 1000 == to_ms("2036-12-18T21:00:00")
    assert not built_in()["EURUSD"].by_last


def test_margin_is_in_the_base_of_forex_and_else_in_the_profit_currency() -> None:
    assert built_in()["EURJPY"].currency_margin == "EUR"
    assert built_in()["XAUUSD"].currency_margin == "USD"
    assert built_in()["GER40"].currency_margin == "EUR"


# ---------------------------------------------------------------- a file of one's own


def test_json_and_toml_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "same.json"
    path.write_text(json.dumps(tomllib.loads(FILE.read_text())))
    assert list(load_symbols(path).items()) == list(built_in().items())


def test_a_symbol_needs_five_keys(tmp_path: Path) -> None:
    symbol = load_symbols(write(tmp_path, ROW))["ABCUSD"]
    assert symbol == Symbol("ABCUSD", 5, "ABC", "USD", Character(1.5, symbol.point, 0.1, 10.0))
    assert symbol.trading.always


def test_a_symbol_comes_before_what_it_is_like(tmp_path: Path) -> None:
    forex = {"digits": 3, "volume_max": 7, "swap_mode": "SYMBOL_SWAP_MODE_POINTS"}
    symbol = load_symbols(write(tmp_path, {**ROW, "like": "forex"}, defaults={"forex": forex}))
    assert symbol["ABCUSD"].digits == 5
    assert symbol["ABCUSD"].volume_max == 7
    assert symbol["ABCUSD"].swap_mode == c.SYMBOL_SWAP_MODE_POINTS


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"digts": 5}, "unknown: digts"),
        ({"market": {**ROW["market"], "spred": 1}}, "unknown: market.spred"),
        ({"digits": "five"}, "$.digits"),
        ({"digits": 9}, "digits must be 0 to 8, was 9"),
        ({"digits": -400}, "digits must be 0 to 8, was -400"),
        ({"volume_min": "much"}, "$.volume_min"),
        ({"market": 5}, "$.market"),
        ({"market": {"base": 1.5, "spread": 10}}, "volatility"),
        ({"market": {**ROW["market"], "base": 0}}, "base of market must be above 0"),
        ({"trade_calc_mode": "SYMBOL_CALC_MODE_BARTER"}, "$.trade_calc_mode"),
        ({"trade_calc_mode": "SYMBOL_CALC_MODE_EXCH_BONDS"}, "exchange bonds"),
        ({"trade_calc_mode": "SYMBOL_CALC_MODE_EXCH_BONDS_MOEX"}, "exchange bonds"),
        ({"trade_calc_mode": "SYMBOL_CALC_MODE_EXCH_FUTURES"}, "trade_tick_value is needed"),
        ({"trade_contract_size": 0}, "trade_contract_size must be above 0"),
        ({"volume_step": 0}, "do not fit together"),
        ({"margin_rates": [1, 1]}, "margin_rates must be 8 numbers"),
        ({"swap_days": [1, 1]}, "swap_days must be 7 numbers"),
        ({"swap_holidays": ["25.12.2025"]}, "swap_holidays must be dates such as '2025-12-29'"),
        ({"swap_holidays": ["20251225"]}, "swap_holidays must be dates such as '2025-12-29'"),
        ({"trade_sessions": ["Mon 9-5"]}, "sessions must look like"),
        ({"quote_sessions": ["Someday 09:00-10:00"]}, "'Someday 09:00-10:00'"),
        ({"like": "nothing"}, "[defaults.nothing]"),
    ],
)
def test_a_message_names_file_and_symbol_once(
    change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    message = refused(write(tmp_path, {**ROW, "name": "GOOD"}, {**ROW, **change}))
    assert message.startswith("symbol 'ABCUSD': ")
    assert message.count("ABCUSD") == 1
    assert said in message


@pytest.mark.parametrize("key", list(ROW))
def test_a_missing_key_is_named(key: str, tmp_path: Path) -> None:
    message = refused(write(tmp_path, {name: ROW[name] for name in ROW if name != key}))
    assert message == f"symbol {'?' if key == 'name' else 'ABCUSD'!r}: missing: {key}"


def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    assert refused(write(tmp_path, ROW, ROW)) == "symbol 'ABCUSD': is there twice"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bad.toml", "[[symbol]\nname ="),
        ("bad.toml", "[[symbols]]\nname = 'A'"),
        ("bad.json", "{"),
        ("bad.json", "[]"),
        ("bad.json", '{"symbol": 5}'),
        ("bad.json", '{"symbol": ["EURUSD"]}'),
        ("bad.json", '{"symbol": [], "defaults": []}'),
        ("bad.toml", None),
    ],
)
def test_a_bad_file_is_named(name: str, text: str | None, tmp_path: Path) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    assert refused(path).startswith("cannot be read as a list of symbols: ")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(b"\xff\xfe\x00")
    assert refused(path).startswith("cannot be read as a list of symbols: ")


# ---------------------------------------------------------------- from a connected terminal


def info(symbol: Symbol, **more: Any) -> SymbolInfo:
    """Return what a terminal tells about a symbol, zeros where the specification is silent."""
    empty = {"int": 0, "float": 0.0, "bool": False, "str": ""}
    kinds = SymbolInfo.__annotations__
    values = {name: empty[getattr(kinds[name], "__forward_arg__", None)] for name in kinds}
    values |= {name: getattr(symbol, name) for name in kinds if hasattr(symbol, name)}
    values |= {"bid": symbol.market.base, "spread": int(symbol.market.spread), **more}
    return SymbolInfo(**values)


def test_an_export_reads_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "broker.json"
    assert export_symbols([info(s) for s in built_in().values()], path) == len(built_in())
    again = load_symbols(path)
    assert list(again) == list(built_in())
    for name, symbol in built_in().items():
        for field in {*SymbolInfo._fields} & {*Symbol.__dataclass_fields__} - {"trade_tick_value"}:
            assert getattr(again[name], field) == getattr(symbol, field), (name, field)
        assert again[name].market.base == symbol.market.base
        assert again[name].market.spread == symbol.market.spread
        assert again[name].trading.always  # a terminal does not tell its hours
    assert again["ES.F"].trade_tick_value == 12.5
    assert again["AAPL"].margin_rates == (1.0,) * 8


def test_a_tick_value_that_moves_with_the_rates_is_not_exported(tmp_path: Path) -> None:
    path = tmp_path / "broker.json"
    export_symbols([info(built_in()["EURGBP"], trade_tick_value=1.27)], path)
    assert load_symbols(path)["EURGBP"].trade_tick_value == 0


def test_bonds_are_left_out_of_an_export(tmp_path: Path) -> None:
    path = tmp_path / "broker.json"
    bonds = [info(built_in()["AAPL"], trade_calc_mode=mode) for mode in NOT_SIMULATED]
    assert export_symbols([*bonds, info(built_in()["EURUSD"])], path) == 1
    assert list(load_symbols(path)) == ["EURUSD"]


def test_a_symbol_without_quotes_is_exported_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "broker.json"
    export_symbols([info(built_in()["EURUSD"], bid=0.0, spread=0)], path)
    market = load_symbols(path)["EURUSD"].market
    assert (market.base, market.spread) == (1.0, 1.0)


def test_what_a_caller_adds_to_the_built_in_symbols_is_its_own() -> None:
    found = built_in()
    found["MINE"] = found.pop("EURUSD")
    assert "EURUSD" in built_in()
    assert "MINE" not in built_in()
