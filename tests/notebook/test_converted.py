"""A converted notebook still reads: without a kernel, without scripts, without a network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.notebook.environment import NOTEBOOKS

if TYPE_CHECKING:
    from nbformat import NotebookNode

pytestmark = pytest.mark.notebook
# Converting reads templates and warns about widgets without state, which is the point here.
quiet = pytest.mark.filterwarnings("ignore")


def quickstart() -> NotebookNode:
    import nbformat  # reads many grammars: not where these tests are left out

    path = next(one for one in NOTEBOOKS if one.stem == "01_quickstart")
    return nbformat.read(path, as_version=4)


@quiet
def test_the_quickstart_as_a_page_has_its_cards_and_tables() -> None:
    from nbconvert import HTMLExporter

    page, _ = HTMLExporter().from_notebook_node(quickstart())
    words = re.sub(r"<[^>]+>", " ", page)
    for told in ("MAS-Sim", "filled · Request executed (10009)", "Positions", "sell limit"):
        assert told in words
    assert "<table class='mas-static'>" in page or '<table class="mas-static">' in page


@quiet
def test_the_quickstart_as_text_has_its_cards_and_tables() -> None:
    from nbconvert import MarkdownExporter

    text, _ = MarkdownExporter().from_notebook_node(quickstart())
    assert "filled · Request executed (10009)" in text
