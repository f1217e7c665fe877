"""Names that a package hands on without having loaded them: their files are read when somebody first asks.

A script pays for what it uses, then, and `import minigrad` stays quick (PEP 562 is how Python is told).

>>> load, listed = late("minigrad.optim", {"LBFGS": "lbfgs"})
>>> load("LBFGS"), "LBFGS" in listed()
(<class 'minigrad.optim.lbfgs.LBFGS'>, True)
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def late(name: str, files: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a module, named `name`; `files` says in which file of its package a name stands.

    A name that is that of the file is the file, and no name in it: Python puts it there as soon as it is loaded.
    """
    module = sys.modules[name]

    def load(attribute: str) -> Any:
        if attribute not in files:
            raise AttributeError(f"module {name!r} has no attribute {attribute!r}", name=attribute, obj=module)
        from importlib import import_module

        found = import_module(f".{files[attribute]}", module.__package__)
        if files[attribute] != attribute:
            found = getattr(found, attribute)
        setattr(module, attribute, found)  # the next one to ask finds it
        return found

    def listed() -> list[str]:
        return sorted({*vars(module), *files})

    return load, listed
