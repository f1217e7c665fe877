"""Write the reference's plain text anew from the docstrings: `python docs/reference`. Needs nothing but minigrad.

Each entry stands between two comments that a code host does not show. There a reader sees what is between them: the
signature, the summary and one example. On the site, which knows Sphinx, the whole docstring stands in its place.
"""

from __future__ import annotations

import ast
import doctest
import inspect
import pkgutil
import re
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent.parent))

ENTRY = re.compile(r"<!-- (auto\w+) ([\w.]+)((?: :[\w-]+:[^:>]*?)*) -->\n(.*?)<!-- end -->", re.DOTALL)


def signature(name: str, thing: Any) -> str:
    """How `thing` is called, without the types, which the docstrings say better."""
    try:
        found = inspect.signature(thing)
    except (TypeError, ValueError):
        return name
    kept = [p.replace(annotation=p.empty) for p in found.parameters.values() if p.name != "self"]
    text = name + str(found.replace(parameters=kept, return_annotation=found.empty))
    return re.sub(r"<function (\S*?)(<lambda>)? at 0x\w+>", lambda default: "..." if default[2] else default[1], text)


def summary(thing: Any) -> str:
    """The first paragraph of the docstring, on one line."""
    return " ".join((inspect.getdoc(thing) or "").partition("\n\n")[0].split())


def example(thing: Any, module: Any) -> str:
    """The first example of the docstring, with the imports that it needs in front."""
    text = inspect.getdoc(thing) or ""
    found = re.search(r"^>>> .*?(?=\n\s*\n|\Z)", text, re.MULTILINE | re.DOTALL)
    if not found:
        return ""
    source = "".join([part.source for part in doctest.DocTestParser().get_examples(found[0] + "\n")])
    nodes = list(ast.walk(ast.parse(source)))
    bound = {alias.asname or alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)} - bound
    lines: dict[str, list[str]] = {}
    for name in sorted(used & vars(module).keys()):
        if inspect.ismodule(vars(module)[name]):
            lines.setdefault("", []).append(name)
        else:
            lines.setdefault(public(name, vars(module)[name], module.__name__), []).append(name)
    imports = [f">>> from {place} import {', '.join(names)}" if place else "" for place, names in lines.items()]
    imports += [f">>> import {name}" for name in lines.get("", [])]
    return "\n".join(["```python", *[line for line in imports if line], found[0], "", "```"])


def public(name: str, thing: Any, module: str) -> str:
    """The shortest import path that leads to it: `minigrad`, else `minigrad.optim`, else `minigrad.optim.rules`."""
    parts = module.split(".")
    paths = [".".join(parts[: i + 1]) for i in range(len(parts))]
    return next((path for path in paths if getattr(sys.modules[path], name, None) is thing), module)


def entry(kind: str, name: str, options: str) -> str:
    """The plain text of one entry."""
    thing = pkgutil.resolve_name(name)
    members = re.search(r":members:([^:]*)", options)
    listed = [member.strip() for member in members[1].split(",") if member.strip()] if members else []
    if kind == "automodule":
        public = listed or [n for n, x in vars(thing).items() if getattr(x, "__module__", "") == name and n[0] != "_"]
        return "\n\n".join([described(member, getattr(thing, member)) for member in public])
    parts = [described(name.rpartition(".")[2], thing)]
    if members and not listed:
        listed = [n for n, x in vars(thing).items() if n[0] != "_" and inspect.getdoc(x) and not isinstance(x, type)]
    rows = []
    for member in listed:
        x = inspect.getattr_static(thing, member)
        x = getattr(thing, member) if callable(getattr(thing, member)) else x
        rows.append(f"- `{signature(member, x) if callable(x) else member}`: {summary(x)}".removesuffix(": "))
    return "\n\n".join([*parts, "\n".join(rows)] if rows else parts)


def described(name: str, thing: Any) -> str:
    """Signature, summary and example of one function or class."""
    module = sys.modules[getattr(thing, "__module__", None) or "minigrad"]
    parts = [f"**`{signature(name, thing)}`**", summary(thing), example(thing, module)]
    return "\n\n".join([part for part in parts if part])


def plain(page: str) -> str:
    """A page of the reference with the plain text of each entry as the docstrings have it now."""

    def write(found: re.Match[str]) -> str:
        kind, name, options, _ = found.groups()
        return f"<!-- {kind} {name}{options} -->\n\n{entry(kind, name, options)}\n\n<!-- end -->"

    return ENTRY.sub(write, page)


if __name__ == "__main__":
    for path in FOLDER.glob("*.md"):
        path.write_text(plain(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
