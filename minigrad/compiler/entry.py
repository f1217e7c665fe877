"""Entry: the fast path of a call, which stands between a call and the generated code and is as thin as can be.

The code is for floats. The fast path is guarded by a look at whether that is what it was given; then it runs the code,
which for short functions stands right inside it. Everything else it hands on. For `lambda x: 3.0 * x` it reads

    def fast_path(x=_missing):
        if x.__class__ is float:
            try:
                return 3.0 * x
            except _failures:
                pass
        return _again(x)
"""

from __future__ import annotations

from ..machinery.recorder import LIVE
from .errors import FAILURES, GuardFailed, Unrepeatable
from .names import code_of
from .printer import WIDTH
from .specialize import Specialization

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LONGEST = 60 * WIDTH  # a body that stands inside its fast path is compiled twice
MOST = 32


def fast_path(specialization: Specialization, general: Callable[..., Any]) -> Any:
    """The fast path of calls with floats alone; None if such calls need more. All others go to `general`."""
    _, (_, *args), (_, keys, *_) = specialization.structure
    code = specialization.code("call")
    if keys or code.convention.tagged or len(args) > MOST or args.count(float) < len(args):
        return None
    inputs = code.convention.inputs[: len(args)]
    names = inputs
    plain = _takes_just(specialization.f, names)
    if not plain:
        names = [f"_{i}" for i in range(len(args))]
    scope = {
        "_missing": _MISSING,
        "_failures": (*FAILURES, GuardFailed, Unrepeatable),
        "_again": _again(general, names),
    }
    scope |= {"_run": code.function, "_captured": code.parameters, "_live": LIVE}
    if specialization.target.inlined and not code.parameters and len(code.source) <= LONGEST:
        body = code.source.split(":\n", 1)[1]  # behind the head, which may take several lines
        lines = [f"    {a} = {b}\n" for a, b in zip(inputs, names, strict=True) if a != b]
        lines += body.splitlines(keepends=True)
        scope = code.function.__globals__ | scope
    else:
        lines = [f"    return _run({', '.join([*names, '*[p._number for p in _captured]'])})\n"]
    exec(_text(names, plain, bool(code.parameters), lines), scope)
    return scope["fast_path"]


def _text(names: list[str], plain: bool, captured: bool, body: list[str]) -> str:
    tests = [f"{name}.__class__ is float" for name in names]
    tests += [] if plain else ["not _rest", "not _named"]
    tests += ["not _live"] if captured else []  # in a trace the parameters are Values of a larger graph
    rest = [] if plain else ["*_rest", "**_named"]
    return (
        f"def fast_path({', '.join([f'{name}=_missing' for name in names] + rest)}):\n"
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
        """The call as it was before the fast path filled in what was missing."""
        n = next((i for i, x in enumerate(given) if x is _MISSING), len(given))
        named |= {name: x for name, x in zip(names[n:], given[n:], strict=False) if x is not _MISSING}
        return general(*given[:n], **named)

    return again


_MISSING = object()
