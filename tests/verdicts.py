"""How often a verdict is wrong: many random descents, each judged anew by a Newton method that nobody here relies on.

    python tests/verdicts.py [RUNS] [SEED]

prints a table. `false` counts runs that are called `converged` and that the reference can beat: it finds a point lower
by more than the tolerance, or the parameters are not right to three digits. `missed` counts runs that have reached a
nondegenerate bottom, as the reference sees it, and are not called `converged`.
"""

import math
import random
import sys
from collections import Counter

from optional import np

from minigrad import Value, clamp, dot, exp, hessian, log, minimize, relu, sigmoid, softplus, sqrt, value_and_grad
from minigrad.optim import SGD, Adam, AdamW, constant, cosine, step_decay

EPS = sys.float_info.epsilon


# --- Objectives: a function of a list of parameters, and a start -----------------------------------------------------


def quadratic(rng, condition=None):
    n = rng.randint(1, 5)
    spread = rng.uniform(0, 8) if condition is None else math.log10(condition)
    raw = np.array([[rng.gauss(0, 1) for _ in range(n)] for _ in range(n)])
    turned, _ = np.linalg.qr(raw)
    curvatures = [10 ** -(spread * i / max(1, n - 1)) for i in range(n)]
    units = [10 ** rng.uniform(-3, 3) for _ in range(n)] if rng.random() < 0.5 else [1.0] * n
    scale, floor = 10 ** rng.uniform(-6, 6), rng.choice([0.0, 1.0, 1.0, 1e-3]) * 1.0
    bottom = [rng.gauss(0, 1) for _ in range(n)]
    rows = [[float(t) / u for t, u in zip(column, units, strict=True)] for column in turned.T]

    def f(w):
        away = [x - u * b for x, u, b in zip(w, units, bottom, strict=True)]
        return sum(
            (0.5 * scale * c * dot(row, away) ** 2 for c, row in zip(curvatures, rows, strict=True)), scale * floor
        )

    return f, [u * (b + rng.gauss(0, 1)) for u, b in zip(units, bottom, strict=True)]


def exponentials(rng):
    n = rng.randint(1, 3)
    terms = [[rng.gauss(0, 1) for _ in range(n)] for _ in range(3 * n)]
    terms += [[-x for x in term] for term in terms]
    weights = [10 ** rng.uniform(-1, 1) for _ in terms]
    return (lambda w: sum(c * exp(dot(t, w)) for c, t in zip(weights, terms, strict=True))), _start(rng, n, 2)


def decay_curve(rng):
    a, b = rng.uniform(1, 5), rng.uniform(0.3, 2)
    table = [(x / 4, a * math.exp(-b * x / 4) + rng.gauss(0, 0.05)) for x in range(12)]
    return (lambda w: sum((w[0] * exp(-w[1] * x) - y) ** 2 for x, y in table) / 12), [
        a * rng.uniform(0.3, 2),
        b * rng.uniform(0.3, 2),
    ]


def logistic(rng):
    n = rng.randint(1, 3)
    table = [([rng.gauss(0, 1) for _ in range(n)], rng.random() < 0.5) for _ in range(8 * n + 4)]
    pull = 10 ** rng.uniform(-3, 0)

    def f(w):
        losses = [softplus(-dot(w, x)) if yes else softplus(dot(w, x)) for x, yes in table]
        return sum(losses) / len(table) + pull * dot(w, w)

    return f, _start(rng, n, 1)


def quartic(rng):
    n, floor = rng.randint(1, 2), rng.choice([0.0, 1.0])
    return (lambda w: sum((x - 1.0) ** 4 for x in w) + floor), _start(rng, n, 1)


def saddle(rng):
    beside = rng.choice([0.0, 0.0, 1e-9, 0.1])
    c = 10 ** rng.uniform(-4, 0)
    return (lambda w: w[0] ** 2 - c * w[1] ** 2 + w[1] ** 4 + 1.0), [rng.gauss(0, 1), beside]


def plateau(rng):
    f = rng.choice(
        [
            lambda w: 1.0 - exp(-w[0] * w[0]),
            lambda w: (exp(-w[0]) - 0.5) ** 2,
            lambda w: (sigmoid(w[0]) - 0.25) ** 2 + 0.5,
            lambda w: exp(-w[0]) + 1.0,
            lambda w: w[0] ** 2 / (1.0 + w[0] ** 2),
            lambda w: w[0] - log(w[0]) if w[0] > 0 else w[0] * w[0] + 10.0,
        ]
    )
    return f, [abs(rng.gauss(0, 2)) + 0.1 if rng.random() < 0.5 else rng.gauss(0, 2)]


def kink(rng):
    f = rng.choice(
        [
            lambda w: abs(w[0]) + 0.5 * w[1] ** 2,
            lambda w: relu(w[0]) + 1.0 + w[1] ** 2,
            lambda w: (clamp(w[0], 0.0, 1.0) - 0.5) ** 2 + (w[1] - 1.0) ** 2,
            lambda w: sqrt(1.0 + w[0] ** 2) + sqrt(1.0 + 1e-4 * w[1] ** 2),
            lambda w: relu(1.0 - w[0]) + relu(w[1] - 2.0),
        ]
    )
    return f, _start(rng, 2, 2)


def _start(rng, n, size):
    return [rng.gauss(0, size) for _ in range(n)]


FAMILIES = [quadratic, exponentials, decay_curve, logistic, quartic, saddle, plateau, kink]

# --- Optimizers, with all their options, at rates right and wrong ----------------------------------------------------


def optimizer(rng, params, curvature):
    lr = 10 ** rng.uniform(-3, 0.5) / curvature
    kind = rng.choice(["sgd", "sgd", "momentum", "decay", "schedule", "adam", "adamw"])
    if kind == "adam":
        decay = rng.choice([0.0, 0.0, 0.1])
        return Adam(params, 10 ** rng.uniform(-3, 0), amsgrad=rng.random() < 0.3, weight_decay=decay), kind
    if kind == "adamw":
        return AdamW(params, 10 ** rng.uniform(-3, 0), weight_decay=0.0), kind
    if kind == "schedule":
        steps = rng.randint(10, 1000)
        return SGD(params, rng.choice([cosine(lr, steps), step_decay(lr, steps, 0.1), constant(lr)])), kind
    if kind == "momentum":
        return SGD(params, lr, momentum=rng.choice([0.5, 0.9]), nesterov=rng.random() < 0.5), kind
    return SGD(params, lr, weight_decay=0.3 * curvature if kind == "decay" else 0.0), kind


# --- The reference --------------------------------------------------------------------------------------------------


def newton(f, x):
    """The lowest point that Newton's method finds from x: (loss, parameters, smallest eigenvalue over the largest)."""
    slope, bend = value_and_grad(f), hessian(f)
    x = np.array(x)
    best = f(x.tolist())
    for _ in range(200):
        value, g = slope(x.tolist())
        values, vectors = np.linalg.eigh(np.array(bend(x.tolist())))
        top = max(abs(values)) or 1.0
        turned = vectors.T @ np.array(g)
        nudge = np.where(values < -1e-9 * top, 1e-3, 0.0) * (turned == 0)
        step = -vectors @ (turned / np.maximum(abs(values), 1e-14 * top) + nudge)
        for _ in range(60):
            try:
                trial = f((x + step).tolist())
            except (ArithmeticError, ValueError):
                trial = math.inf
            if trial < value:
                break
            step = step / 2
        else:
            break
        x, best = x + step, min(best, trial)
    unit = np.sqrt(np.maximum(abs(np.diag(np.array(bend(x.tolist())))), 1e-300))
    values = np.linalg.eigvalsh(np.array(bend(x.tolist())) / np.outer(unit, unit))
    return best, x.tolist(), values[0] / (max(abs(values)) or 1.0)


def run(rng, family, max_steps=1500):
    """(kind of optimizer, reason, "", "false" or "missed", result) of one random descent."""
    f, start = family(rng)
    params = [Value(x) for x in start]
    try:
        eigenvalues = np.linalg.eigvalsh(np.array(hessian(f)(start)))
        rule, kind = optimizer(rng, params, max(abs(eigenvalues)) or 1.0)
        result = minimize(lambda: f(params) + 0.0, rule, max_steps=max_steps)
    except (ArithmeticError, ValueError):
        return None  # a start without a finite loss
    _, decays = rule.minimized()
    end = [p.data for p in params]

    def whole(w):
        return f(w) + sum(c * x * x for c, x in zip(decays, w, strict=True)) / 2

    loss, first = whole(end), whole(start)
    best, bottom, roundness = newton(whole, end)
    enough = EPS * abs(best) + 1e-24 * abs(first)
    sizes = [max(abs(x), abs(x - x0)) for x, x0 in zip(end, start, strict=True)]
    digits = all(
        abs(x - y) <= 2e-3 * size + 1e-9 * (abs(first) > 0) for x, y, size in zip(end, bottom, sizes, strict=True)
    )
    if result.converged:
        wrong = loss - best > 4 * enough + 1e-14 * abs(loss) or (roundness > 1e-9 and not digits)
        return kind, result.reason, "false" if wrong else "", (family.__name__, result, end, bottom, loss - best)
    close = all(abs(x - y) <= 1e-9 * size for x, y, size in zip(end, bottom, sizes, strict=True))
    arrived = roundness > 1e-6 and close and loss - best <= enough / 4 and loss < first
    return kind, result.reason, "missed" if arrived else "", (family.__name__, result, end, bottom, loss - best)


def table(runs, seed):
    """Counts by family: runs, converged, false, missed; and the cases that were wrong."""
    rng, counts, wrong = random.Random(seed), Counter(), []
    for i in range(runs):
        family = FAMILIES[i % len(FAMILIES)]
        outcome = run(rng, family)
        if outcome is None:
            continue
        kind, reason, error, case = outcome
        counts[family.__name__, "runs"] += 1
        counts[family.__name__, reason] += 1
        if error:
            counts[family.__name__, error] += 1
            wrong.append((i, kind, error, case))
    return counts, wrong


def main(runs=10_000, seed=0):
    counts, wrong = table(int(runs), int(seed))
    columns = ("runs", "converged", "stalled", "diverged", "max_steps", "false", "missed")
    print("| objective |", " | ".join(columns), "|")
    print("|---" * (len(columns) + 1) + "|")
    for name in [family.__name__ for family in FAMILIES]:
        print(f"| {name} |", " | ".join(str(counts[name, column]) for column in columns), "|")
    print("| all |", " | ".join(str(sum(counts[f.__name__, column] for f in FAMILIES)) for column in columns), "|")
    for case in wrong[:20]:
        print(case, file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
