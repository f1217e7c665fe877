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

from .engine import Value, gradients
from .machinery.order import topological_order
from .machinery.recorder import tracing
from .machinery.trees import mapped, numbers_in
from .ops import Op, as_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
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
    return _transform("grad", f, argnums, lambda value, gradient: gradient)


def value_and_grad(f: Function, argnums: Argnums = 0) -> Function:
    """The function that gives what `f` returns and its gradient, for the price of the gradient alone.

    value_and_grad(f)(x) = (f(x), df/dx); arguments and errors are those of `grad`.

    >>> value_and_grad(lambda x: x**2)(3.0)
    (9.0, 6.0)
    """
    return _transform("value_and_grad", f, argnums, lambda value, gradient: (value, gradient))


def jacobian(f: Function, argnums: Argnums = 0) -> Function:
    """The function that gives the gradient of every number `f` returns, which may be nested like an argument.

    jacobian(f)(x)[i][j] = d f(x)[i] / d x[j]: the structure of the result, with that of the argument for each number.

    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0]]
    """
    return _transform("jacobian", f, argnums, lambda value, gradient: gradient)


def hessian(f: Function, argnums: Argnums = 0) -> Function:
    """The function that gives all second derivatives of `f`, the jacobian of its gradient.

    hessian(f)(x)[i][j] = d2 f(x) / (d x[i] d x[j]), symmetric; arguments and errors are those of `grad`.

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

    if mapped(lambda _: None, x) != mapped(lambda _: None, v):
        raise ValueError(f"expected v in the structure of x, got {v!r:.100} for {x!r:.100}; give one number for each")
    return grad(along_v)(x)


# --- What they share ------------------------------------------------------------------------------------------------


def _transform(name: str, f: Function, argnums: Argnums, finish: Function) -> Function:
    """The function that runs `f`, differentiates each number that it returns, and gives `finish(value, gradient)`."""
    positions = _positions(f, argnums)

    def derivative(*args: Any, **kwargs: Any) -> Any:
        def structured(gradient: list[Any]) -> Any:
            rest = iter(gradient)
            parts = tuple([mapped(lambda _: next(rest), args[i]) for i in positions])
            return parts if isinstance(argnums, tuple) else parts[0]

        placed, nodes = _own_nodes(args, positions)
        returned = f(*placed, **kwargs)
        ys = [one_number(f, y) for y in (numbers_in(returned) if name == "jacobian" else [returned])]
        results = iter([finish(y, structured(gradient)) for y, gradient in _gradients(ys, nodes)])
        return mapped(lambda _: next(results), returned)

    derivative.__name__ = derivative.__qualname__ = f"{name}_of_{_name(f)}"
    derivative.__wrapped__ = f  # type: ignore[attr-defined]  # who asks for the signature finds that of `f`
    return derivative


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
    if not others and tracing() is None:  # a trace sees no backward()
        return [_by_backward(y, leaves) for y in ys]
    ys = [y if isinstance(y, Value) else Value(y) for y in ys]
    results = [(y, gradients(y, nodes)) for y in ys]
    for node in (*leaves, *ys, *[partial for _, gradient in results for partial in gradient]):
        if node.op is None and node not in others:
            node._origin, node._a = (_NUMBER, node.label, (), ()), node._number
    return results


def _by_backward(y: Any, leaves: list[Value]) -> tuple[float, list[float]]:
    if not isinstance(y, Value):
        return y, [0.0] * len(leaves)
    for leaf in leaves:
        leaf.grad = 0.0
    y.backward()
    return y.data, [leaf.grad for leaf in leaves]


# --- What can go wrong ----------------------------------------------------------------------------------------------


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
        return y if isinstance(y, Value) else as_float(y)
    except TypeError:
        raise TypeError(
            f"expected {_name(f)} to return one number, got {y!r:.100} ({type(y).__name__}); return the loss itself, "
            "and for lists, tuples and dicts of numbers use jacobian"
        ) from None


def _name(f: Function) -> str:
    return getattr(f, "__name__", type(f).__name__)
