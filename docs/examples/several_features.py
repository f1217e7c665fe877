"""Several features: how much ammonia a plant loses, from three of its settings on 21 days, each in its own unit."""

from statistics import fmean, pstdev

from minigrad import Value, compiler, dot, minimize, squared_error
from minigrad.datasets import stack_loss
from minigrad.optim import SGD

data = stack_loss()
columns = list(zip(*data.x, strict=True))
means, spreads = [fmean(column) for column in columns], [pstdev(column) for column in columns]

# Standardized: each feature in its own usual deviations from its own mean, or SGD would crawl along a narrow valley.
rows = [
    ([(x - mean) / spread for x, mean, spread in zip(features, means, spreads, strict=True)], target)
    for features, target in zip(data.x, data.y, strict=True)
]

weights, bias = [Value(0.0) for _ in data.features], Value(0.0)


@compiler.compile
def loss(features, target):
    return squared_error(dot(weights, features) + bias, target)


result = minimize(loss, SGD([*weights, bias], lr=0.3), rows=rows)
print(result)

slopes = [w.data / spread for w, spread in zip(weights, spreads, strict=True)]  # back in the plant's own units
for name, slope in zip(data.features, slopes, strict=True):
    print(f"{name:20} {slope:9.4f}")
print(f"{'intercept':20} {bias.data - dot(slopes, means):9.4f}")
