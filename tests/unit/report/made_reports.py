# ruff: noqa: E501  tables
"""Reports as MetaTrader would save them, made by hand: any language, number format, table shape.

Profits are counted here on their own, with decimals, by the published formula (R140, R141).
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from html import escape

import numpy as np

WORDS = {
    "english": {},
    "spanish": {"balance": "saldo", "buy": "compra", "sell": "venta", "in": "entrada", "out": "salida", "in/out": "entrada/salida", "out by": "salida por", "filled": "ejecutada", "canceled": "cancelada"},
    "russian": {"balance": "баланс", "buy": "покупка", "sell": "продажа", "in": "вход", "out": "выход", "in/out": "вход/выход", "out by": "выход встречной", "filled": "исполнен", "canceled": "отменён"},
    "chinese": {"balance": "余额", "buy": "买入", "sell": "卖出", "in": "入", "out": "出", "in/out": "入/出", "out by": "平仓", "filled": "已成交", "canceled": "已取消"},
}  # fmt: skip
HEADS = {
    "english": ["Time", "Deal", "Symbol", "Type", "Direction", "Volume", "Price", "Order", "Commission", "Swap", "Profit", "Balance", "Comment"],
    "spanish": ["Hora", "Transacción", "Símbolo", "Tipo", "Dirección", "Volumen", "Precio", "Orden", "Comisión", "Swap", "Beneficio", "Saldo", "Comentario"],
    "russian": ["Время", "Сделка", "Символ", "Тип", "Направление", "Объем", "Цена", "Ордер", "Комиссия", "Своп", "Прибыль", "Баланс", "Комментарий"],
    "chinese": ["时间", "成交", "交易品种", "类型", "趋势", "交易量", "价位", "订单", "手续费", "库存费", "盈利", "结余", "注释"],
}  # fmt: skip
SYMBOLS = {  # digits, contract, base, profit currency, its digits, price
    "EURUSD": (5, 100_000, "EUR", "USD", 2, 1.1), "GBPUSD.m": (5, 100_000, "GBP", "USD", 2, 1.27),
    "USDJPY": (3, 100_000, "USD", "JPY", 0, 147.0), "XAUUSD": (2, 100, "XAU", "USD", 2, 2040.0),
    "EURJPY": (3, 100_000, "EUR", "JPY", 0, 160.0), "BTCUSD": (2, 1, "BTC", "USD", 2, 64000.0),
    "USDCHF": (5, 100_000, "USD", "CHF", 2, 0.88),
}  # fmt: skip
START = datetime(2024, 1, 8, tzinfo=UTC)


@dataclass
class Made:
    """A report's deals and orders as plain rows."""

    currency: str
    deals: list[dict] = field(default_factory=list)
    orders: list[list] = field(default_factory=list)
    digits: int = 2


def to_digits(value, digits):
    return Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def profit(name, currency, digits, volume, opened, closed, *, buy):
    """R140: each leg rounded in the profit currency, then converted at the closing price."""
    _, contract, base, quoted, places, _ = SYMBOLS[name]
    size = Decimal(str(volume)) * contract
    gain = to_digits(Decimal(str(closed)) * size, places) - to_digits(
        Decimal(str(opened)) * size, places
    )
    gain = gain if buy else -gain
    if quoted != currency:
        assert base == currency
        gain /= Decimal(str(closed))
    return float(to_digits(gain, digits))


def made(symbols, currency="USD", *, count=60, netting=False, seed=1, digits=2, commission=0.0):
    """Return a random report, several positions at once, partial closes, stops, reversals."""
    rng = np.random.default_rng(seed)
    book = Made(currency, digits=digits)
    at, balance = START, 10_000.0 if digits else 1_000_000.0
    price = {name: SYMBOLS[name][5] for name in symbols}
    open_ = {name: [] for name in symbols}
    number = 1

    def book_deal(name, kind, way, volume, gain, comment):
        nonlocal balance, number
        paid = -round(commission * volume, digits) if name else 0.0
        balance = round(balance + gain + paid, digits)
        book.deals.append(
            {"time": at, "deal": number, "symbol": name, "type": kind, "direction": way,
             "volume": volume, "price": price.get(name, 0.0), "order": number if name else 0,
             "commission": paid, "swap": 0.0, "profit": gain, "balance": balance,
             "comment": comment}
        )  # fmt: skip
        number += 1

    start, balance = balance, 0.0
    book_deal("", "balance", "", 0.0, start, "")
    for step in range(count):
        at += timedelta(seconds=int(rng.integers(61, 7000)))
        name = symbols[int(rng.integers(len(symbols)))]
        places = SYMBOLS[name][0]
        price[name] = round(price[name] * float(1 + rng.normal(0, 0.002)), places)
        lots, buy = open_[name], bool(rng.integers(2))
        volume = round(0.01 * int(rng.integers(1, 200)), 2)
        side = "buy" if buy else "sell"
        if step == count // 2:
            book_deal("", "balance", "", 0.0, -123.0, "withdrawal & <fee>")
        if lots and (netting or rng.random() < 0.6 or len(lots) > 8 or step > count - 12):
            one = lots[int(rng.integers(len(lots)))]
            closing = "sell" if one[0] else "buy"
            if netting and rng.random() < 0.25:
                gain = profit(name, currency, digits, one[1], one[2], price[name], buy=one[0])
                rest = 0.37
                book_deal(name, closing, "in/out", round(one[1] + rest, 2), gain, "")
                lots[:] = [[not one[0], rest, price[name]]]
                continue
            part = one[1] if rng.random() < 0.6 or one[1] < 0.02 else round(one[1] / 2, 2)
            gain = profit(name, currency, digits, part, one[2], price[name], buy=one[0])
            word = ["", "sl", "tp", "end of test"][int(rng.integers(4))]
            comment = f"{word} {price[name]:.{places}f}" if word in {"sl", "tp"} else word
            book_deal(name, closing, "out", part, gain, comment)
            one[1] = round(one[1] - part, 2)
            if not one[1]:
                lots.remove(one)
            continue
        book_deal(name, side, "in", volume, 0.0, 'magic "7" & <x>')
        lots.append([buy, volume, price[name]])
    return book


# -- as a file ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Style:
    """How a terminal writes."""

    language: str = "english"
    group: str = " "
    mark: str = "."
    comment: bool = True
    fee: bool = False
    encoding: str = "utf-16"
    heads: bool = True


def money(value, digits, style):
    text = f"{value:,.{digits}f}".replace(",", "G").replace(".", style.mark)
    return text.replace("G", style.group)


def stamp(at):
    return f"{at:%Y.%m.%d %H:%M:%S}"


def tables(book, style):
    """Return the rows of orders and deals as texts."""
    words = WORDS[style.language]
    orders, deals = [], []
    for one in book.deals:
        places = SYMBOLS[one["symbol"]][0] if one["symbol"] else 0
        price = f"{one['price']:.{places}f}".replace(".", style.mark) if one["symbol"] else ""
        volume = f"{one['volume']:g}".replace(".", style.mark) if one["symbol"] else ""
        cash = [money(one[name], book.digits, style) for name in ("commission", "swap", "profit", "balance")]  # fmt: skip
        if style.fee:
            cash.insert(1, money(0.0, book.digits, style))
        row = [stamp(one["time"]), str(one["deal"]), one["symbol"], words.get(one["type"], one["type"]),
               words.get(one["direction"], one["direction"]), volume, price,
               str(one["order"]) if one["symbol"] else "", *cash]  # fmt: skip
        deals.append([*row, one["comment"]] if style.comment else row)
        if one["symbol"]:
            done = words.get("filled", "filled")
            orders.append([stamp(one["time"]), str(one["order"]), one["symbol"], words.get(one["type"], one["type"]),
                           f"{volume} / {volume}", price.replace("1", "0"), "", "", stamp(one["time"]), done, ""])  # fmt: skip
    canceled = words.get("canceled", "canceled")
    if orders:
        for state in (canceled, "expired"):
            orders.append([*orders[-1][:3], "buy limit", f"1{style.mark}00 / 0{style.mark}00", *orders[-1][5:9], state, ""])  # fmt: skip
    heads = list(HEADS[style.language])
    if style.fee:
        heads.insert(9, "Fee" if style.language == "english" else "x")
    if not style.comment:
        heads.pop()
    return orders, deals, heads


def settings(book, style):
    """Return the rows above the tables."""
    first = book.deals[0]
    return [
        ["A report"], ["Broker-Demo (Build 5000)"], ["a:", "EA"], ["b:", "EURUSD"],
        ["c:", "H1 (2024.01.08 - 2024.03.09)"], ["d:", "x=1"], ["e:", "Broker & Co"],
        ["f:", book.currency], ["g:", money(first["profit"], book.digits, style)], ["h:", "1:100"],
    ]  # fmt: skip


def html(path, book, style=None):
    style = style or Style()
    orders, deals, heads = tables(book, style)
    lines = [*settings(book, style), ["Orders"], ["o"] * 11, *orders, [""], ["Deals"]]
    lines += [heads] if style.heads else []
    lines += [*deals, ["", "0", "0", "0"]]
    body = "".join(
        "<tr>"
        + "".join(f"<td nowrap><b>{escape(cell).replace(chr(160), '&nbsp;')}</b></td>" for cell in line)
        + "</tr>\n"
        for line in lines
    )  # fmt: skip
    path.write_bytes(f"<html><body><table>{body}</table></body></html>".encode(style.encoding))
    return path


SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
DAY_ONE = datetime(1899, 12, 30, tzinfo=UTC)


def serial(text, first=DAY_ONE):
    at = datetime.strptime(text, "%Y.%m.%d %H:%M:%S").replace(tzinfo=UTC)
    return (at - first) / timedelta(days=1)


def cell_of(text, place, *, inline, dates, first=DAY_ONE):
    """Return a cell's XML: a number where the text is one, a day's number for times."""
    where = f' r="{place}"' if place else ""
    plain = text.replace(" ", "")
    if dates and len(text) == 19 and text[4] == ".":
        style = ' s="1"' if dates == "styled" else ""
        return f"<c{where}{style}><v>{serial(text, first)!r}</v></c>"
    if plain and plain.replace(".", "", 1).replace("-", "", 1).isdigit():
        return f"<c{where}><v>{float(plain)!r}</v></c>"
    if inline:
        return f'<c{where} t="inlineStr"><is><r><t>{escape(text[:2])}</t></r><r><t>{escape(text[2:])}</t></r></is></c>'  # fmt: skip
    return f'<c{where} t="str"><v>{escape(text)}</v></c>'


def workbook(path, book, *, inline=False, dates="", placed=True, since_1904=False, sheets=1):
    """Write a workbook; `dates` is "" (texts), "styled" or "bare" numbers."""
    orders, deals, heads = tables(book, Style())
    first = datetime(1904, 1, 1, tzinfo=UTC) if since_1904 else DAY_ONE
    upper = [*settings(book, Style()), ["Orders"], ["o"] * 11, *orders, [""]]
    parts = [[*upper, ["Deals"], heads, *deals]] if sheets == 1 else [upper, [heads, *deals]]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for at, lines in enumerate(parts, 1):
            body = []
            for number, line in enumerate(lines, 1):
                cells = [
                    cell_of(text, f"{chr(65 + where)}{number}" if placed else "",
                            inline=inline, dates=dates, first=first)
                    for where, text in enumerate(line) if text or not placed
                ]  # fmt: skip
                body.append(f"<row{f' r={chr(34)}{number}{chr(34)}' if placed else ''}>{''.join(cells)}</row>")  # fmt: skip
            file.writestr(f"xl/worksheets/sheet{at}.xml", f"<worksheet {SPACE}><sheetData>{''.join(body)}</sheetData></worksheet>")  # fmt: skip
        file.writestr("xl/workbook.xml", f'<workbook {SPACE}><workbookPr date1904="{int(since_1904)}"/></workbook>')  # fmt: skip
        file.writestr("xl/styles.xml", f'<styleSheet {SPACE}><numFmts><numFmt numFmtId="170" formatCode="yyyy\\.mm\\.dd hh:mm:ss"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>')  # fmt: skip
    return path
