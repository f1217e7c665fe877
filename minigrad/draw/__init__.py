"""Graphs as pictures. Read `formats` (SVG, DOT, Mermaid), then `layout` (where boxes go) and `svg` (what they are)."""

from .formats import to_dot, to_mermaid, to_svg

__all__ = ["to_dot", "to_mermaid", "to_svg"]
