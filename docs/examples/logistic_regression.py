"""Logistic regression: the chance that a space shuttle's O-rings are damaged, from the temperature at the launch."""

from minigrad import Value, compiler, minimize, sigmoid
from minigrad.datasets import o_rings
from minigrad.losses import binary_cross_entropy_with_logits
from minigrad.optim import SGD

data = o_rings()
rows = [(temperature, damage) for (temperature,), damage in zip(data.x, data.y, strict=True)]

level, slope = Value(0.0), Value(0.0)


def logit(temperature):
    return level + slope * (temperature - 70.0) / 10.0


@compiler.compile
def loss(temperature, damage):
    return binary_cross_entropy_with_logits(logit(temperature), damage)


result = minimize(loss, SGD([level, slope], lr=4.0), rows=rows)
print(result)
print(f"logit of damage = {level.data - 7.0 * slope.data:.4f} {slope.data / 10.0:+.4f} * degrees F")
for temperature in (80.0, 70.0, 60.0, 50.0, 31.0):
    print(f"{temperature:.0f} degrees: damage with a chance of {sigmoid(logit(temperature)).data:.2%}")
