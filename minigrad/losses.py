"""Losses: one number that says how wrong a prediction is, as a Value that can say how to be less wrong.

The residual is prediction - target. Squared, it punishes a miss of 2 four times as hard as a miss of 1, and over the
parameters of a linear model it is a convex bowl with one lowest point.

>>> from minigrad import Value
>>> w = Value(0.0, label="w")
>>> loss = mean_squared_error([w * x for x in (1.0, 2.0)], [3.0, 6.0])
>>> loss.backward()
>>> loss.data, w.grad
(22.5, -15.0)

Each loss takes one prediction and its target, and has a `mean_` twin over lists of both, which are equally long and not
empty: else ValueError, as for a target that is nan or out of range. Predictions and targets are Values or numbers;
numbers alone give a float, and a nan prediction travels on. Values and derivatives are sharp from -1000 to 1000.
"""

# Operators and functions give a float or a Value, as their operands have it; only the signatures here say which:
# mypy: disable-error-code="no-any-return,redundant-expr"

from __future__ import annotations

import math

from .engine import Value
from .functions import clamp, dot, log, log1p, logsumexp, mean, relu, softplus
from .ops import as_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from .functions.elementary import T

_UNLIKELY = 3.720075976020836e-44  # exp(-100)

# --- How far off a number is ----------------------------------------------------------------------------------------


def squared_error(prediction: T, target: T | float) -> T:
    """The square of one residual, (prediction - target)**2, in the square of the target's unit.

    Computed as residual * residual: one rounding, so the same bits everywhere, which no C library's `pow` promises.

    >>> squared_error(7.0, 10.0)
    9.0
    """
    _check_target(target, "the target")
    residual = prediction - target
    return residual * residual


def mean_squared_error(predictions: Iterable[T], targets: Iterable[T | float]) -> T:
    """The mean of the squared residuals: 1/n * sum((prediction - target)**2), the MSE; PyTorch's `mse_loss`.

    >>> mean_squared_error([1.0, 2.0, 3.0], [1.0, 4.0, 7.0])
    6.666666666666667
    """
    return _mean(squared_error, predictions, targets)


def absolute_error(prediction: T, target: T | float) -> T:
    """The size of one residual, |prediction - target|, in the target's unit. Where it is 0, so is the derivative.

    >>> absolute_error(7.0, 10.0)
    3.0
    """
    _check_target(target, "the target")
    residual: Any = prediction - target
    return abs(residual)


def mean_absolute_error(predictions: Iterable[T], targets: Iterable[T | float]) -> T:
    """The mean size of the residuals, the MAE; PyTorch's `l1_loss`. The best constant prediction is the median.

    >>> mean_absolute_error([1.0, 2.0, 3.0], [1.0, 4.0, 7.0])
    2.0
    """
    return _mean(absolute_error, predictions, targets)


def huber(prediction: T, target: T | float, delta: float = 1.0) -> T:
    """Half the square of a residual r up to `delta`, and from there on straight: delta * (|r| - delta / 2).

    An outlier pulls no harder than `delta`, which is > 0. Source: Huber (1964), doi:10.1214/aoms/1177703732.

    >>> huber(0.5, 0.0), huber(3.0, 0.0)
    (0.125, 2.5)
    """
    _check_target(target, "the target")
    if not as_float(delta) > 0:
        raise ValueError(f"expected delta > 0, got {delta!r}; it is the residual from which on the loss is straight")
    residual = prediction - target
    near = clamp(residual, -delta, delta)
    return near * (residual - 0.5 * near)


def mean_huber(predictions: Iterable[T], targets: Iterable[T | float], delta: float = 1.0) -> T:
    """The mean of `huber` over all residuals; PyTorch's `huber_loss`.

    >>> mean_huber([0.5, 3.0], [0.0, 0.0])
    1.3125
    """
    return _mean(lambda p, t: huber(p, t, delta), predictions, targets)


# --- One of two classes ---------------------------------------------------------------------------------------------


def hinge(score: T, label: T | float) -> T:
    """max(0, 1 - label * score) for a label of -1 or 1: no loss once the score is on the right side by 1 or more.

    Source: Cortes & Vapnik (1995), Support-vector networks. In PyTorch: margin_ranking_loss(score, 0, label, margin=1).

    >>> hinge(0.25, 1), hinge(0.25, -1), hinge(2.0, 1)
    (0.75, 1.25, 0.0)
    """
    _one_of((-1, 1), label, "a label of -1 or 1; for classes 0 and 1 it is 2 * target - 1")
    return relu(1.0 - label * score)


def mean_hinge(scores: Iterable[T], labels: Iterable[T | float]) -> T:
    """The mean of `hinge` over all scores.

    >>> mean_hinge([0.25, 2.0], [-1, 1])
    0.625
    """
    return _mean(hinge, scores, labels)


def binary_cross_entropy_with_logits(logit: T, target: T | float) -> T:
    """-target * log(p) - (1 - target) * log(1 - p) with p = sigmoid(logit), for a target from 0 to 1.

    Computed as (1 - target) * softplus(logit) + target * softplus(-logit), where nothing overflows or cancels.

    >>> binary_cross_entropy_with_logits(-1000.0, 1), binary_cross_entropy_with_logits(40.0, 1)
    (1000.0, 4.248354255291589e-18)
    """
    if not 0.0 <= _number(target) <= 1.0:
        raise ValueError(f"expected a target from 0 to 1, got {target!r}; for labels -1 and 1 it is (label + 1) / 2")
    if isinstance(target, Value) or 0.0 < target < 1.0:
        return (1.0 - target) * softplus(logit) + target * softplus(-logit)
    return softplus(-logit) if target else softplus(logit)


def mean_binary_cross_entropy_with_logits(logits: Iterable[T], targets: Iterable[T | float]) -> T:
    """The mean of `binary_cross_entropy_with_logits` over all logits; PyTorch's function of that name.

    >>> round(mean_binary_cross_entropy_with_logits([0.0, 0.0], [0, 1]), 6)
    0.693147
    """
    return _mean(binary_cross_entropy_with_logits, logits, targets)


def binary_cross_entropy(probability: T, target: T | float) -> T:
    """-target * log(p) - (1 - target) * log(1 - p) for a probability p and a target, both from 0 to 1.

    For p = sigmoid(logit) take `binary_cross_entropy_with_logits`, which has all digits where p rounds to 0 or 1. Here
    a loss past 100 is 100, without gradient, as PyTorch has it: p is 0 or 1, and wrong.

    >>> round(binary_cross_entropy(0.25, 1), 6), binary_cross_entropy(0.0, 1), binary_cross_entropy(1.0, 1)
    (1.386294, 100.0, 0.0)
    """
    if not 0.0 <= _number(target) <= 1.0:
        raise ValueError(f"expected a target from 0 to 1, got {target!r}; for labels -1 and 1 it is (label + 1) / 2")
    if probability < 0.0 or probability > 1.0:
        raise ValueError(f"expected a probability from 0 to 1, got {probability!r}; of logits it is sigmoid(logit)")
    if isinstance(target, Value) or 0.0 < target < 1.0:
        return target * _surprise(probability) + (1.0 - target) * _surprise_of_other(probability)
    return _surprise(probability) if target else _surprise_of_other(probability)


def _surprise(p: Any) -> Any:
    """-log(p), but not more than 100."""
    return 100.0 + 0.0 * p if p < _UNLIKELY else 0.0 - log(p)


def _surprise_of_other(p: Any) -> Any:
    """-log(1 - p), but not more than 100: what is next to 1 is further from it than exp(-100)."""
    return 100.0 + 0.0 * p if p >= 1.0 else 0.0 - log1p(-p)


def mean_binary_cross_entropy(probabilities: Iterable[T], targets: Iterable[T | float]) -> T:
    """The mean of `binary_cross_entropy` over all probabilities; PyTorch's `binary_cross_entropy`.

    >>> round(mean_binary_cross_entropy([0.5, 0.5], [0, 1]), 6)
    0.693147
    """
    return _mean(binary_cross_entropy, probabilities, targets)


# --- One of many classes --------------------------------------------------------------------------------------------


def cross_entropy(logits: Iterable[T], target: T | float) -> T:
    """-log(softmax(logits)[target]), for two logits or more and the index of the right class.

    Computed as logsumexp of the differences to the right logit, so that a tiny loss has all its digits too. A logit of
    -inf masks its class: its derivative is 0. If that is the right class the loss is inf, and the others have theirs.

    >>> cross_entropy([0.0, 1000.0], 0), cross_entropy([40.0, 0.0], 0)
    (1000.0, 4.248354255291589e-18)
    """
    logits = list(logits)
    if len(logits) < 2:
        raise ValueError(f"expected at least two logits, got {len(logits)}; for one take a loss of two classes")
    j = _one_of(range(len(logits)), target, f"a class from 0 to {len(logits) - 1}")
    if logits[j] <= -math.inf:
        return logsumexp(logits) + math.inf
    differences: list[Any] = [x - logits[j] if i != j else 0.0 for i, x in enumerate(logits)]
    return logsumexp(differences)


def mean_cross_entropy(rows: Iterable[Iterable[T]], targets: Iterable[T | float]) -> T:
    """The mean of `cross_entropy` over rows of logits and the indices of their classes; PyTorch's `cross_entropy`.

    >>> round(mean_cross_entropy([[0.0, 0.0], [1.0, 1.0]], [0, 1]), 6)
    0.693147
    """
    return _mean(cross_entropy, rows, targets)


def nll(log_probabilities: Iterable[T], target: T | float) -> T:
    """The negative log-likelihood, -log_probabilities[target]. ValueError if that is no such logarithm, but above 0.

    >>> nll([-0.5, -2.0], 1)
    2.0
    """
    log_probabilities = list(log_probabilities)
    classes = range(len(log_probabilities))
    right = log_probabilities[_one_of(classes, target, f"a class from 0 to {len(classes) - 1}")]
    if right > 1e-6:  # rounding may exceed 0
        raise ValueError(f"expected the logarithm of a probability, <= 0, got {right!r}; cross_entropy takes logits")
    return -right


def mean_nll(rows: Iterable[Iterable[T]], targets: Iterable[T | float]) -> T:
    """The mean of `nll` over rows of log-probabilities and the indices of their classes; PyTorch's `nll_loss`.

    >>> mean_nll([[-0.5, -2.0], [-1.0, -3.0]], [1, 0])
    1.5
    """
    return _mean(nll, rows, targets)


def l2(params: Iterable[T]) -> T:
    """The sum of the squares of all parameters, as one node. A little of it is added to a loss: 1e-4 times it, say.

    Its derivative is 2 * p: in plain SGD, c * l2(params) does what weight_decay=2 * c does. Raises ValueError for none.

    >>> l2([3.0, -4.0])
    25.0
    """
    params = list(params)
    if not params:
        raise ValueError("expected at least one parameter, got none; was a generator of parameters used up before?")
    return dot(params, params)


# --- What they share ------------------------------------------------------------------------------------------------


def _mean(loss: Callable[[Any, Any], Any], predictions: Iterable[Any], targets: Iterable[Any]) -> Any:
    """The mean of a loss over predictions beside their targets; an error in one of them says which."""
    predictions, targets = list(predictions), list(targets)
    if len(predictions) != len(targets):
        raise ValueError(
            f"expected one target for each prediction, got {len(predictions)} predictions and {len(targets)} targets"
        )
    if not targets:
        raise ValueError("expected at least one prediction and its target, got none: an empty table has no mean")
    errors = []
    for i, (prediction, target) in enumerate(zip(predictions, targets, strict=True)):
        _check_target(target, f"target {i}")
        try:
            errors.append(loss(prediction, target))
        except (TypeError, ValueError) as error:
            error.args = (f"at target {i}: {error}",)
            raise
    return mean(errors)


def _check_target(target: Any, name: str) -> None:
    number = target._number if isinstance(target, Value) else target
    if number != number:  # true of nan alone
        raise ValueError(f"{name} is nan, so every loss would be nan; drop the row or fill the gap")


# Checks compare the Values themselves, not their numbers: so a compiled function repeats them at every call.


def _number(x: Any) -> Any:
    return x if isinstance(x, Value) else as_float(x)


def _one_of(allowed: Sequence[int], target: Any, what: str) -> int:
    """The allowed number that `target` is. Compiled, it decides the path: one for each class."""
    x = _number(target)
    found = next((i for i in allowed if x <= i), None)
    if found is None or not x >= found:
        raise ValueError(f"expected {what}, got {target!r}")
    return found
