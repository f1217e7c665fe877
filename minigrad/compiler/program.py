"""compile: the graph of a function, written out as straight-line Python, and that run in its place.

The first call runs the function on Values, as `backward` would have it, and prints the graph that leaves behind. A
derivative is only more graph, so `compile(grad(f))` needs nothing of its own.

>>> from minigrad.transforms import value_and_grad
>>> @compile
... @value_and_grad
... def f(x, y):
...     return (x * y - 1.0) ** 2
>>> f(2.0, 3.0)
(25.0, 30.0)
>>> print(f.source, end="")
def value_and_grad_of_f(x, y):
    t1 = x * y - 1.0
    return t1 ** 2.0, 2.0 * t1 * y

Calls give, bit for bit, what the function itself would. A comparison of arguments is checked again in each call.
"""

from __future__ import annotations

from types import MethodType

from ..engine import Value
from ..machinery.locks import Lock
from ..machinery.recorder import tracing, unseen
from ..machinery.trees import flattened
from .names import name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from .program_op import ProgramOp
    from .rows import Rows
    from .specialize import Specialization
    from .target import Target

MOST_OPS = 32  # choices of the arguments that are Values, each with code of its own; all others share one


def compile(f: Callable[..., Any], *, jit: Callable[..., Any] | None = None, xp: Any = None) -> Program:  # noqa: A001
    """The function `f` as a `Program`: the same results, many times faster from the second call on. Also a decorator.

    f: any function of numbers, or of lists, tuples and dicts of numbers nested as you like, that computes with
        minigrad's functions and returns numbers, nested in the same way. Arguments that are no numbers (text, flags,
        None, ...) are taken as they are: for each there is code of its own. Values that `f` knows otherwise, a
        model's parameters, are read anew in each call.
    jit: a decorator for the generated functions, such as `numba.njit`, which makes machine code of them.
    xp: an array namespace, such as `numpy`, to run the generated code on whole columns of numbers. Calls then take
        columns too, one-dimensional arrays, and give columns, without gradient; `backward` and `over` go through their
        rows in blocks. Values agree with plain code to 1e-12 of the largest term, times the condition of the program.

    Raises TypeError if `f` is no function, `xp` no array namespace, or if there are both `jit` and `xp`. Whatever else
    `f` reads, the `.data` of a Value too, it reads only while it is traced; docs/compile.md tells more.

    >>> compile(lambda x: x * x if x > 1.0 else 3.0 * x)(2.0)
    4.0
    """
    return Program(f, jit, xp)


class Program:
    """A compiled function. Call it like the one it was made of: it gives what that gives.

    Numbers give numbers. Where the function would give a Value, because an argument is one or because it knows some, a
    model's parameters, so does the Program: one node, from which gradient flows to all that it depends on. `value(...)`
    is for the number alone. While another function is traced, the original runs as a part of that.

    >>> w = Value(3.0)
    >>> program, other = compile(lambda x: 3.0 * x), compile(lambda x: w * x)
    >>> program(2), program(Value(2.0)), other(2.0), other.value(2.0)
    (6.0, Value(data=6.0, grad=0.0), Value(data=6.0, grad=0.0), 6.0)
    """

    # Both calls are slots: each program's own fast paths, so that a call meets no other function on its way.
    __slots__ = ("__call__", "value", "__dict__", "__weakref__")

    __call__: Callable[..., Any]
    value: Callable[..., Any]

    def __init__(self, f: Callable[..., Any], jit: Callable[..., Any] | None = None, xp: Any = None) -> None:
        for what, x in (("a function", f), ("a decorator for jit", jit or compile)):
            if not callable(x):
                got = f"{x!r:.100} ({type(x).__name__})"
                raise TypeError(f"expected {what}, got {got}; write compile(f), not compile(f(x))")
        self.__wrapped__, self.__name__, self.__doc__ = f, name_of(f), f.__doc__
        self.__module__ = getattr(f, "__module__", __name__)
        self.jit, self.xp = jit, xp
        self._target: Target | None = None  # what only a program that runs needs is imported when it does
        self._rows: type[Rows] | None = None
        self._known: dict[Any, Specialization] = {}  # by structure
        self._entered: dict[Specialization, int] = {}  # how many paths each knew when its fast path was made
        self._lock = Lock()
        self._slow = self._general, self._numbers
        if xp is not None:
            if jit is not None:
                raise TypeError(
                    "expected jit or xp, got both: code is either machine code for numbers or runs on columns; compile "
                    "the function twice"
                )
            self._slow = self._over_columns, self._columns_of
            self._target = _target(jit, xp)
        self.__call__, self.value = self._slow

    @property
    def source(self) -> str:
        """The Python that was generated so far: a function for each structure of arguments it was called with."""
        if not self._known:
            raise RuntimeError(f"expected a call before the source of {self.__name__} is read, got none: call it first")
        return "\n\n".join([known.source(self.target) for known in self._known.values()])

    @property
    def parameters(self) -> list[Value]:
        """The Values that the function knows without being passed them, in the order in which it meets them."""
        return [*dict.fromkeys(x for known in self._known.values() for x in known.parameters)]

    @property
    def traces(self) -> int:
        """How often the original ran to be traced: once for each path, or twice if it knows Values by no name.

        >>> program = compile(lambda x: x * x if x > 1.0 else 3.0 * x)
        >>> [program(x) for x in (2.0, 0.5, 3.0, 4.0)], program.traces, program.fallbacks
        ([4.0, 1.5, 9.0, 16.0], 2, 0)
        """
        return sum([known.traces for known in self._known.values()])

    @property
    def fallbacks(self) -> int:
        """How often the original ran because the generated code had no answer: for an error, or at a pole.

        A table counts once for each row. What runs the original by design is not counted: calls with Values, calls
        while another function is traced, and `over(rows).graph()`.
        """
        return sum([known.fallbacks for known in self._known.values()])

    def over(self, rows: Any, allreduce: Callable[[Any], Any] | None = None) -> Any:
        """The mean of this function over these rows, which are read once: an objective for `minimize`.

        Its `backward()` is `backward(rows)`, called it gives the mean, and `graph()` the mean as a Value. With
        `allreduce`, as mpi4py's communicators have it, `rows` are those of this process, and the mean is over those of
        all, see `SharedRows`.

        >>> from minigrad import minimize
        >>> from minigrad.optim import SGD
        >>> w = Value(0.0)
        >>> loss = compile(lambda x, y: (w * x - y) ** 2)
        >>> minimize(loss.over([(1.0, 3.0), (2.0, 6.0)]), SGD([w], lr=0.1)).reason, round(w.data, 6)
        ('converged', 3.0)
        """
        if self._rows is None:  # at hand from now on: the import alone would take a fifth of a short loop's time
            if self.xp is None:
                from .rows import Rows as Kind
            else:
                from .column_rows import ColumnRows as Kind
            self._rows = Kind
        if allreduce is not None:
            from .shares import SharedRows

            return SharedRows(self._rows(self, rows), allreduce)
        return self._rows(self, rows)

    def backward(self, rows: Iterable[Any] = ((),)) -> float:
        """The mean of f(*row) over the rows; adds its gradient to the `.grad` of the parameters.

        The same as `mean([f(*row) for row in rows]).backward()`, bit for bit, as one generated loop. `rows` are tuples
        of arguments, from any iterable, or a two-dimensional array; a function without arguments needs none. Raises
        ValueError if there are no rows or `f` knows no parameters, TypeError if `f` does not return one number.

        >>> w = Value(0.0)
        >>> loss = compile(lambda x, y: (w * x - y) ** 2)
        >>> loss.backward([(1.0, 3.0), (2.0, 6.0)]), w.grad
        (22.5, -15.0)
        """
        return float(self.over(rows).backward())

    # How a call is answered.

    def _general(self, *args: Any, **kwargs: Any) -> Any:
        """A call with any arguments."""
        if tracing() is not None:
            return self.__wrapped__(*args, **kwargs)
        known, leaves = self._asked(args, kwargs)
        places = tuple([i for i, x in enumerate(leaves) if x.__class__ is not float])
        if not places and not known.parameters:
            result = self._answer(known, leaves)
            if not known.parameters:
                return result
        return self._as_op(known, places).answer(leaves)

    def _numbers(self, *args: Any, **kwargs: Any) -> Any:
        """A call for numbers alone: the same, but no Value comes in or out."""
        if tracing() is not None:
            raise unseen(f"the numbers of {self!r}")
        from .specialize import as_numbers

        known, numbers = self._asked(args, kwargs)
        for x in numbers:
            if x.__class__ is not float:
                raise TypeError(
                    f"expected numbers, got {x!r:.100}; call {self.__name__}(...) itself to have a gradient"
                )
        return as_numbers(self._answer(known, numbers))

    def _over_columns(self, *args: Any, **kwargs: Any) -> Any:
        """A call that may have columns among its arguments, if there is a namespace for them."""
        from .column_calls import answer

        return answer(self, self._general, args, kwargs)

    def _columns_of(self, *args: Any, **kwargs: Any) -> Any:
        """The same for numbers alone."""
        from .column_calls import answer

        return answer(self, self._numbers, args, kwargs)

    def _asked(self, args: Any, kwargs: Any) -> tuple[Specialization, list[Any]]:
        structure, leaves = flattened((args, kwargs))
        return self._known.get(structure) or self.specialization(structure), leaves

    def _answer(self, known: Specialization, numbers: Sequence[float]) -> Any:
        try:
            return known.answer(numbers)
        finally:
            if self._entered.get(known, 0) != known.written:
                self._enter(known)

    def _enter(self, known: Specialization) -> None:
        """Have later calls run by the code as it is now."""
        from .entry import fast_path

        count = known.written
        call, value = self._slow
        self.value = fast_path(known, value) or self.value
        if known.parameters:
            self.__call__ = call
        else:
            self.__call__ = fast_path(known, call) or self.__call__
        self._entered[known] = count

    def _as_op(self, known: Specialization, places: tuple[int, ...]) -> ProgramOp:
        key = places if places in known.as_ops or len(known.as_ops) < MOST_OPS else None
        if key not in known.as_ops:
            from .program_op import ProgramOp

            known.as_ops.setdefault(key, ProgramOp(known, key))
        found: ProgramOp = known.as_ops[key]
        return found

    def specialization(self, structure: Any) -> Specialization:
        """All that is known for arguments of this structure."""
        if (known := self._known.get(structure)) is not None:
            return known
        from .specialize import specialized

        target = self.target.scalar
        with self._lock.own:
            return specialized(self._known, structure, self.__wrapped__, target)

    @property
    def target(self) -> Target:
        """What the code is generated for."""
        if self._target is None:
            self._target = _target(self.jit, None)  # (two threads may make two at once: each does as well)
        return self._target

    # Manners.

    def __reduce__(self) -> Any:
        from .pickling import described

        learned = [described(known) for known in self._known.values() if known.call.count]
        space = () if self.xp is None else (self.xp.__name__,)  # a module goes by its name
        if not learned:  # nothing is known yet but the function itself
            return _unlearned, (self.__wrapped__, self.jit, *space)
        return _from_pickle, (self.__name__, self.__doc__, learned, self.jit, *space)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<compiled {self.__name__}>"


def _target(jit: Callable[..., Any] | None, xp: Any) -> Target:
    """What the code is generated for."""
    if xp is not None:
        from .columns import Columns

        return Columns(xp)
    from .target import target_of

    return target_of(jit)


def _unlearned(f: Callable[..., Any], jit: Callable[..., Any] | None, space: str | None = None) -> Program:
    return Program(f, jit, _namespace(space))


def _from_pickle(
    name: str, doc: str | None, learned: list[Any], jit: Callable[..., Any] | None, space: str | None = None
) -> Program:
    from .pickling import Replay

    xp = _namespace(space)
    target = _target(jit, xp)
    replay = Replay(name, doc, learned, target.scalar)
    program = Program(replay, jit, xp)
    program._target = target
    program._known |= replay.specializations
    return program


def _namespace(name: str | None) -> Any:
    if name is None:
        return None
    from importlib import import_module

    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        package = name.partition(".")[0]
        raise ModuleNotFoundError(
            f"expected {name}, on whose columns this program runs, got none; install it: pip install {package}",
            name=error.name,
        ) from error
