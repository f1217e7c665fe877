"""The backward pass told. Read `explanation` (what a reader sees), then `story` (the sentences)."""

from .explanation import Explanation, explain

__all__ = ["Explanation", "explain"]
