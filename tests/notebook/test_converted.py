"""A converted notebook still reads: without a kernel, without scripts, without a network."""

from __future__ import annotations

import re

import nbformat
import pytest
from nbconvert import HTMLExporter, MarkdownExporter

from tests.notebook.environment import NOTEBOOKS

pytestmark = pytest.mark.notebook
# Converting reads templates and warns about widgets without state, which is the point here.
quiet = pytest.mark.filterwarnings("ignore")


@quiet
def test_the_quickstart_as_a_page_has_its_cards_and_tables() -> None:
    path = next(one for one in NOTEBOOKS if one.stem == "01_quickstart")
    page, _ = HTMLExporter().from_notebook_node(nbformat.read(path, as_version=4))
    words = re.sub(r"<[^>]+>", " ", page)
    for told in ("MAS-Sim", "filled · Request executed (10009)", "Positions", "sell limit"):
        assert told in words
    assert "<table class='mas-static'>" in page or '<table class="mas-static">' in page


@quiet
def test_the_quickstart_as_text_has_its_cards_and_tables() -> None:
    path = next(one for one in NOTEBOOKS if one.stem == "01_quickstart")
    text, _ = MarkdownExporter().from_notebook_node(nbformat.read(path, as_version=4))
    assert "filled · Request executed (10009)" in text
