"""The rows `tiny` and `small`: one expression of two numbers, its value and both its derivatives.

Seven operations, and the thirty of the example in micrograd's README: those of the first two experiments of the
BurTorch paper (arXiv:2503.13795). So little arithmetic shows what each library takes for a call. All begin with two
Python floats, and end with the three results in whatever numbers the library gives.
"""

from .harness import Contender, Mark, Row, pytorch, ratio

HAND = "Python by hand"
QUICKER_JAX = (
    "The mark was set when a call of JAX's jit took 37 us. Calls have become faster since: the table has what Python "
    "by hand takes for these same operations. Fewer of them, as on paper, would round otherwise than eager code does."
)
EAGER, COMPILED, NUMBA = "minigrad", "minigrad, compiled", "minigrad, compiled, numba"


def seven(a, b, relu=None):
    """The graph of seven operations."""
    c = a + b
    d = a * b + b**3
    e = c - d
    return e**2 / 2


def seven_by_hand(a, b):
    """The same operations, then the chain rule as one does it on paper."""
    c = a + b
    d = a * b + b**3
    e = c - d
    return e**2 / 2.0, e * (1.0 - b), e * (1.0 - a - 3.0 * b**2)


def thirty(a, b, relu=lambda x: x.relu()):
    """The graph of thirty operations; minus and divided-by count as those that micrograd makes them of."""
    c = a + b
    d = a * b + b**3
    c = c + (c + 1)
    c = c + (1 + c + -a)
    d = d + (d * 2 + relu(b + a))
    d = d + (3 * d + relu(b - a))
    e = c - d
    f = e**2
    return f / 2.0 + 10.0 / f


def thirty_by_hand(a, b):
    """The same operations, then the chain rule as one does it on paper."""
    c = a + b
    d = a * b + b**3
    c = c + (c + 1.0)
    c = c + (1.0 + c + -a)
    s, t = b + a, b - a
    d = d + (d * 2.0 + (0.0 if s <= 0.0 else s))
    d = d + (3.0 * d + (0.0 if t <= 0.0 else t))
    e = c - d
    f = e**2
    in_e = (0.5 - 10.0 / f**2) * 2.0 * e
    in_s = 4.0 * in_e if s > 0.0 else 0.0
    in_t = in_e if t > 0.0 else 0.0
    in_d = 12.0 * in_e
    return (
        f / 2.0 + 10.0 / f,
        3.0 * in_e - in_d * b - in_s + in_t,
        4.0 * in_e - in_d * (a + 3.0 * b**2) - in_s - in_t,
    )


def thirty_simplified(a, b):
    """The same function, simplified on paper first: other roundings, and fewer operations than a graph records."""
    bb = b * b
    s, t = a + b, b - a
    up, in_s = (s, 4.0) if s > 0.0 else (0.0, 0.0)
    up_t, in_t = (t, 1.0) if t > 0.0 else (0.0, 0.0)
    e = 4.0 * s + 3.0 - a - 12.0 * (a * b + bb * b) - 4.0 * up - up_t
    f = e * e
    in_e = e - 20.0 / (f * e)
    return (
        f / 2.0 + 10.0 / f,
        in_e * (3.0 - 12.0 * b - in_s + in_t),
        in_e * (4.0 - 12.0 * a - 36.0 * bb - in_s - in_t),
    )


def tiny():
    """The row of seven operations, at a = -41, b = 2."""
    marks = [
        Mark("tiny, compiled against Python by hand", ratio(COMPILED, HAND), at_most=2.0),
        Mark(
            "tiny, compiled: JAX's jit takes 37 us where this takes 1.2", ratio("JAX, jit", COMPILED), at_least=37 / 1.2
        ),
        Mark("tiny, compiled against micrograd", ratio("micrograd", COMPILED), at_least=20),
    ]
    row = Row("tiny", "value and both derivatives of 7 operations", COMPILED, marks)
    return _contenders(row, seven, seven_by_hand, (-41.0, 2.0))


def small():
    """The row of thirty operations, at a = -4, b = 2."""
    marks = [
        Mark("small, compiled against Python by hand", ratio(COMPILED, HAND), at_most=1.25),
        Mark(
            "small, compiled: JAX's jit takes 37 us where this takes 1.6",
            ratio("JAX, jit", COMPILED),
            at_least=37 / 1.6,
            cause=QUICKER_JAX,
        ),
        Mark("small, compiled against micrograd", ratio("micrograd", COMPILED), at_least=30),
        Mark("small, compiled against JAX's jit", ratio("JAX, jit", COMPILED), at_least=30, cause=QUICKER_JAX),
        Mark("small, compiled against PyTorch", ratio("PyTorch", COMPILED), at_least=60),
    ]
    row = Row("small", "value and both derivatives of 30 operations", COMPILED, marks)
    _contenders(row, thirty, thirty_by_hand, (-4.0, 2.0))

    @row.add("Python by hand, simplified on paper")
    def _():
        return Contender(lambda: thirty_simplified(-4.0, 2.0))

    return row


def _contenders(row, f, by_hand, point):
    """Add all contenders: `f` on tapes, compiled and in other libraries, beside what a person writes."""
    _ours(row, f, by_hand, point)
    _others(row, f, point)
    return row


def _ours(row, f, by_hand, point):
    @row.add(HAND)
    def _():
        return Contender(lambda: by_hand(*point))

    @row.add(EAGER)
    def _():
        from minigrad import Value

        return _on_tape(Value, f, point)

    def compiled(jit=None):
        import minigrad

        derivative = minigrad.value_and_grad(lambda a, b: f(a, b, minigrad.relu), argnums=(0, 1))
        program = minigrad.compile(derivative, jit=jit)
        return Contender(lambda: program(*point), lambda result: [result[0], *result[1]])

    @row.add(COMPILED)
    def _():
        return compiled()

    @row.add(NUMBA)
    def _():
        import numba

        return compiled(numba.njit)


def _on_tape(make_value, f, point):
    def run():
        a, b = make_value(point[0]), make_value(point[1])
        y = f(a, b)
        y.backward()
        return y.data, a.grad, b.grad

    return Contender(run)


def _others(row, f, point):
    @row.add("micrograd")
    def _():
        from micrograd.engine import Value

        return _on_tape(Value, f, point)

    @row.add("autograd")
    def _():
        import autograd

        derivative = autograd.value_and_grad(lambda x: f(x[0], x[1], lambda t: (t + abs(t)) / 2))
        return Contender(lambda: derivative(point), lambda result: [result[0], *result[1]])

    @row.add("PyTorch")
    def _():
        torch = pytorch()

        def run():
            a, b = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in point]
            y = f(a, b)
            y.backward()
            return y, a.grad, b.grad

        return Contender(run, lambda result: [x.item() for x in result])

    @row.add("JAX, jit")
    def _():
        import jax

        jax.config.update("jax_enable_x64", True)
        derivative = jax.jit(jax.value_and_grad(lambda a, b: f(a, b, jax.nn.relu), argnums=(0, 1)))
        return Contender(lambda: jax.block_until_ready(derivative(*point)), lambda result: [result[0], *result[1]])

    @row.add("CasADi")
    def _():
        import casadi

        a, b = casadi.SX.sym("a"), casadi.SX.sym("b")
        y = f(a, b, lambda t: casadi.fmax(t, 0))
        derivative = casadi.Function("f", [a, b], [y, *[casadi.gradient(y, x) for x in (a, b)]])
        return Contender(lambda: derivative(*point))

    @row.add("ddx")
    def _():
        import ddx

        def model():
            return f(ddx.var("a"), ddx.var("b"), lambda t: ddx.max(t, 0.0))

        function = ddx.equation(model).compile(points=1)
        return Contender(lambda: function.jacobian(point), lambda result: [float(result[0]), *result[1]])
