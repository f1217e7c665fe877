"""How often a verdict is wrong: many random descents, each judged anew by a Newton method that nobody here relies on.

    python tests/verdicts.py [RUNS] [SEED]

prints two tables: by objective, and by optimizer. `false` counts runs that are called `converged` and that the
reference can beat: it finds a point lower by more than the tolerance, or the parameters are not right to three digits.
`missed` counts runs that have reached a nondegenerate bottom, as the reference sees it, and are not called `converged`.
AdamW's decay belongs to no loss. Its steps die out where g / (|g| + eps) = -decay * w, which is the bottom of the loss
and a barrier within the box |w| <= 1 / decay; that is what it is held against, to three digits.
"""

import math
import random
import sys
from collections import Counter

from optional import np

from minigrad import (
    Value,
    clamp,
    compile,
    dot,
    exp,
    hessian,
    log,
    minimize,
    relu,
    sigmoid,
    softplus,
    sqrt,
    value_and_grad,
)
from minigrad.optim import LBFGS, SGD, Adam, AdamW, constant, cosine, step_decay, warmup

EPS = sys.float_info.epsilon


# --- Objectives: a function of a list of parameters, and a start; where it is a mean, the loss of a row and the rows --


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

    def of_row(w, x, y):
        return (w[0] * exp(-w[1] * x) - y) ** 2

    return _mean(of_row, table), [a * rng.uniform(0.3, 2), b * rng.uniform(0.3, 2)], (of_row, table)


def _mean(of_row, table):
    return lambda w: sum(of_row(w, *row) for row in table) / len(table)


def logistic(rng):
    n = rng.randint(1, 3)
    table = [(*[rng.gauss(0, 1) for _ in range(n)], rng.choice([-1.0, 1.0])) for _ in range(8 * n + 4)]
    pull = 10 ** rng.uniform(-3, 0)

    def of_row(w, *row):
        return softplus(-row[-1] * dot(w, row[:-1])) + pull * dot(w, w)

    return _mean(of_row, table), _start(rng, n, 1), (of_row, table)


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


def sgd(rng, params, lr, curvature):
    return SGD(params, lr)


def momentum(rng, params, lr, curvature):
    return SGD(params, lr, momentum=rng.choice([0.5, 0.9]), nesterov=rng.random() < 0.5)


def decay(rng, params, lr, curvature):
    return SGD(params, lr, weight_decay=0.3 * curvature)


def schedule(rng, params, lr, curvature):
    steps = rng.randint(10, 1000)
    rules = [cosine(lr, steps), step_decay(lr, steps, 0.1), constant(lr), warmup(lr, steps), warmup(cosine(lr, 900), 9)]
    return SGD(params, rng.choice(rules))


def auto(rng, params, lr, curvature):
    return SGD(params, "auto", weight_decay=rng.choice([0.0, 0.1 * curvature]))


def maximize(rng, params, lr, curvature):
    if rng.random() < 0.3:
        return Adam(params, 10 ** rng.uniform(-3, 0), maximize=True)
    return SGD(params, lr, maximize=True, weight_decay=rng.choice([0.0, 0.1 * curvature]))


def groups(rng, params, lr, curvature):
    cut = rng.randint(0, len(params) - 1)
    parts = [{"params": params[cut:]}]
    if cut:
        parts.append({"params": params[:cut], "lr": lr * 10 ** rng.uniform(-1, 1)})
    parts[-1]["weight_decay"] = rng.choice([0.0, 0.1 * curvature])
    return Adam(parts, 10 ** rng.uniform(-3, 0)) if rng.random() < 0.3 else SGD(parts, lr)


def adam(rng, params, lr, curvature):
    return Adam(params, 10 ** rng.uniform(-3, 0), amsgrad=rng.random() < 0.3, weight_decay=rng.choice([0.0, 0.0, 0.1]))


def adamw(rng, params, lr, curvature):
    betas = rng.choice([(0.9, 0.999), (0.9, 0.9), (0.5, 0.9)])
    return AdamW(params, 10 ** rng.uniform(-3, 0), betas, weight_decay=rng.choice([0.0, 0.01, 0.1, 1.0]))


def lbfgs(rng, params, lr, curvature):
    return LBFGS(params, history=rng.choice([1, 3, 10]))


def batches(rng, params, lr, curvature):
    """Its rows come a few at a time, where the objective has rows; else it is plain SGD."""
    return SGD(params, rng.choice([lr, cosine(lr, rng.randint(10, 1000))]))


OPTIMIZERS = [sgd, momentum, decay, schedule, auto, maximize, groups, adam, adamw, lbfgs, batches]

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


def objective(rng, f, params, rows, kind):
    """The objective, and options of `minimize`: as a function, or over rows, some of them compiled."""
    sign = -1.0 if kind is maximize else 1.0
    if not rows or (kind is not batches and rng.random() < 0.7):
        return (lambda: sign * f(params) + 0.0), {}
    of_row, table = rows

    def loss(*row):
        return sign * of_row(params, *row)

    options = {"rows": table}
    if kind is batches:
        options |= {"batch_size": rng.randint(1, len(table)), "rng": random.Random(rng.random())}
    return (compile(loss) if rng.random() < 0.5 else loss), options


def run(rng, family, max_steps=1500, kind=None):
    """(kind of optimizer, reason, "", "false" or "missed", result) of one random descent."""
    f, start, *rows = family(rng)
    params = [Value(x) for x in start]
    kind = kind or rng.choice(OPTIMIZERS)
    try:
        eigenvalues = np.linalg.eigvalsh(np.array(hessian(f)(start)))
        curvature = max(abs(eigenvalues)) or 1.0
        rule = kind(rng, params, 10 ** rng.uniform(-3, 0.5) / curvature, curvature)
        loss_of, options = objective(rng, f, params, rows[0] if rows else None, kind)
        result = minimize(loss_of, rule, max_steps=max_steps, **options)
    except (ArithmeticError, ValueError):
        return None  # a start without a finite loss
    end = [p.data for p in params]
    error, bottom, won = (in_a_box if rule.decays_aside() else judged)(f, params, rule, result, start)
    return kind.__name__, result.reason, error, (family.__name__, result, end, bottom, won)


def sized(end, bottom, start):
    """Each parameter, where the reference has it, and how large it is or how far it has come."""
    return [(x, y, max(abs(x), abs(x - x0))) for x, y, x0 in zip(end, bottom, start, strict=True)]


def right(pairs, first):
    """Whether all parameters have three digits."""
    return all(abs(x - y) <= 2e-3 * size + 1e-9 * (abs(first) > 0) for x, y, size in pairs)


def judged(f, params, rule, result, start):
    """Whether the verdict is "false" or "missed"; the bottom found from the end, and how much lower that is."""
    decays = {id(p): c for p, c in zip(rule.params, rule.minimized()[1], strict=True)}

    def whole(w):
        return f(w) + sum(decays[id(p)] * x * x for p, x in zip(params, w, strict=True)) / 2

    end = [p.data for p in params]
    loss, first = whole(end), whole(start)
    best, bottom, roundness = newton(whole, end)
    enough, pairs = EPS * abs(best) + 1e-24 * abs(first), sized(end, bottom, start)
    if result.converged:
        wrong = loss - best > 4 * enough + 1e-14 * abs(loss) or (roundness > 1e-9 and not right(pairs, first))
        return "false" if wrong else "", bottom, loss - best
    close = all(abs(x - y) <= 1e-9 * size for x, y, size in pairs)
    arrived = roundness > 1e-6 and close and loss - best <= enough / 4 and loss < first
    return "missed" if arrived else "", bottom, loss - best


def in_a_box(f, params, rule, result, start):
    """The same for AdamW with decay: nothing is left to win by the parameters that are within their box."""
    end = [p.data for p in params]
    free = [i for i, x in enumerate(end) if rule.weight_decay * abs(x) < 0.999]
    if not (result.converged and free):
        return "", end, 0.0

    def within(w):
        moved = end[:]
        for i, x in zip(free, w, strict=True):
            moved[i] = x
        walls = [-log(1.0 - rule.weight_decay * abs(x)) / rule.weight_decay - abs(x) for x in w]
        return f(moved) + rule.eps * sum(walls)

    inside = [end[i] for i in free]
    best, bottom, roundness = newton(within, inside)
    wrong = roundness > 1e-9 and not right(sized(inside, bottom, [start[i] for i in free]), f(start))
    return "false" if wrong else "", bottom, within(inside) - best


def table(runs, seed):
    """Counts by family and by optimizer: runs, converged, false, missed, ...; and the cases that were wrong."""
    rng, counts, wrong = random.Random(seed), Counter(), []
    for i in range(runs):
        family = FAMILIES[i % len(FAMILIES)]
        outcome = run(rng, family)
        if outcome is None:
            continue
        kind, reason, error, case = outcome
        for name in (family.__name__, kind):
            counts[name, "runs"] += 1
            counts[name, reason] += 1
            if error:
                counts[name, error] += 1
        if error:
            wrong.append((i, kind, error, case))
    return counts, wrong


COLUMNS = ("runs", "converged", "stalled", "diverged", "max_steps", "false", "missed")


def show(counts, title, names):
    """One table, with a line for all at its end."""
    print(f"| {title} |", " | ".join(COLUMNS), "|")
    print("|---" * (len(COLUMNS) + 1) + "|")
    for name in names:
        print(f"| {name} |", " | ".join(str(counts[name, column]) for column in COLUMNS), "|")
    print("| all |", " | ".join(str(sum(counts[name, column] for name in names)) for column in COLUMNS), "|")


def main(runs=10_000, seed=0):
    counts, wrong = table(int(runs), int(seed))
    show(counts, "objective", [family.__name__ for family in FAMILIES])
    print()
    show(counts, "optimizer", [kind.__name__ for kind in OPTIMIZERS])
    for case in wrong[:20]:
        print(case, file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
