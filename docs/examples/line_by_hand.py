"""The line by hand: how warm it is from how fast crickets chirp, by the four steps that every training loop repeats."""

from minigrad import Value, mean_squared_error
from minigrad.datasets import crickets
from minigrad.optim import SGD

data = crickets()
usual = sum([chirps for (chirps,) in data.x]) / len(data)
chirps = [chirps - usual for (chirps,) in data.x]  # counted from the usual, so that the bowl is round

level, slope = Value(0.0), Value(0.0)
optimizer = SGD([level, slope], lr=0.1)

for step in range(201):
    optimizer.zero_grad()
    loss = mean_squared_error([level + slope * x for x in chirps], data.y)
    loss.backward()
    if step in (0, 1, 2, 5, 10):
        print(f"step {step:2}: loss {loss.data:8.3f}, gradient {level.grad:9.4f} {slope.grad:9.4f}")
    optimizer.step()

print(f"degrees F = {level.data - slope.data * usual:.4f} + {slope.data:.4f} * chirps per second")
