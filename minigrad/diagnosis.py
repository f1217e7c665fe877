"""Why a descent went wrong, under one name: a rate that is surely stable, and the first number that is not finite."""

from .train.curvature import find_lr
from .train.diagnosis import detect_anomaly

__all__ = ["detect_anomaly", "find_lr"]
