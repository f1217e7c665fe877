"""Networks. Read `module` (a model and its parameters), `initialization` (how weights start), `layers` (neurons),
`sequential` (layers as PyTorch has them).
"""

from .initialization import kaiming_normal, kaiming_uniform, lecun_uniform, uniform, xavier_normal, xavier_uniform
from .layers import MLP, Layer, Neuron
from .module import Module
from .sequential import Linear, Sequential

__all__ = ["MLP", "Layer", "Linear", "Module", "Neuron", "Sequential"]
__all__ += ["kaiming_normal", "kaiming_uniform", "lecun_uniform", "uniform", "xavier_normal", "xavier_uniform"]
