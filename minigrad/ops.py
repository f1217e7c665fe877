"""The ops: one table, a row for each, that holds all the calculus there is. The rows of arithmetic are here, those of
functions in `functions/`.

A row pairs a forward with its partial derivatives, written as ordinary arithmetic. On floats a rule gives numbers,
on Values more graph, and nothing else in the library knows how to differentiate.

>>> MUL(3.0, 5.0), MUL.partials(15.0, 3.0, 5.0)
(15.0, (5.0, 3.0))

Above the rows stand the functions of plain floats that they need where Python's own would give up too early.
"""

from __future__ import annotations

import math
import operator

TYPE_CHECKING = False  # importing `typing` would take longer than all of the engine
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


# Where an op raises, which generated code has to know.
NEVER = "never"  # it has a value for all operands, be it inf or nan
WITH_PARTIALS = "with partials"  # only where its partials raise too or are made of its result
ANYWHERE = "anywhere"  # also where its partials have values: log(-1), whose derivative is -1


class Op:
    """One row: `forward(*operands)` is the result on floats, `partials(out, *operands)` how fast it changes with each.

    `partials` is given the result too, and returns one number for one operand, else a sequence of them; None in place
    of a number where no gradient is to flow. `code` is the op as Python text with braces where operands go, or a
    function that makes it of their names; an op without `code` reads as a call of its name. `raises` says where
    `forward` raises: NEVER, WITH_PARTIALS, ANYWHERE. It does so by the rule of `math`: for a nan that no operand brings
    and for an infinity out of finite operands, so such a result is what code looks for that raises no errors.

    >>> square = Op("square", lambda x: x * x, lambda out, x: 2.0 * x, "{0} * {0}")
    >>> square(3.0), square.partials(9.0, 3.0)
    (9.0, 6.0)
    """

    __slots__ = ("name", "forward", "partials", "code", "raises")

    def __init__(
        self,
        name: str,
        forward: Callable[..., float],
        partials: Callable[..., Any],
        code: str | Callable[[Sequence[str]], str] | None = None,
        raises: str = ANYWHERE,
    ) -> None:
        self.name, self.forward, self.partials, self.code, self.raises = name, forward, partials, code, raises

    def __call__(self, *operands: Any) -> Any:
        """The result: a float from plain numbers; a Value that remembers the op as soon as one operand is a Value."""
        numbers: Any = operands
        for x in operands:
            if x.__class__ is not float:  # (the quickest of looks: rules call ops on floats all the time)
                if (record := getattr(x, "_record", None)) is not None:
                    return record(self, operands)
                numbers = None
        if numbers is None:
            numbers = [as_float(x) for x in operands]
        try:
            return self.forward(*numbers)
        except (ArithmeticError, ValueError) as error:
            raise self.blame(error, *numbers) from None

    def run_rule(self, out: Any, *operands: Any) -> list[tuple[Any, Any]]:
        """(operand, partial derivative) for each operand that is a Value and that gradient flows to, in order.

        Here the rule is run on the operands themselves, so that the derivatives are Values too.
        """
        partials = self.partials(out, *operands)
        if not isinstance(partials, (tuple, list)):
            partials = (partials,)
        pairs = zip(operands, partials, strict=True)
        return [(x, partial) for x, partial in pairs if partial is not None and hasattr(x, "_record")]

    def blame(self, error: Exception, *operands: float) -> Exception:
        """The error that `forward` or `partials` met, with op and operands added to its message."""
        error.args = (f"{self.name}({', '.join(map(repr, operands)):.200}): {error}",)
        return error

    def miscounted(self, partials: Any, count: int) -> ValueError:
        """The error for a rule that gives another number of partial derivatives than there are operands."""
        return ValueError(
            f"{self.name}: expected {count} partial derivatives, one for each operand, got {partials!r:.200}"
        )

    def __repr__(self) -> str:
        return f"<op {self.name}>"


def as_float(x: Any) -> float:
    """`x` as a float, if it is a real number of whatever type (int, bool, Fraction, NumPy scalar, 0-d array).

    Raises TypeError for all else, text, complex numbers and Values included; OverflowError for an int past all floats.

    >>> as_float(3), as_float(True)
    (3.0, 1.0)
    """
    if x.__class__ is float:
        return x
    if x.__class__ is int:
        return float(x)
    kind = getattr(getattr(x, "dtype", None), "kind", "f")  # float() would take NumPy's text, dates and complex too
    number = (hasattr(x, "__float__") or hasattr(x, "__index__")) and not isinstance(x, type)
    if number and kind in "biuf" and not getattr(x, "ndim", 0) and not hasattr(x, "backward"):
        return float(x)
    raise TypeError(
        f"expected a real number, got {repr(x)[:100]} ({type(x).__name__}); convert text with float(...), make one "
        "Value for each element of a list or array, or take them one by one, [relu(x) for x in outputs], and take "
        ".detach() of a Value"
    )


def beside(x: Any) -> Any:
    """The number beside a Value as a float; NotImplemented for a stranger, whose own operators Python asks next."""
    try:
        return as_float(x)
    except TypeError:
        if type(x).__module__ == "builtins" or hasattr(x, "dtype"):
            raise
        return NotImplemented


def unpacked(operands: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[float], bool]:
    """The operands as Values and floats, all of them as floats, and whether some may be plain numbers, so constants.

    Where neither the first nor the last is one, none is, as a rule: that is worth a try, for it takes half the time.
    """
    try:
        if operands[0].__class__ is not float and operands[-1].__class__ is not float:
            return operands, [x._number for x in operands], False
    except AttributeError:
        pass
    try:
        return operands, [x if x.__class__ is float else x._number for x in operands], True
    except AttributeError:  # an int, or another kind of number
        return unpacked(tuple([x if hasattr(x, "_number") else as_float(x) for x in operands]))


# --- What floats do where Python's own arithmetic gives up too early, or gives no real number -----------------------


def _power(x: float, y: float) -> float:
    """x**y, but never a complex number."""
    out = x**y
    if isinstance(out, float):
        return out
    raise ValueError("a negative number to a fractional power is not a real number")


def _power_term(c: float, x: float, y: float) -> float:
    """c * x**y, of which the derivatives of a power are made: 0 where c is 0, c * inf at a pole and past all floats."""
    try:
        return c and c * x**y
    except (ZeroDivisionError, OverflowError):
        return c * (math.copysign(math.inf, x) if y % 2 == 1 else math.inf)


def _power_log(c: float, x: float, y: float, n: float) -> float:
    """c * x**y * log(x)**n, of which the derivatives in an exponent are made.

    0 where c is 0; 0 at x = 0 for y >= 0, for 0**y stays 0 as y grows; nan for x below 0, where only whole y count.
    """
    if n == 1.0 and x > 0.0 and c:  # nearly always, and so without two of the calls below
        try:
            power: float = c * x**y
            return power * math.log(x)
        except OverflowError:  # the general rule below knows what becomes of that
            pass
    if c == 0.0 or (n and x == 0.0 and y >= 0.0):
        return 0.0
    if not x >= 0.0 and (n or y % 1.0):
        return math.nan
    return _power_term(c, x, y) * math.pow(math.log(x) if x > 0.0 else -math.inf, n)


def _sign(x: float) -> float:
    return x if x != x else float((x > 0) - (x < 0))  # nan travels on


# Whole numbers as floats, with the errors of the ints that Python gives. From 2**52 on every float is whole: to look is
# quicker than to make a long int, and an int of 64 bits, which machine code would make, could not hold it.


def _floor(x: float) -> float:
    return float(math.floor(x)) if -(2.0**52) < x < 2.0**52 else _whole(x)


def _ceil(x: float) -> float:
    return float(math.ceil(x)) if -(2.0**52) < x < 2.0**52 else _whole(x)


def _trunc(x: float) -> float:
    return float(math.trunc(x)) if -(2.0**52) < x < 2.0**52 else _whole(x)


def _round(x: float) -> float:
    return float(round(x)) if -(2.0**52) < x < 2.0**52 else _whole(x)


def _whole(x: float) -> float:
    if x != x:
        raise ValueError("cannot convert float NaN to integer")
    if x - x != 0.0:
        raise OverflowError("cannot convert float infinity to integer")
    return x


# --- The rows of arithmetic -----------------------------------------------------------------------------------------

ADD = Op("add", operator.add, lambda out, x, y: (1.0, 1.0), "{} + {}", raises=NEVER)
SUB = Op("sub", operator.sub, lambda out, x, y: (1.0, -1.0), "{} - {}", raises=NEVER)
MUL = Op("mul", operator.mul, lambda out, x, y: (y, x), "{} * {}", raises=NEVER)
DIV = Op("div", operator.truediv, lambda out, x, y: (1.0 / y, -out / y), "{} / {}", raises=WITH_PARTIALS)
POW = Op(
    "pow",
    _power,
    lambda out, x, y: (POWER_TERM(y, x, y - 1.0), POWER_LOG(1.0, x, y, 1.0)),
    "{} ** {}",
    raises=WITH_PARTIALS,
)
NEG = Op("neg", operator.neg, lambda out, x: -1.0, "-{}", raises=NEVER)
ABS = Op("abs", abs, lambda out, x: SIGN(x), "abs({})", raises=NEVER)

# Three that only rules are made of. Being rows themselves they have rules too, so derivatives of every order follow.
SIGN: Op = Op("sign", _sign, lambda out, x: 0.0, raises=NEVER)
POWER_TERM: Op = Op(
    "power_term",
    _power_term,
    lambda out, c, x, y: (POWER_TERM(1.0, x, y), POWER_TERM(c * y, x, y - 1.0), POWER_LOG(c, x, y, 1.0)),
    raises=NEVER,
)
POWER_LOG: Op = Op(  # no product of rows: at x = 0 that would be 0 * inf
    "power_log",
    _power_log,
    lambda out, c, x, y, n: (
        POWER_LOG(1.0, x, y, n),
        POWER_LOG(c * y, x, y - 1.0, n) + POWER_LOG(c * n, x, y - 1.0, n - 1.0),
        POWER_LOG(c, x, y, n + 1.0),
        None,
    ),
    raises=WITH_PARTIALS,
)

# To whole numbers: the derivative of a step is 0, at the jump too. So x % y changes with y as fast as x // y steps.
FLOOR = Op("floor", _floor, lambda out, x: 0.0)
CEIL = Op("ceil", _ceil, lambda out, x: 0.0)
TRUNC = Op("trunc", _trunc, lambda out, x: 0.0)
ROUND = Op("round", _round, lambda out, x: 0.0)
ROUND_TO = Op("round_to", lambda x, digits: round(x, int(digits)), lambda out, x, digits: (0.0, None))
FLOORDIV = Op("floordiv", operator.floordiv, lambda out, x, y: (0.0, 0.0), "{} // {}")
MOD = Op("mod", operator.mod, lambda out, x, y: (1.0, -FLOORDIV(x, y)), "{} % {}")
