"""Where a network's weights start: functions that draw one, for `init=` in `minigrad.nn`.

Each gets the source of randomness and how many inputs and outputs the layer has. If weights start too small the signal
fades from layer to layer, if too large it explodes; all but `uniform` keep its variance about the same.

>>> import random
>>> rng = random.Random(1)
>>> [round(kaiming_uniform(rng, 6, 1), 3) for _ in range(3)]
[-0.731, 0.695, 0.528]
"""

from __future__ import annotations

from math import sqrt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def uniform(rng: Any, nin: int, nout: int) -> float:  # noqa: ARG001  # all starts are called alike
    """Between -1 and 1, whatever the widths, as in micrograd.

    >>> import random
    >>> -1.0 <= uniform(random.Random(0), 100, 1) <= 1.0
    True
    """
    return float(rng.uniform(-1, 1))


def lecun_uniform(rng: Any, nin: int, nout: int) -> float:  # noqa: ARG001
    """Between -1 / sqrt(nin) and 1 / sqrt(nin): how PyTorch's `Linear` starts, weights and bias alike.

    >>> import random
    >>> abs(lecun_uniform(random.Random(0), 100, 1)) <= 0.1
    True
    """
    return float(rng.uniform(-1 / sqrt(nin), 1 / sqrt(nin)))


def kaiming_uniform(rng: Any, nin: int, nout: int) -> float:  # noqa: ARG001
    """Between -sqrt(6 / nin) and sqrt(6 / nin), for relu. Source: He et al. (2015), arXiv:1502.01852.

    >>> import random
    >>> abs(kaiming_uniform(random.Random(0), 600, 1)) <= 0.1
    True
    """
    return float(rng.uniform(-sqrt(6 / nin), sqrt(6 / nin)))


def kaiming_normal(rng: Any, nin: int, nout: int) -> float:  # noqa: ARG001
    """Normal with standard deviation sqrt(2 / nin), for relu. Source: He et al. (2015), arXiv:1502.01852.

    >>> import random
    >>> abs(kaiming_normal(random.Random(0), 200, 1)) < 1.0     # 10 standard deviations
    True
    """
    return float(rng.gauss(0.0, sqrt(2 / nin)))


def xavier_uniform(rng: Any, nin: int, nout: int) -> float:
    """Between -a and a, a = sqrt(6 / (nin + nout)), for tanh. Source: Glorot & Bengio (2010), Understanding the
    difficulty of training deep feedforward neural networks.

    >>> import random
    >>> abs(xavier_uniform(random.Random(0), 400, 200)) <= 0.1
    True
    """
    return float(rng.uniform(-sqrt(6 / (nin + nout)), sqrt(6 / (nin + nout))))


def xavier_normal(rng: Any, nin: int, nout: int) -> float:
    """Normal with standard deviation sqrt(2 / (nin + nout)), for tanh. Source: as for `xavier_uniform`.

    >>> import random
    >>> abs(xavier_normal(random.Random(0), 100, 100)) < 1.0    # 10 standard deviations
    True
    """
    return float(rng.gauss(0.0, sqrt(2 / (nin + nout))))
