"""Transforms: a function in, the function of its derivatives out.

Each runs the function on nodes of its own and asks the engine for gradients, so there is no calculus here. Arguments
are numbers, or lists, tuples and dicts of numbers nested as you like, and a derivative has their structure.

>>> grad(lambda x: x**3)(2.0)
12.0
>>> grad(lambda point: point["x"] * point["y"])({"x": 2.0, "y": 5.0})
{'x': 5.0, 'y': 2.0}
>>> grad(grad(lambda x: x**3))(2.0)         # they nest
12.0

Floats in give floats out. Where a Value has a part in the result, be it as an argument or because the function knows it
from elsewhere (a model's parameter, the argument of a transform further out), Values come out: they can be
differentiated once more, and no dependence is lost on the way. The `.grad` of a Value that is not ours stays as it is.
"""

from __future__ import annotations

from types import MethodType

from .engine import Value, gradients
from .machinery.order import topological_order
from .machinery.recorder import tracing
from .machinery.trees import mapped, numbers_in
from .ops import Op, as_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Function = Callable[..., Any]
    Argnums = int | tuple[int, ...]

# --- The transforms -------------------------------------------------------------------------------------------------


def grad(f: Function, argnums: Argnums = 0) -> Function:
    """The function that gives the gradient of `f`: how fast the one number it returns changes with each argument.

    grad(f)(x) = df/dx, in the structure of x; 0.0 where `f` does not depend on it.

    `argnums` says which arguments to differentiate by, counted from 0; for a tuple the result is a tuple. The other
    arguments and keywords may be anything. Raises TypeError if `f` does not return one number, or if an argument to
    differentiate by holds something that is no number.

    >>> grad(lambda x, y: x * y**2)(2.0, 3.0)
    9.0
    >>> grad(lambda x, y: x * y**2, argnums=(0, 1))(2.0, 3.0)
    (9.0, 12.0)
    """
    return Derivative("grad", f, argnums)


def value_and_grad(f: Function, argnums: Argnums = 0) -> Function:
    """The function that gives what `f` returns and its gradient, for the price of the gradient alone.

    value_and_grad(f)(x) = (f(x), df/dx); arguments and errors are those of `grad`.

    >>> value_and_grad(lambda x: x**2)(3.0)
    (9.0, 6.0)
    """
    return Derivative("value_and_grad", f, argnums)


def jacobian(f: Function, argnums: Argnums = 0) -> Function:
    """The function that gives the gradient of every number `f` returns, which may be nested like an argument.

    jacobian(f)(x)[i][j] = d f(x)[i] / d x[j]: the structure of the result, with that of the argument for each number.
    Time and memory are those of m gradients of n numbers, for m results of n: the result itself has m * n.

    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0]]
    """
    return Derivative("jacobian", f, argnums)


def hessian(f: Function, argnums: Argnums = 0) -> Function:
    """The function that gives all second derivatives of `f`, the jacobian of its gradient.

    hessian(f)(x)[i][j] = d2 f(x) / (d x[i] d x[j]), symmetric; arguments and errors are those of `grad`.
    Time and memory grow as n * n for n numbers, as the result does; `hvp` takes what a few gradients take.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([2.0, 3.0])
    [[6.0, 4.0], [4.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums)


def hvp(f: Function, x: Any, v: Any, *args: Any, **kwargs: Any) -> Any:
    """The Hessian of `f` at `x` times the vector `v`: how fast the gradient changes on the way from `x` along `v`.

    hvp(f, x, v)[i] = sum over j of d2 f(x) / (d x[i] d x[j]) * v[j]

    It takes the time of a few gradients, however many numbers `x` holds: the Hessian itself is never formed. `v` has
    the structure of `x`, and so has the result; `args` and `kwargs` go to `f` behind `x`. Raises ValueError if the
    structures differ, and the errors of `grad`.

    >>> hvp(lambda x: x[0] ** 2 * x[1], [2.0, 3.0], [1.0, 10.0])
    [46.0, 4.0]
    """
    gradient = grad(f)

    def along_v(x: Any) -> Any:
        return sum([a * b for a, b in zip(numbers_in(gradient(x, *args, **kwargs)), numbers_in(v), strict=True)], 0.0)

    _check_structure("v", v, "x", x)
    return grad(along_v)(x)


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """What `f` returns at `primals`, and the function that takes a vector like that back to the arguments.

    vjp(f, x)[1](v)[j] = sum over i of v[i] * d f(x)[i] / d x[j]

    `f` runs once; each call of the function costs one backward pass, however many numbers `f` returns. Its result has
    the shape of the argument; for several arguments it is a tuple. Raises ValueError if `v` has another shape than what
    `f` returned, and the errors of `grad`.

    >>> product, pull_back = vjp(lambda x: [x[0] * x[1], x[0] + x[1]], [2.0, 3.0])
    >>> product, pull_back([1.0, 10.0])
    ([6.0, 5.0], [13.0, 12.0])
    """
    placed, nodes = _own_nodes(primals, _positions(f, tuple(range(len(primals)))))
    returned = f(*placed)
    ys = [one_number(f, y) for y in numbers_in(returned)]
    plain = _rests_on(nodes, ys)
    _hold(nodes)
    output = mapped(lambda y: y._number if plain and isinstance(y, Value) else y, returned)

    def pull_back(v: Any) -> Any:
        _check_structure("v", v, "what the function returned", output)
        vs = numbers_in(v)
        total = Value(0.0) + sum([c * y for c, y in zip(vs, ys, strict=True)], 0.0)
        numbers = plain and not any(isinstance(c, Value) for c in vs)
        found: Any = iter(_numbers(total, nodes)[1] if numbers else gradients(total, nodes))
        arranged = tuple([mapped(lambda _: next(found), x) for x in primals])
        return arranged if len(primals) > 1 else arranged[0]

    return output, pull_back


def jvp(f: Function, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    """What `f` returns at `primals`, and how fast that changes on the way from there along `tangents`.

    jvp(f, (x,), (t,))[1][i] = sum over j of d f(x)[i] / d x[j] * t[j]

    Both are tuples of arguments, of the same shape. It takes the time of two gradients, however many numbers `f` takes
    and returns. Raises ValueError if the shapes differ, and the errors of `grad`.

    >>> jvp(lambda x, y: [x * y, x + y], (2.0, 3.0), (1.0, 10.0))
    ([6.0, 5.0], [23.0, 11.0])
    """
    _check_structure("tangents", tangents, "primals", primals)
    output, pull_back = vjp(f, *primals)
    ts = numbers_in(tangents)

    def along(v: Any) -> Any:  # linear in v, and its gradient is what we look for
        return sum([x * t for x, t in zip(numbers_in(pull_back(v)), ts, strict=True)], 0.0)

    return output, grad(along)(mapped(lambda _: 0.0, output))


# --- What they share ------------------------------------------------------------------------------------------------


WHAT = {"grad": "The gradient", "value_and_grad": "The value and the gradient", "jacobian": "The Jacobian"}


class Derivative:
    """What the transforms give: the function that runs `f` and differentiates each number that it returns.

    It can be pickled if `f` can.
    """

    def __init__(self, name: str, f: Function, argnums: Argnums) -> None:
        self._kind, self._argnums = name, argnums
        self._positions = _positions(f, argnums)
        self.__wrapped__ = f  # who asks for the signature finds that of `f`
        self.__name__ = self.__qualname__ = f"{name}_of_{_name(f)}"
        self.__doc__ = f"{WHAT[name]} of {_name(f)} by argument {argnums}, for the arguments of {_name(f)}."
        if type(f).__doc__ != f.__doc__ is not None:  # not that of a class whose instance is called
            self.__doc__ += f"\n\n{_name(f)}: {f.__doc__}"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The derivatives at these arguments."""
        f, positions = self.__wrapped__, self._positions

        def arranged(partials: list[Any]) -> Any:
            rest = iter(partials)
            found = tuple([mapped(lambda _: next(rest), args[i]) for i in positions])
            return found if isinstance(self._argnums, tuple) else found[0]

        placed, nodes = _own_nodes(args, positions)
        returned = f(*placed, **kwargs)
        ys = [one_number(f, y) for y in (numbers_in(returned) if self._kind == "jacobian" else [returned])]
        pairs = [(y, arranged(partials)) for y, partials in _gradients(ys, nodes)]
        results = iter(pairs if self._kind == "value_and_grad" else [partials for _, partials in pairs])
        return mapped(lambda _: next(results), returned)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<{self.__name__}>"


def _own_nodes(args: tuple[Any, ...], positions: tuple[int, ...]) -> tuple[list[Any], list[Value]]:
    """`args` with a node of our own in place of each number to differentiate by, and those nodes in order.

    A Value is not used itself but times one: the function may know it from elsewhere too, and the derivative asked for
    is by the argument alone.
    """
    nodes: list[Value] = []

    def own(x: Any) -> Value:
        nodes.append(x * 1.0 if isinstance(x, Value) else Value(x))
        return nodes[-1]

    placed = list(args)
    for i in positions:
        if i >= len(args):
            raise TypeError(f"expected argument {i}, to differentiate by, got {len(args)} by position; pass it so, too")
        try:
            placed[i] = mapped(own, args[i])
        except TypeError as error:
            raise TypeError(f"cannot differentiate by argument {i}: {error}; or leave {i} out of argnums") from None
    return placed, nodes


_NUMBER = Op("number", lambda x: x, lambda out, x: 1.0, "{}")


def _gradients(ys: list[Any], nodes: list[Value]) -> list[tuple[Any, list[Any]]]:
    """Each y with its gradient at the nodes: floats if leaves of ours are all that it rests on, else Values.

    Our leaves are variables only until then. In the Values that come out they are numbers, as are derivatives that are
    the same everywhere: nodes without operands to differentiate by, not leaves to a transform further out.
    """
    leaves = [node for node in nodes if node.op is None]
    below = topological_order(*nodes, *[y for y in ys if isinstance(y, Value)])
    others = {node for node in below if node.op is None}.difference(leaves)
    if not others and len(leaves) == len(nodes):
        return [_numbers(y, leaves) for y in ys]
    ys = [y if isinstance(y, Value) else Value(y) for y in ys]
    results = [(y, gradients(y, nodes)) for y in ys]
    _hold(x for x in (*leaves, *ys, *[partial for _, partials in results for partial in partials]) if x not in others)
    return results


def _numbers(y: Any, leaves: list[Value]) -> tuple[float, list[float]]:
    """y and its gradient at the leaves, which are all that it rests on, as floats: in a trace too, as without one."""
    if not isinstance(y, Value):
        return y, [0.0] * len(leaves)
    if tracing() is not None:  # which sees no backward()
        return y._number, [partial._number for partial in gradients(y, leaves)]
    for leaf in leaves:
        leaf.grad = 0.0
    y.backward()
    return y.data, [leaf.grad for leaf in leaves]


def _rests_on(nodes: list[Value], ys: list[Any]) -> bool:
    """Whether our nodes are leaves, made of floats, and all that the ys rest on."""
    leaves = {node for node in topological_order(*nodes, *[y for y in ys if isinstance(y, Value)]) if node.op is None}
    return leaves == {*nodes}


def _hold(nodes: Iterable[Value]) -> None:
    """Make the leaves among them numbers: nodes without operands, not leaves to a transform further out."""
    for node in nodes:
        if node.op is None:
            node._origin, node._a = (_NUMBER, node.label, (), ()), node._number


# --- What can go wrong ----------------------------------------------------------------------------------------------


def _check_structure(name: str, tree: Any, of: str, other: Any) -> None:
    if mapped(lambda _: None, tree) != mapped(lambda _: None, other):
        raise ValueError(
            f"expected {name} in the structure of {of}, got {tree!r:.100} for {other!r:.100}; give one number for each"
        )


def _positions(f: Function, argnums: Argnums) -> tuple[int, ...]:
    if not callable(f):
        raise TypeError(f"expected a function, got {f!r:.100} ({type(f).__name__}); write grad(f)(x), not grad(f(x))")
    positions = argnums if isinstance(argnums, tuple) else (argnums,)
    if not positions or any(type(i) is not int or i < 0 for i in positions) or len({*positions}) < len(positions):
        raise ValueError(
            f"expected argnums to be a position or a tuple of different ones, counted from 0, got {argnums!r:.100} "
            f"({type(argnums).__name__}); for arguments passed by keyword, wrap f in a lambda"
        )
    return positions


def one_number(f: Function, y: Any) -> Any:
    """`y`, which `f` returned: a Value as it is, another number as a float; TypeError for all else."""
    try:
        if getattr(getattr(y, "dtype", y), "kind", type(y)) in (bool, "b"):
            raise TypeError
        return y if isinstance(y, Value) else as_float(y)
    except TypeError:
        remedy = "return the loss itself, and for lists, tuples and dicts of numbers use jacobian"
        if hasattr(y, "tolist"):
            remedy = "return a list of its numbers, array.tolist(), and use jacobian"
        got = f"{y!r:.100} ({type(y).__name__})"
        raise TypeError(f"expected {_name(f)} to return one number, got {got}; {remedy}") from None


def _name(f: Function) -> str:
    return getattr(f, "__name__", type(f).__name__)
