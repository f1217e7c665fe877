"""The row `curve`: NIST's certified sets for nonlinear regression, both starts of each, one after the other.

All fit as they come: no settings, the same start. Whether they arrive is no matter of time, so the title says how many
digits each has at least where it does, and how often it does not. The sets are read from beside the checkout; without
them there is no row.
"""

import warnings

from nist import SETS, digits, table_of

from .harness import Contender, Mark, Row, ratio

WHOLE, TRACED, SCIPY = "minigrad, whole fits", "minigrad, traced before", "scipy curve_fit"
ASTRAY = 3.0  # digits, and fewer, are another place


def curve(names=None):
    """The row, over the sets with these names or all of them."""
    sets = [s for s in SETS if names is None or s["name"] in names]
    jobs = [(s, table_of(s), s[start]) for s in sets for start in ("start1", "start2")]
    row = Row("curve", "", SCIPY, MARKS)
    builders = {SCIPY: by_curve_fit, "scipy least_squares": by_scipy, "lmfit": by_lmfit, TRACED: traced, WHOLE: whole}
    told = []
    for name, build in builders.items():
        row.add(name)(lambda build=build: Contender(all_of([build(*job) for job in jobs]), lambda _: []))
        if name in row.contenders:
            told.append(f"{name} {_arrivals(jobs, row.contenders[name].run())}")
    row.title = f"{len(jobs)} fits of NIST's {len(sets)} certified sets; " + "; ".join(told)
    return row


MARKS = [
    Mark(
        "curve: at most 20 times scipy's curve_fit",
        ratio(TRACED, SCIPY),
        at_most=20.0,
        cause="QR and the Jacobian are plain Python loops over rows; and where curve_fit gives up, ours goes on.",
    )
]


def _arrivals(jobs, answers):
    """How many digits there are at least, and how many fits have next to none."""
    found = [-99.0 if a is None else digits(a, s["certified"]) for (s, _, _), a in zip(jobs, answers, strict=True)]
    arrived = [d for d in found if d > ASTRAY]
    astray = len(found) - len(arrived)
    return f"has at least {min(arrived):.1f} digits" + f", astray in {astray}" * bool(astray)


def all_of(fits):
    """A function that runs all fits and gives their parameters."""
    return lambda: [fit() for fit in fits]


def as_numpy(published, table):
    """The formula over columns, and the left side."""
    import numpy as np

    names = {"exp": np.exp, "cos": np.cos, "sin": np.sin, "log": np.log, "atan": np.arctan, "pi": np.pi}
    columns = names | {name: np.array(column) for name, column in table.items()}
    left, right = (compile(side.strip(), published["name"], "eval") for side in published["model"].split("=", 1))
    parameters = published["parameters"]
    return lambda p: eval(right, columns | dict(zip(parameters, p, strict=True))), eval(left, columns)


def quiet(fit):
    """A fit that warns of nothing, and gives None where it gives up."""

    def run():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return list(fit())
            except (RuntimeError, ValueError):
                return None

    return run


def by_curve_fit(published, table, start):
    """scipy's everyday function."""
    from scipy.optimize import curve_fit

    curve_of, left = as_numpy(published, table)
    return quiet(lambda: curve_fit(lambda x, *p: curve_of(p), None, left, start)[0])


def by_scipy(published, table, start):
    """scipy's solver underneath, with its own differences and trust region."""
    from scipy.optimize import least_squares

    curve_of, left = as_numpy(published, table)
    return quiet(lambda: least_squares(lambda p: curve_of(p) - left, start).x)


def by_lmfit(published, table, start):
    """lmfit on parameters with names."""
    import lmfit

    curve_of, left = as_numpy(published, table)
    params = lmfit.Parameters()
    for name, x in zip(published["parameters"], start, strict=True):
        params.add(name, x)
    values = lambda p: [p[name].value for name in published["parameters"]]  # noqa: E731 - short
    return quiet(lambda: values(lmfit.minimize(lambda p: curve_of(values(p)) - left, params).params))


def residual_of(published, table):
    """minigrad's residual of a row, with its parameters, and the rows."""
    from minigrad import Value
    from minigrad.fit.formula import Formula

    formula, names = Formula(published["model"], table), list(table)
    params = [Value(0.0, label=name) for name in published["parameters"]]
    known = dict(zip(published["parameters"], params, strict=True))

    def residual(*row):
        numbers = dict(zip(names, row, strict=True)) | known
        return formula.right(numbers) - formula.left(numbers)

    return residual, params, list(zip(*table.values(), strict=True))


def whole(published, table, start):
    """least_squares as one calls it: traced and compiled anew each time."""
    from minigrad import least_squares

    residual, params, rows = residual_of(published, table)

    def run():
        for p, x in zip(params, start, strict=True):
            p.data = x
        least_squares(residual, params, rows=rows)
        return [p.data for p in params]

    return run


def traced(published, table, start):
    """The same descents over residuals that were compiled before."""
    from minigrad.train.attempts import Settings, attempts
    from minigrad.train.residuals import OverRows

    evaluate = OverRows(*residual_of(published, table))
    settings = Settings(1e-12, 3_000)
    return lambda: [*attempts(evaluate, start, settings)][-1].point.x
