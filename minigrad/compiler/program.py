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

from _thread import allocate_lock
from types import MethodType

from ..engine import Value
from ..machinery.recorder import COMPARISONS
from ..machinery.trees import mapped
from .names import name_of
from .rows import FAILURES, Rows, added
from .tracing import NewWay, flattened, rebuilt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from .plans import Plan

MOST_PLANS = 256  # more shapes than that are no accident


def compile(f: Callable[..., Any], *, jit: Callable[..., Any] | None = None) -> Program:  # noqa: A001
    """The function `f` as a `Program`: the same results, many times faster from the second call on. Also a decorator.

    f: any function of numbers, or of lists, tuples and dicts of numbers nested as you like, that computes with
        minigrad's functions and returns numbers, nested in the same way. Arguments that are no numbers (text, flags,
        None, ...) are taken as they are: for each there is code of its own. Values that `f` knows otherwise, a
        model's parameters, are read anew in each call.
    jit: a decorator for the generated functions, such as `numba.njit`, which makes machine code of them.

    Raises TypeError if `f` is no function. Whatever else `f` reads, the `.data` of a Value too, it reads only while it
    is traced; docs/compile.md tells more.

    >>> compile(lambda x: x * x if x > 1.0 else 3.0 * x)(2.0)
    4.0
    """
    return Program(f, jit)


class Program:
    """A compiled function. Call it like the one it was made of, with numbers.

    Called with Values, or while another function is traced, it runs the original instead, so that gradients flow.

    >>> program = compile(lambda x: 3.0 * x)
    >>> program(2), program(Value(2.0))
    (6.0, Value(data=6.0, grad=0.0))
    """

    # `__call__` is a slot: each program's own door, so that a call meets no other function on its way.
    __slots__ = ("__call__", "__dict__", "__weakref__")

    __call__: Callable[..., Any]

    def __init__(self, f: Callable[..., Any], jit: Callable[..., Any] | None = None) -> None:
        for what, x in (("a function", f), ("a decorator for jit", jit or compile)):
            if not callable(x):
                got = f"{x!r:.100} ({type(x).__name__})"
                raise TypeError(f"expected {what}, got {got}; write compile(f), not compile(f(x))")
        self.__wrapped__, self.__name__, self.__doc__ = f, name_of(f), f.__doc__
        self.__module__ = getattr(f, "__module__", __name__)
        self.jit, self.add = jit, added if jit is None else jit(added)
        self._plans: dict[Any, Plan] = {}
        self._lock = allocate_lock()
        self.__call__ = self._general

    @property
    def source(self) -> str:
        """The Python that was generated so far: a function for each shape of arguments it was called with."""
        texts = [plan.text(self.jit) for plan in self._plans.values()]
        if not texts:
            raise RuntimeError(f"expected a call before the source of {self.__name__} is read, got none: call it first")
        return "\n\n".join(texts)

    @property
    def parameters(self) -> list[Value]:
        """The Values that the function knows without being passed them, in the order in which it meets them."""
        return [*dict.fromkeys(x for plan in self._plans.values() for x in plan.captured)]

    def over(self, rows: Iterable[Any]) -> Rows:
        """The mean of this function over these rows, for `minimize`: its `backward()` is `backward(rows)`."""
        return Rows(self, rows)

    def backward(self, rows: Iterable[Any]) -> float:
        """The mean of f(*row) over the rows; adds its gradient to the `.grad` of the parameters.

        The same as `mean([f(*row) for row in rows]).backward()`, bit for bit, as one generated loop. `rows` are tuples
        of arguments, from any iterable, or a two-dimensional array. Raises ValueError if there are none or `f` knows
        no parameters, TypeError if `f` does not return one number.

        >>> w = Value(0.0)
        >>> loss = compile(lambda x, y: (w * x - y) ** 2)
        >>> loss.backward([(1.0, 3.0), (2.0, 6.0)]), w.grad
        (22.5, -15.0)
        """
        return self.over(rows).backward()

    # How a call finds its way.

    def _general(self, *args: Any, **kwargs: Any) -> Any:
        """A call with any arguments."""
        if COMPARISONS.get() is None:
            shape, numbers = flattened((args, kwargs))
            if {*map(type, numbers)} <= {float}:
                return self.result(shape, numbers)
        return self.__wrapped__(*args, **kwargs)

    def result(self, shape: Any, numbers: Sequence[float]) -> Any:
        """The result for arguments of this shape with these numbers: of the generated code, which learns new ways."""
        plan, failure = self._plans.get(shape) or self.plan(shape), None
        while True:
            try:
                return plan.call(numbers, self.jit)
            except NewWay:
                pass
            except FAILURES as error:
                failure = error
            if failure or not plan.learn(numbers):
                break  # nothing to learn: it failed, or `jit` computes otherwise, or another thread was faster
            self.__call__ = plan.door(self._general, self.jit) or self.__call__
        try:
            return self._eagerly(shape, numbers, failure)
        finally:
            failure = None  # which refers to this frame, which refers to it

    def plan(self, shape: Any) -> Plan:
        """All that is known for arguments of this shape."""
        from .plans import Plan

        with self._lock:
            if shape not in self._plans:
                if len(self._plans) == MOST_PLANS:
                    raise RuntimeError(
                        f"expected {self.__name__} to be called with at most {MOST_PLANS} shapes of arguments, got one "
                        "more; pass what varies as numbers, lists of one length, or call the original, .__wrapped__"
                    )
                self._plans[shape] = Plan(self.__wrapped__, shape)
            return self._plans[shape]

    def _eagerly(self, shape: Any, numbers: Sequence[float], failure: Exception | None) -> Any:
        """What the original gives: the error that names op and operands; or a result, as at a pole of a slope."""
        args, kwargs = rebuilt(shape, iter([Value(x) for x in numbers]))
        try:
            result = self.__wrapped__(*args, **kwargs)
        except FAILURES as error:
            raise error from failure
        return mapped(lambda x: x.data if isinstance(x, Value) else x, result)

    # Manners.

    def __reduce__(self) -> Any:
        from .replay import described

        plans = [described(plan) for plan in self._plans.values() if plan.calls.way is not None]
        return _from_pickle, (self.__name__, self.__doc__, plans, self.jit)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<compiled {self.__name__}>"


def _from_pickle(name: str, doc: str | None, plans: list[Any], jit: Callable[..., Any] | None) -> Program:
    from .replay import Replay

    replay = Replay(name, doc, plans)
    program = Program(replay, jit)
    program._plans |= replay.plans
    return program
