"""Optimizers. Read `rules` (SGD, Adam, AdamW), `lbfgs` (no rate to choose), `optimizer` (what they share), `groups`
(options for some of the parameters), `schedules` (rates that change), `clipping` (gradients cut to size).
"""

from ..machinery.late import late
from .optimizer import Optimizer
from .rules import SGD, Adam, AdamW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .clipping import clip_grad_norm, clip_grad_value
    from .lbfgs import LBFGS
    from .schedules import constant, cosine, step_decay, warmup
else:
    __getattr__, __dir__ = late(
        __name__,
        {
            "LBFGS": "lbfgs",
            "clip_grad_norm": "clipping",
            "clip_grad_value": "clipping",
            "constant": "schedules",
            "cosine": "schedules",
            "step_decay": "schedules",
            "warmup": "schedules",
        },
    )

__all__ = ["LBFGS", "SGD", "Adam", "AdamW", "Optimizer", "constant", "cosine", "step_decay", "warmup"]
__all__ += ["clip_grad_norm", "clip_grad_value"]
