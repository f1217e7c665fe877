"""The rows `line`: the main job. A table goes in, a line comes out, found by gradient descent until it converges.

All but scikit-learn take the very same steps: full batches, one learning rate, until the loss has changed by no more
than 1e-12 of itself three times in a row. scikit-learn's `SGDRegressor` is what one would use there: it steps after
every row, stops by a rule of its own, and lands near the bottom rather than on it.
"""

import math
import random

from .harness import Contender, Mark, Row, pytorch, ratio

RATE = 0.4  # a standardized column's bowl has curvature 2, so 1 is the largest stable rate, and 0.5 gets there at once
COMPILED, NUMBA, COLUMNS = "minigrad, compiled", "minigrad, compiled, numba", "minigrad, columns"


def crickets():
    """The 15 rows of crickets, as (standardized chirps, temperature)."""
    from minigrad import datasets

    table = datasets.crickets()
    return standardized([x for (x,) in table.x], table.y)


def synthetic(count):
    """So many rows of y = 3 - 2 x and noise, standardized likewise."""
    rng = random.Random(0)
    xs = [rng.uniform(0.0, 10.0) for _ in range(count)]
    return standardized(xs, [3.0 - 2.0 * x + rng.gauss(0.0, 1.0) for x in xs])


def standardized(xs, ys):
    """Rows of (x with mean 0 and spread 1, y)."""
    mean = math.fsum(xs) / len(xs)
    spread = math.sqrt(math.fsum([(x - mean) ** 2 for x in xs]) / len(xs))
    return [((x - mean) / spread, y) for x, y in zip(xs, ys, strict=True)]


def descend(step):
    """Call `step`, which moves the parameters and returns the loss before, until the loss stands still."""
    last, still = math.inf, 0
    while still < 3:
        loss = step()
        still = still + 1 if abs(loss - last) <= 1e-12 * loss else 0
        last = loss


def by_minigrad(rows, **options):
    """The contender on minigrad."""
    import minigrad
    from minigrad.optim import SGD

    w, b = minigrad.Value(0.0), minigrad.Value(0.0)
    objective = minigrad.compile(lambda x, y: (w * x + b - y) ** 2, **options).over(rows)
    optimizer = SGD([w, b], RATE)

    def step():
        optimizer.zero_grad()
        loss = objective.backward()
        optimizer.step()
        return loss

    def run():
        w.data = b.data = 0.0
        descend(step)
        return w.data, b.data

    return Contender(run)


def by_hand(rows):
    """The contender without any library: a loop over the rows."""

    def run():
        w = b = 0.0

        def step():
            nonlocal w, b
            loss = in_w = in_b = 0.0
            for x, y in rows:
                residual = w * x + b - y
                loss += residual * residual
                in_w += residual * x
                in_b += residual
            w -= RATE * 2.0 * in_w / len(rows)
            b -= RATE * 2.0 * in_b / len(rows)
            return loss / len(rows)

        descend(step)
        return w, b

    return Contender(run)


def by_numpy(rows):
    """The contender on NumPy, whose derivatives are written by hand too."""
    import numpy as np

    xs, ys = np.array(rows).T.copy()

    def run():
        w = b = 0.0

        def step():
            nonlocal w, b
            residuals = w * xs + b - ys
            w -= RATE * 2.0 * (residuals @ xs) / len(xs)
            b -= RATE * 2.0 * residuals.sum() / len(xs)
            return residuals @ residuals / len(xs)

        descend(step)
        return w, b

    return Contender(run)


def by_ddx(rows):
    """The contender on ddx: the graph of a row's loss compiled by LLVM, called over all rows."""
    import ddx
    import numpy as np

    table = np.empty((4, len(rows)))
    table[2:] = np.array(rows).T

    def loss():
        w, b, x, y = ddx.var("w"), ddx.var("b"), ddx.param("x"), ddx.param("y")
        residual = w * x + b - y
        return residual * residual

    function = ddx.equation(loss).compile(points=len(rows))

    def run():
        at = np.zeros(2)

        def step():
            table[:2] = at[:, None]
            losses, gradients = function.jacobian(table)
            at[:] -= RATE * gradients.mean(axis=1)
            return losses.mean()

        descend(step)
        return at

    return Contender(run)


def by_pytorch(rows):
    """The contender on PyTorch's tensors."""
    torch = pytorch()
    xs, ys = torch.tensor(rows, dtype=torch.float64).T.contiguous()

    def run():
        w, b = (torch.zeros((), dtype=torch.float64, requires_grad=True) for _ in range(2))
        optimizer = torch.optim.SGD([w, b], RATE)

        def step():
            optimizer.zero_grad()
            loss = (w * xs + b - ys).square().mean()
            loss.backward()
            optimizer.step()
            return loss.item()

        descend(step)
        return w.item(), b.item()

    return Contender(run)


def by_sklearn(rows):
    """The contender that scikit-learn's users take."""
    import numpy as np
    from sklearn.linear_model import SGDRegressor

    xs, ys = np.array(rows)[:, :1], np.array(rows)[:, 1]

    def run():
        found = SGDRegressor(penalty=None, random_state=0).fit(xs, ys)
        return found.coef_[0], found.intercept_[0]

    return Contender(run, tolerance=0.01)


def line(count=None):
    """The row, for so many synthetic rows; for the crickets if none."""
    rows = synthetic(count) if count else crickets()
    what = f"{count:,} rows" if count else f"{len(rows)} crickets"
    marks = (
        []
        if count != 10**5
        else [
            Mark("line, 100,000 rows, columns against NumPy by hand", ratio(COLUMNS, "NumPy by hand"), at_most=2),
            *[
                Mark(f"line, 100,000 rows, columns against {peer}", ratio(peer, COLUMNS), at_least=1)
                for peer in ("PyTorch", "scikit-learn, SGDRegressor", "ddx")
            ],
        ]
    )
    row = Row(f"line, {what}", "data to converged parameters, by gradient descent", COMPILED, marks)

    @row.add(COMPILED)
    def _():
        return by_minigrad(rows)

    @row.add(NUMBA)
    def _():
        import numba

        return by_minigrad(rows, jit=numba.njit)

    @row.add(COLUMNS)
    def _():
        import numpy as np

        return by_minigrad(np.array(rows), xp=np)

    for name, make in [
        ("Python by hand", by_hand),
        ("ddx", by_ddx),
        ("NumPy by hand", by_numpy),
        ("PyTorch", by_pytorch),
        ("scikit-learn, SGDRegressor", by_sklearn),
    ]:
        row.add(name)(lambda make=make: make(rows))
    return row
