"""The textbook tape that the `gpt` and `scale` rows compare with: what one writes after a first lecture on backprop.

A node keeps a tuple of children and a tuple of local derivatives; the order of the walk comes from a recursive
depth-first search with a set of visited nodes.
"""

import math


class Value:
    """A node of the tape."""

    __slots__ = ("data", "grad", "children", "locals")

    def __init__(self, data, children=(), locals=()):  # noqa: A002 - local derivatives, as the lecture calls them
        self.data, self.grad, self.children, self.locals = data, 0.0, children, locals

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, n):
        return Value(self.data**n, (self,), (n * self.data ** (n - 1),))

    def exp(self):
        out = math.exp(self.data)
        return Value(out, (self,), (out,))

    def log(self):
        return Value(math.log(self.data), (self,), (1.0 / self.data,))

    def relu(self):
        return Value(max(0.0, self.data), (self,), (float(self.data > 0),))

    # fmt: off  (what follows is put together from the above)
    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -other

    def __truediv__(self, other):
        return self * other**-1

    def __radd__(self, other):
        return self + other

    def __rsub__(self, other):
        return -self + other

    def __rmul__(self, other):
        return self * other

    def __rtruediv__(self, other):
        return self**-1 * other

    # fmt: on

    def backward(self):
        order, visited = [], set()

        def visit(node):
            if node not in visited:
                visited.add(node)
                for child in node.children:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for child, local in zip(node.children, node.locals, strict=True):
                child.grad += local * node.grad
