"""Why a descent went wrong, under one name: a rate that is surely stable, and the first number that is not finite."""

from .train.anomaly import detect_anomaly
from .train.curvature import find_lr

__all__ = ["detect_anomaly", "find_lr"]
