"""Networks. Read `module` (a model and its parameters), `initialization` (how weights start), `layers` (neurons)."""

from .initialization import kaiming_normal, kaiming_uniform, uniform, xavier_normal, xavier_uniform
from .layers import MLP, Layer, Neuron
from .module import Module

__all__ = ["MLP", "Layer", "Module", "Neuron"]
__all__ += ["kaiming_normal", "kaiming_uniform", "uniform", "xavier_normal", "xavier_uniform"]
