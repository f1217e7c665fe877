"""Doors: what stands between a call of a compiled function and its code, and is as thin as can be.

The code is for floats. A door looks whether that is what it was given, and if so runs the code, which for short
functions stands right inside it; everything else it hands on. For `lambda x: 3.0 * x` it reads

    def door(x=_missing):
        if x.__class__ is float:
            try:
                return 3.0 * x
            except _failures:
                pass
        return _again(x)
"""

from __future__ import annotations

from ..machinery.recorder import COMPARISONS
from .codegen import WIDTH
from .names import code_of
from .rows import FAILURES
from .tracing import NewWay

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .plans import Plan

NAMES = ("_missing", "_failures", "_again", "_run", "_captured", "_tracing", "_rest", "_named")
LONGEST = 60 * WIDTH  # a body that stands inside its door is compiled twice
MOST = 32


def door(plan: Plan, general: Callable[..., Any], jit: Callable[..., Any] | None) -> Any:
    """A door for calls with floats alone; None if such calls need more than that. All others go to `general`."""
    _, (_, *args), (_, keys, *_) = plan.shape
    function, frame, source, captured = plan.function("call", jit)
    if keys or frame.coded or len(args) > MOST or args.count(float) < len(args):
        return None
    names = frame.inputs[: len(args)]
    plain = _takes_just(plan.f, names)
    if not plain:
        names = [f"_{i}" for i in range(len(args))]
    scope = {"_missing": _MISSING, "_failures": (*FAILURES, NewWay), "_again": _again(general, names), "_run": function}
    scope |= {"_captured": captured, "_tracing": COMPARISONS.get}
    if jit is None and not captured and len(source) <= LONGEST:
        head, body = source.split(":\n", 1)
        body = [f"    {a} = {b}\n" for a, b in zip(frame.inputs, names, strict=True) if a != b]
        body += source.splitlines(keepends=True)[1 + head.count("\n") :]
        scope = function.__globals__ | scope
    else:
        body = [f"    return _run({', '.join([*names, '*[p._number for p in _captured]'])})\n"]
    exec(_text(names, plain, bool(captured), body), scope)
    return scope["door"]


def _text(names: list[str], plain: bool, captured: bool, body: list[str]) -> str:
    tests = [f"{name}.__class__ is float" for name in names]
    tests += [] if plain else ["not _rest", "not _named"]
    tests += ["_tracing() is None"] if captured else []  # in a trace the parameters are Values of a larger graph
    rest = [] if plain else ["*_rest", "**_named"]
    return (
        f"def door({', '.join([f'{name}=_missing' for name in names] + rest)}):\n"
        f"    if {' and '.join(tests or ['True'])}:\n"
        f"        try:\n{''.join(['        ' + line for line in body])}"
        f"        except _failures:\n"
        f"            pass\n"
        f"    return _again({', '.join(names + rest)})\n"
    )


def _takes_just(f: Any, names: list[str]) -> bool:
    """Whether `f` has just these parameters, so that Python itself may match a call's arguments with them."""
    code, bound = code_of(f)
    if code is None or code.co_flags & 0x0C or code.co_kwonlyargcount or code.co_posonlyargcount:
        return False
    return list(code.co_varnames[bound : code.co_argcount]) == names


def _again(general: Callable[..., Any], names: list[str]) -> Callable[..., Any]:
    def again(*given: Any, **named: Any) -> Any:
        """The call as it was before the door filled in what was missing."""
        n = next((i for i, x in enumerate(given) if x is _MISSING), len(given))
        named |= {name: x for name, x in zip(names[n:], given[n:], strict=False) if x is not _MISSING}
        return general(*given[:n], **named)

    return again


_MISSING = object()
