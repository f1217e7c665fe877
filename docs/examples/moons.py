"""The moons of micrograd's demo: a network of 337 parameters learns which of two moons a point lies on."""

import importlib.util
import random

from minigrad import compiler
from minigrad.datasets import moons
from minigrad.losses import hinge
from minigrad.nn import MLP
from minigrad.optim import SGD

rng = random.Random(1337)
data = moons(100, noise=0.1, rng=rng)
rows = [(x, y, 2.0 * moon - 1.0) for (x, y), moon in zip(data.x, data.y, strict=True)]  # the hinge knows -1 and 1
model = MLP(2, [16, 16, 1], rng=rng)
loss = compiler.compile(lambda x, y, label: hinge(model([x, y]), label))

# micrograd adds 1e-4 times the sum of the squares of all parameters to the loss: in SGD, a weight decay of 2e-4.
optimizer = SGD(model.parameters(), lr=lambda step: 1.0 - 0.009 * step, weight_decay=2e-4)
for step in range(100):
    optimizer.zero_grad()
    mean = loss.backward(rows)
    optimizer.step()
    if step % 33 == 0:
        score = model.floats()
        right = sum([score([x, y]) * label > 0 for x, y, label in rows])
        print(f"step {step:2}: loss {mean:.4f}, then {right} of {len(rows)} points on the right side")

xs, ys = [0.08 * i - 1.44 for i in range(51)], [1.44 - 0.16 * i for i in range(16)]
marks = {(round((x + 1.44) / 0.08), round((1.44 - y) / 0.16)): "ox"[label > 0] for x, y, label in rows}
for i, y in enumerate(ys):
    print("".join([marks.get((j, i), " :"[score([x, y]) > 0]) for j, x in enumerate(xs)]).rstrip())

if importlib.util.find_spec("matplotlib"):  # where it is not, the picture above will do
    import matplotlib.pyplot as plt

    plt.contourf(xs, ys, [[score([x, y]) for x in xs] for y in ys], levels=[-99, 0, 99], colors=["#fbe3d0", "#d5e6f7"])
    plt.scatter(*zip(*data.x, strict=True), c=data.y, cmap="coolwarm_r", edgecolors="black")
    plt.savefig("moons.png", dpi=60)
