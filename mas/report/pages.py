"""Renders the templates of reports; every value is escaped unless a template says otherwise."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from jinja2 import Environment

HERE = Path(__file__).parent


def render(template: str, **values: Any) -> str:
    """Return what a file of ``templates`` makes of some values.

    The text is marked as safe: another template takes it as it is.
    """
    from markupsafe import Markup  # noqa: PLC0415

    return Markup(_environment().get_template(template).render(values))  # noqa: S704  escaped there


def render_page(template: str, **values: Any) -> str:
    """Return a whole page, with its style."""
    return str(render(template, css=_style(), **values))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    made = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters["day"] = _day
    made.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "allow_nan": False}
    return made


@cache
def _style() -> str:
    return (HERE / "page.css").read_text(encoding="utf-8")


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"
