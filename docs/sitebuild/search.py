"""A search that finds *pérdida* for *perdida*: accents go before a word is looked up, in the index and in the query."""

from __future__ import annotations

import unicodedata

from sphinx.search import SearchEnglish


def plain(text: str) -> str:
    """A text without its accents.

    >>> plain("Pérdida, pequeña, según")
    'Perdida, pequena, segun'
    """
    return "".join([c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)])


class SearchWithoutAccents(SearchEnglish):
    """Sphinx's search for English, on words without accents. English words have none, so nothing changes for them."""

    js_splitter_code = r"""
var splitQuery = (query) =>
  query
    .normalize("NFD")
    .replace(/\p{Mark}/gu, "")
    .split(/[^\p{Letter}\p{Number}_\p{Emoji_Presentation}]+/gu)
    .filter((term) => term);
"""

    def split(self, input: str) -> list[str]:  # noqa: A002  # Sphinx's own name for it
        """The words of a text, without accents."""
        return super().split(plain(input))
