"""A character model: it reads the names of the chemical elements, two letters at a time, and makes up its own."""

import random
from string import ascii_lowercase

from minigrad import Value, minimize, softmax, tanh
from minigrad.datasets import elements
from minigrad.losses import cross_entropy, mean_cross_entropy
from minigrad.nn import MLP, Module, xavier_normal
from minigrad.optim import Adam

LETTERS = "." + ascii_lowercase  # a point is where a name begins and where it ends


class NextLetter(Module):
    def __init__(self, rng):
        self.meaning = {letter: [Value(rng.gauss(0.0, 0.5)) for _ in range(4)] for letter in LETTERS}
        self.mlp = MLP(8, [12, len(LETTERS)], activation=tanh, init=xavier_normal, rng=rng)

    def __call__(self, first, second):
        return self.mlp(self.meaning[first] + self.meaning[second])


rng = random.Random(2)
model = NextLetter(rng)
names = [f"..{name}." for name in elements()]
rows = [(name[i - 2], name[i - 1], LETTERS.index(name[i])) for name in names for i in range(2, len(name))]
optimizer = Adam(model.parameters(), lr=lambda step: 0.05 * (1.0 - step / 250.0))
options = {"batch_size": 16, "rng": rng, "max_steps": 250}
minimize(lambda a, b, letter: cross_entropy(model(a, b), letter), optimizer, rows=rows, **options)

model = model.floats()
loss = mean_cross_entropy([model(a, b) for a, b, _ in rows], [letter for *_, letter in rows])
print(f"{len(rows)} letters, {len(optimizer.params)} parameters: loss {loss:.2f}; guessing blindly, 3.30")
for _ in range(8):
    name = ".."
    while not name.endswith(".", 2):
        name += rng.choices(LETTERS, softmax(model(*name[-2:])))[0]
    print(name.strip("."))
