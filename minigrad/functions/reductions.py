"""One number out of many: sums, products and means, each a single node however many operands it has.

They add and multiply strictly from left to right, so sum([a, b, c]) is a + b + c to the last bit on every Python;
`fsum` is the one that rounds only once.

>>> from minigrad import Value
>>> w = [Value(1.0), Value(2.0)]
>>> y = dot(w, [3.0, 4.0])
>>> y.backward()
>>> y.data, [x.grad for x in w]
(11.0, [3.0, 4.0])
"""

# An op gives a float or a Value, as its operands have it; only the signatures here say which:
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math

from ..ops import NEVER, WITH_PARTIALS, Op
from .lengths import HYPOT
from .signatures import of_many, of_two_lists

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from .elementary import T

# --- Sums and products ----------------------------------------------------------------------------------------------


def _sum(first: float, *rest: float) -> float:
    for x in rest:
        first += x
    return first


def _mean(first: float, *rest: float) -> float:
    for x in rest:
        first += x
    return first / (1 + len(rest))


def _dot(*xs: float) -> float:
    n = len(xs) // 2
    total = xs[0] * xs[n]
    for i in range(1, n):
        total += xs[i] * xs[n + i]
    return total


def _prod_partials(_: Any, *xs: Any) -> list[Any]:
    """For each the product of all before it and all after it: no division, so a 0 among them is no trouble."""
    before, after = [1.0], [1.0]
    for x in xs[:-1]:
        before.append(before[-1] * x)
    for x in xs[:0:-1]:
        after.append(after[-1] * x)
    return [a * b for a, b in zip(before, reversed(after), strict=True)]


# As Python text. Of more than 100 terms a call is made: thousands in a row overflow the stack of Python's own parser.


def _sum_text(names: Sequence[str]) -> str:
    return " + ".join(names) if len(names) <= 100 else f"sum({', '.join(names)})"


def _mean_text(names: Sequence[str]) -> str:
    return f"({' + '.join(names)}) / {len(names)}.0" if len(names) <= 100 else f"mean({', '.join(names)})"


def _prod_text(names: Sequence[str]) -> str:
    return " * ".join(names) if len(names) <= 100 else f"prod({', '.join(names)})"


def _dot_text(names: Sequence[str]) -> str:
    n = len(names) // 2
    terms = [f"{x} * {y}" for x, y in zip(names[:n], names[n:], strict=True)]
    return " + ".join(terms) if n <= 100 else f"dot({', '.join(names)})"


def _affine(*xs: float) -> float:
    n = len(xs) // 2
    total = xs[0]
    for i in range(1, n + 1):
        total += xs[i] * xs[n + i]
    return total


def _affine_text(names: Sequence[str]) -> str:
    n = len(names) // 2
    terms = [names[0], *[f"{x} * {y}" for x, y in zip(names[1 : n + 1], names[n + 1 :], strict=True)]]
    return " + ".join(terms) if n <= 100 else f"affine({', '.join(names)})"


SUM = Op("sum", _sum, lambda out, *xs: [1.0] * len(xs), _sum_text, raises=NEVER)
FSUM = Op("fsum", lambda *xs: math.fsum(xs), lambda out, *xs: [1.0] * len(xs))
MEAN = Op("mean", _mean, lambda out, *xs: [1.0 / len(xs)] * len(xs), _mean_text, raises=NEVER)
PROD = Op("prod", lambda *xs: math.prod(xs), _prod_partials, _prod_text, raises=NEVER)
DOT = Op("dot", _dot, lambda out, *xs: xs[len(xs) // 2 :] + xs[: len(xs) // 2], _dot_text, raises=NEVER)
AFFINE = Op(
    "affine", _affine, lambda out, b, *xs: (1.0, *xs[len(xs) // 2 :], *xs[: len(xs) // 2]), _affine_text, raises=NEVER
)


@of_many
def sum(xs: Iterable[Any]) -> Any:  # noqa: A001  # shadows the builtin only for who asks for it
    """x[0] + x[1] + ..., from left to right. Defined for all numbers; 0 for none.

    >>> sum([1.0, 2.0, 3.0])
    6.0
    """
    return SUM(*operands) if (operands := tuple(xs)) else 0.0


@of_many
def fsum(xs: Iterable[Any]) -> Any:
    """The exact sum, rounded once. Defined for all numbers but inf with -inf (ValueError); 0 for none.

    OverflowError if the sum is past all floats.

    >>> fsum([0.1] * 10), sum([0.1] * 10)
    (1.0, 0.9999999999999999)
    """
    return FSUM(*xs)


@of_many
def mean(xs: Iterable[Any]) -> Any:
    """(x[0] + x[1] + ...) / n, from left to right. Defined for one number and more, else ValueError.

    >>> mean([1.0, 2.0, 6.0])
    3.0
    """
    if not (operands := tuple(xs)):
        raise ValueError("mean: expected at least one number, got none")
    return MEAN(*operands)


@of_many
def prod(xs: Iterable[Any]) -> Any:
    """x[0] * x[1] * ..., from left to right. Defined for all numbers; 1 for none.

    Each derivative is the product of all others, so it is right where some are 0.

    >>> prod([2.0, 3.0, 4.0])
    24.0
    """
    return PROD(*operands) if (operands := tuple(xs)) else 1.0


@of_two_lists
def dot(xs: Iterable[Any], ys: Iterable[Any]) -> Any:
    """x[0] * y[0] + x[1] * y[1] + ..., from left to right.

    Defined for equally many numbers on both sides, else ValueError; 0 for none.

    >>> dot([1.0, 2.0], [3.0, 4.0])
    11.0
    """
    xs, ys = tuple(xs), tuple(ys)
    if len(xs) != len(ys):
        raise ValueError(f"dot: expected equally many numbers on both sides, got {len(xs)} and {len(ys)}")
    return DOT(*(xs + ys)) if xs else 0.0


@of_many
def norm(xs: Iterable[Any]) -> Any:
    """The Euclidean length sqrt(x[0]**2 + x[1]**2 + ...), without overflow or underflow on the way.

    Defined for all numbers; 0 for none. At the origin every derivative is 0.

    >>> norm([2.0, 3.0, 6.0])
    7.0
    """
    return HYPOT(*xs)


# --- Exponentials that share a scale --------------------------------------------------------------------------------

# exp(x - peak) cannot overflow. The shares come out the same whatever the peak is, so it has no derivative: None.


def _total(peak: float, *xs: float) -> float:
    total = 0.0
    for x in xs:
        total += math.exp(x - peak)
    return total


def _logsumexp(*xs: float) -> float:
    """The peak, and log1p of all the others beside it: the 1 of the peak itself would drown small ones."""
    peak = max(xs)
    ties, others = -1.0, 0.0
    for x in xs:
        if x == peak:
            ties += 1.0
        else:
            others += math.exp(x - peak)
    return peak + math.log1p(ties + others)


def _shares(out: Any, *xs: Any) -> list[Any]:
    share = SHARE.forward if out.__class__ is float else SHARE  # the same numbers, in a third of the time
    peak = PEAK(*xs)
    total = TOTAL(peak, *xs)
    return [share(x, peak, total) for x in xs]


PEAK = Op("peak", lambda *xs: max(xs), lambda out, *xs: [None] * len(xs), raises=NEVER)
TOTAL = Op("total", _total, lambda out, peak, *xs: [None, *[SHARE(x, peak, 1.0) for x in xs]], raises=WITH_PARTIALS)
SHARE: Op = Op(
    "share",
    lambda x, peak, total: math.exp(x - peak) / total,
    lambda out, x, peak, total: (out, None, -out / total),
    raises=WITH_PARTIALS,
)
LOGSUMEXP = Op("logsumexp", _logsumexp, _shares, raises=NEVER)


@of_many
def logsumexp(xs: Iterable[Any]) -> Any:
    """log(exp(x[0]) + exp(x[1]) + ...), a smooth maximum, to the last digits and without overflow.

    Defined for one number and more, else ValueError. The gradient is softmax(xs). A number that is -inf adds nothing,
    as a mask: its derivatives are 0.

    >>> logsumexp([1000.0, 1000.0])
    1000.6931471805599
    """
    if not (operands := tuple(xs)):
        raise ValueError("logsumexp: expected at least one number, got none")
    return LOGSUMEXP(*operands)


def softmax(xs: Iterable[T]) -> list[T]:
    """The list of exp(x[i]) / (exp(x[0]) + exp(x[1]) + ...): shares of 1, without overflow.

    Defined for finite numbers; [] for none. A number that is -inf, as a mask, has a share of 0 and no derivatives, but
    not all may be. One node for each share, and two that they have in common.

    >>> softmax([1000.0, 1000.0])
    [0.5, 0.5]
    """
    if not (operands := tuple(xs)):
        return []
    peak = PEAK(*operands)
    total = TOTAL(peak, *operands)
    return [SHARE(x, peak, total) for x in operands]
