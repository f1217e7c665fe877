"""The line with `minimize`: miles per gallon from the weight of a car, down to where there is no way further down."""

from minigrad import Value, minimize, squared_error
from minigrad.datasets import cars
from minigrad.optim import SGD

data = cars()
rows = [(weight, mpg) for (weight,), mpg in zip(data.x, data.y, strict=True)]

w, b = Value(0.0, label="w"), Value(0.0, label="b")


def predict(weight):
    return w * weight + b


def loss(weight, mpg):
    return squared_error(predict(weight), mpg)


result = minimize(loss, SGD([w, b], lr=0.05), rows=rows, tol=1e-9)
print(result)
print(f"miles per gallon = {b.data:.3f} {w.data:+.3f} * weight in thousands of pounds")
print(f"a car of 3000 pounds: {predict(3.0).data:.1f} miles per gallon")
