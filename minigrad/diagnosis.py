"""Why a descent went wrong, under one name: a rate that is surely stable, and the first number that is not finite."""

from .machinery.late import late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .train.anomaly import detect_anomaly
    from .train.curvature import find_lr
else:
    __getattr__, __dir__ = late(__name__, {"detect_anomaly": "train.anomaly", "find_lr": "train.curvature"})

__all__ = ["detect_anomaly", "find_lr"]
