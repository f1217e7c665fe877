"""The engine: numbers that remember how they were made.

Ordinary arithmetic on `Value`s computes ordinary numbers and records a graph: each result is a node, which keeps the op
that made it, the operands it was made from, and how fast it changes with each of them that is a Value: the local
derivatives. From those `backward` works out how fast the last result, the loss, changes with every input: the gradient.

>>> w, b = Value(2.0, label="w"), Value(1.0, label="b")
>>> loss = (w * 3.0 + b - 10.0) ** 2            # a prediction of 7 where the target is 10
>>> loss.backward()
>>> loss.data, w.grad, b.grad                   # raise w a little, and the loss falls 18 times as much
(9.0, -18.0, -6.0)

By hand, from the loss back: a square changes 2 * (7 - 10) = -6 times as fast as what is squared; that changes as fast
as b does, and 3 times as fast as w. So -6 for b, and -6 * 3 = -18 for w. This is the chain rule. The users of a node
are the nodes that have it as an operand; for any node but the loss, whose own is 1,

    d(loss)/d(node) = sum, over all uses of the node, of d(loss)/d(user) * d(user)/d(node)

where the last factor is the local derivative, for that one use, as if the other operands stood still: x * x has two
uses of x, with x for each, and their sum is 2 * x. Here is all of it in small: what an operation records, and
`backward`.

>>> class Toy:
...     def __init__(self, data, edges=()):
...         self.data, self.edges, self.grad = data, edges, 0.0
...     def __add__(self, other):                   # an edge is an operand, with the local derivative for it
...         return Toy(self.data + other.data, [(self, 1.0), (other, 1.0)])
...     def __mul__(self, other):
...         return Toy(self.data * other.data, [(self, other.data), (other, self.data)])
...     def backward(self):
...         listed = {}                             # a dict keeps its order
...         def visit(node):
...             if node not in listed:
...                 for operand, _ in node.edges:
...                     visit(operand)              # recursion is good for small graphs alone
...                 listed[node] = None             # so each node comes after its operands
...         visit(self)
...         self.grad = 1.0                         # d(loss)/d(loss)
...         for node in reversed(listed):           # now each comes after its users: its own gradient is complete
...             for operand, partial in node.edges:
...                 operand.grad += node.grad * partial     # each use of an operand brings its part
>>> x = Toy(3.0)
>>> (x * x + x).backward()                          # two uses in the product, one in the sum: 3 + 3 + 1
>>> x.grad
7.0

Values have edges too, and this loop, run on new ones, leaves the same in them as their own `backward`, to the last bit:

>>> w, b = Value(2.0), Value(1.0)
>>> Toy.backward((w * 3.0 + b - 10.0) ** 2)         # the loop above, over Values
>>> w.grad, b.grad
(-18.0, -6.0)

Why the list, and not each node telling its operands at once, and these theirs? Here the node a = -x has two users:

>>> def careless(node):
...     for operand, partial in node.edges:
...         operand.grad += node.grad * partial
...         careless(operand)
>>> x = Value(1.0)
>>> a = -x
>>> y = a * 2.0 + a * 3.0                           # = -5 x
>>> y.grad = 1.0
>>> careless(y)                                     # a hears 2, tells x -2; hears 3 more, and tells x all -5 again
>>> x.grad
-7.0

(Handing on only what is new would be right, but it walks every path: 2**n of them where y = y + y is done n times.)

Local derivatives come from one table with a row for each op (`ops.py` is chapter two). This is the row of `*`: its
name, its function (`forward`), the rule for its partial derivatives (`partials`), and a template for whoever prints it.

    MUL = Op("mul", operator.mul, lambda out, x, y: (y, x), "{} * {}")

So x * y changes y times as fast as x does, and x times as fast as y: a rule gives one derivative for each operand, in
order, and with a single operand just that number. (`out`, the result, is there for rules like that of exp, which is its
own derivative. The template may be left out.) A rule is ordinary arithmetic: run on floats it gives numbers, run on
Values it gives more graph. `backward` uses the numbers, `gradients` the graph. There is no calculus but these rules,
and a new op is a new row, wherever you write it; here for x / (1 + |x|), whose derivative is 1 / (1 + |x|)**2:

>>> softsign = Op("softsign", lambda x: x / (1.0 + abs(x)), lambda out, x: 1.0 / (1.0 + abs(x)) ** 2)
>>> y = softsign(Value(1.0))
>>> y.data, y.edges
(0.5, [(Value(data=1.0, grad=0.0), 0.25)])

The rest is in `machinery/`. Go on with `backward`, and return here for a name that you miss:

- `topological_order(y)` is the list above; `with Walk(y)` is that list too, and keeps other threads out meanwhile;
- `Scalar` gives a Value `.data`, `.grad`, `.op`, `.operands`, `.label` and text, and comparisons by number, `==` too
  (as a key of a dict a Value is itself, whatever its number);
- `check_...`, `note`, `computed`, `failed` and LIVE change no result: the first raise errors, the others report to
  `compile`, while that watches a function run (a *trace*).

Of `ops.py`, `as_float` takes any real number, and `unpacked` tells Values from constants.
"""

from __future__ import annotations

from .machinery.freeing import freed_in_steps
from .machinery.operators import SCOPE, operators
from .machinery.order import Walk, leading_to, topological_order
from .machinery.recorder import LIVE, check_untraced, computed, failed, note
from .machinery.scalar import Scalar, check_unmoved, times
from .ops import ABS, NEG, Op, as_float, unpacked

TYPE_CHECKING = False  # importing `typing` would take longer than all of this file
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

# --- The node -------------------------------------------------------------------------------------------------------


class Value(Scalar):
    """A number that is a node of a graph: a leaf if you make it, an inner node if an op does.

    `data` is any real number (int, Fraction, NumPy scalar, ...), kept as a float; all else is a TypeError. `label` is a
    name for messages and pictures. Arithmetic gives the very floats that plain Python gives.

    A node points only at its operands, never at its users: there are no cycles, and reference counts free a graph as
    soon as its last result is dropped, one node after the other, however deep.

    >>> x = Value(3)
    >>> y = x * x + 1
    >>> y, y.op, y.operands, x.op
    (Value(data=10.0, grad=0.0), <op add>, (Value(data=9.0, grad=0.0), 1.0), None)
    """

    __slots__ = ("_number", "_grad", "_a", "_da", "_b", "_db", "_origin", "_met")

    # A leaf w, and the nodes of -w, of w * 3.0 and of minigrad.sum([u, v, w]), as they are stored:
    #
    #             _a     _da    _b    _db    _origin
    #   w         None   None   None  None   None
    #   -w        w      -1.0   None  None   NEG
    #   w * 3.0   w      3.0    3.0   None   MUL
    #   sum       u      None   None  None   (SUM, None, (u, v, w), (1.0, 1.0, 1.0))
    #   a leaf labelled "b": the same as w, but for the origin (None, "b", (), ())
    _number: float  # .data, the result of the forward pass
    _grad: float  # .grad: d(loss)/d(self), of the loss that `backward` was called on; a leaf adds up all of these
    # The operands, each with the local derivative by it. An operand is a Value, or a float for a constant; a derivative
    # is None where no gradient flows, as to a constant, or if `_origin` has it. `_a` is None in a leaf.
    _a: Any
    _da: Any
    _b: Any
    _db: Any
    # The op, None for a leaf. Where there is a label, or more than two operands, a tuple of op, label, operands and
    # local derivatives, the last two empty unless they are too many for the slots above.
    _origin: Op | tuple[Any, ...] | None
    _met: Walk | None  # the latest walk of `topological_order` that met this node (a walk holds no nodes: no cycle)

    def __init__(self, data: Any, label: str | None = None) -> None:
        self._number, self._grad = as_float(data), 0.0
        self._origin = self._a = self._b = self._da = self._db = self._met = None
        if label is not None:
            self.label = label

    # Read `operators("mul")` as if it were written here: def __mul__(self, other): return MUL(self, other), and for
    # 3.0 * x, def __rmul__(self, other): return MUL(other, self). What MUL(self, other) does is `_record`, where this
    # file ends (here it is written out, for speed). `/` is an op of its own, as x * y**-1 rounds twice.
    __add__, __radd__ = operators("add")
    __sub__, __rsub__ = operators("sub")
    __mul__, __rmul__ = operators("mul")
    __truediv__, __rtruediv__ = operators("truediv")
    __pow__, __rpow__ = operators("pow")

    # fmt: off
    def __neg__(self) -> Value: return self._record(NEG, (self,))  # which is what NEG(self) comes to
    def __abs__(self) -> Value: return self._record(ABS, (self,))
    def __pos__(self) -> Value: return self
    # fmt: on

    @property
    def edges(self) -> list[tuple[Value, float]]:
        """(operand, local derivative) for each operand that gradient flows to, in order, from the slots above."""
        return [(x, partial) for x, partial in self._pairs() if partial is not None]

    # --- Backwards, in floats ---------------------------------------------------------------------------------------

    def backward(self, gradient: float = 1.0) -> None:
        """Add d(self)/d(leaf) to the `.grad` of each leaf below (or self); set that of inner nodes to d(self)/d(node).

        It is the loop at the top of this file, except that inner nodes are set to 0 first: so a second call adds the
        same to the leaves once more. (The toy would hand on what the first call left.) Leaves, such as the parameters
        of a model, accumulate, so that several losses may share them; an optimizer's `zero_grad()` resets them. The
        list is made without recursion, by a stack of its own, so a graph that is a million nodes deep is no problem.
        Local derivatives were kept as numbers when the nodes were made, so they belong to the point of the forward
        pass, whatever has been assigned to the `.data` of a parameter since. Where self is only a part of the loss,
        `gradient` is d(loss)/d(self), and all is times that.

        >>> x = Value(3.0)
        >>> y = x * x + x
        >>> y.backward()
        >>> x.grad, y.grad
        (7.0, 1.0)
        >>> y.backward()                    # once more
        >>> x.grad, y.grad
        (14.0, 1.0)
        """
        check_untraced(self)
        gradient = as_float(gradient)
        with Walk(self) as order:  # `topological_order(self)`, whose inner nodes are ours alone until it is over
            for node in order:
                if node._a is not None:  # an inner node: what an earlier call left is not to be handed on again
                    node._grad = 0.0
            self._grad += gradient  # added, where the toy sets it, for self may be a leaf
            for node in reversed(order):
                grad, da, db = node._grad, node._da, node._db  # the loop over edges, written out: 4 times as fast
                if da is not None:
                    node._a._grad += grad * da
                if db is not None:
                    node._b._grad += grad * db
                elif node._origin.__class__ is tuple:  # `_db` is None too if all are in here; a label has none
                    _, _, operands, partials = node._origin
                    for x, partial in zip(operands, partials):  # noqa: B905  # counted before; strict takes 100 ns
                        if partial is not None:
                            x._grad += grad * partial


# --- Backwards, in Values -------------------------------------------------------------------------------------------


def gradients(y: Value, xs: Sequence[Value]) -> list[Value]:
    """The derivative of `y` with respect to each of `xs`, as Values: the backward pass written as more graph.

    The loop is that of `backward`, but the rules are run on the operands themselves and not on their numbers. So the
    result is a graph of the same `xs`, and can be differentiated again. `xs` may be leaves or inner nodes; where `y`
    does not depend on one, its derivative is 0. Raises RuntimeError where `.data` that was changed since, on the way or
    in `xs`, would change a node or a derivative: the rules would be run at another point than `y`.

    >>> x = Value(3.0)
    >>> (first,) = gradients(x**3, [x])
    >>> (second,) = gradients(first, [x])
    >>> first.data, second.data             # 3 x**2 and 6 x
    (27.0, 18.0)
    """
    # `between` are the inner nodes on the way from xs up to y, operands first; `wanted` is the set of these and xs.
    # (Nothing is written into the nodes, so no `Walk` need keep other threads out.)
    between, wanted = leading_to(xs, topological_order(y))
    note(*between)  # for a trace: they are computed, and may raise, even if only their derivatives are used
    grads: dict[Value, Any] = {y: 1.0}  # what `backward` keeps in .grad
    for node in reversed(between):
        if node in grads:  # else a rule gave None: no gradient, as from ldexp(x, n) to n
            check_unmoved(node)  # runs the op again, and raises if its result or a local derivative is another now
            # The rule is run on Values: so second derivatives are possible. It gives pairs as in `edges`.
            for x, partial in node.op.run_rule(node, *node.operands):
                if x in wanted:
                    part = times(grads[node], partial)  # their product, without a node for a factor of 1
                    grads[x] = grads[x] + part if x in grads else part
    found = [grads.get(x, 0.0) for x in xs]
    return [x if isinstance(x, Value) else Value(x) for x in found]


# --- How an op records itself ---------------------------------------------------------------------------------------


def _record(self: Value, op: Op, operands: tuple[Any, ...]) -> Value:
    """What an op comes to when it is called with Values: a new node with its result, which remembers how it was made.

    A method of Value, at the end because it is read last; `self` is the first Value among the operands. All functions
    come through here; the operators do the same, written out for speed in `machinery/operators.py`.
    """
    if len(operands) == 1:
        numbers, constants = [self._number], False
    else:
        operands, numbers, constants = unpacked(operands)  # Values beside their numbers, and whether some are constants
    try:
        out = op.forward(*numbers)
        partials = op.partials(out, *numbers)
    except (ArithmeticError, ValueError) as error:
        raise failed(op.blame(error, *numbers)) from None
    several = partials.__class__ is tuple or partials.__class__ is list
    if len(operands) != (len(partials) if several else 1):
        raise op.miscounted(partials, len(operands))
    node = object.__new__(Value)  # without the checks of __init__
    node._number = out if out.__class__ is float else as_float(out)  # (quicker than isinstance)
    node._origin = op
    node._a = operands[0]
    node._b = node._db = node._met = None
    node._grad = 0.0
    if not several:
        node._da = partials
    else:
        if constants:
            partials = [None if x.__class__ is float else d for x, d in zip(operands, partials, strict=True)]
        if len(operands) > 2:
            node._da, node._origin = None, (op, None, operands, tuple(partials))
        elif len(operands) == 2:
            node._b = operands[1]
            node._da, node._db = partials
        else:
            (node._da,) = partials
    return node if not LIVE else computed(node)  # for a trace, as is `failed`: what may raise has to be repeated


Value._record = _record
SCOPE["Value"] = Value  # the operators, which were written before there was a Value, make more of them
freed_in_steps(Value)  # does something under WebAssembly alone: elsewhere Python frees graphs of any depth itself
