"""Optimizers. Read `rules` (SGD, Adam, AdamW), `optimizer` (what they share), `schedules` (rates that change)."""

from .optimizer import Optimizer
from .rules import SGD, Adam, AdamW
from .schedules import constant, cosine, step_decay, warmup

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "constant", "cosine", "step_decay", "warmup"]
