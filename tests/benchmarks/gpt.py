"""The row `gpt`: a training step of a character model, one transformer layer of the size of Karpathy's microgpt.

27 characters, a context of 16, 16 wide, 4 heads, 4,192 parameters; no biases; RMS norm, ReLU in the middle layer. One
step reads one document, takes the mean of its cross-entropies, walks back, and moves every parameter against its
gradient.
"""

import itertools
import math
import random

from .harness import Contender, Mark, Row, descent, pytorch, ratio
from .textbook import Value as TextbookValue

CHARACTERS, CONTEXT, WIDTH, HEADS = 27, 16, 16, 4
HEAD = WIDTH // HEADS  # the width of one
RATE = 0.01
SHAPES = {
    "character": (CHARACTERS, WIDTH),
    "position": (CONTEXT, WIDTH),
    "query": (WIDTH, WIDTH),
    "key": (WIDTH, WIDTH),
    "value": (WIDTH, WIDTH),
    "join": (WIDTH, WIDTH),
    "widen": (4 * WIDTH, WIDTH),
    "narrow": (WIDTH, 4 * WIDTH),
    "output": (CHARACTERS, WIDTH),
}


def weights(seed=0):
    """The matrices as lists of rows of floats, the same for every contender."""
    rng = random.Random(seed)
    return {name: [[rng.gauss(0.0, 0.08) for _ in range(m)] for _ in range(n)] for name, (n, m) in SHAPES.items()}


class Loops:
    """What the model needs beyond + - * /, in loops over scalars, as one writes it on any tape."""

    @staticmethod
    def dot(xs, ys):
        return sum([x * y for x, y in zip(xs, ys, strict=True)])

    @staticmethod
    def softmax(xs):
        peak = max([x.data for x in xs])
        powers = [(x - peak).exp() for x in xs]
        total = sum(powers)
        return [power / total for power in powers]

    @classmethod
    def surprise(cls, logits, target):
        return -cls.softmax(logits)[target].log()

    @staticmethod
    def mean(xs):
        return sum(xs) / len(xs)

    @staticmethod
    def relu(x):
        return x.relu()


class OneNodeEach:
    """The same from minigrad's functions of many numbers: one node in place of a loop full."""

    def __init__(self):
        from minigrad import dot, logsumexp, mean, relu, softmax

        self.dot, self.softmax, self.mean, self.relu = dot, softmax, mean, relu
        self.surprise = lambda logits, target: logsumexp(logits) - logits[target]


def mean_surprise(w, document, use):
    """The loss of one document: how surprised the model is by each next character, on average."""

    def linear(matrix, x):
        return [use.dot(row, x) for row in w[matrix]]

    def normalized(x):
        scale = (use.dot(x, x) / WIDTH + 1e-5) ** -0.5
        return [a * scale for a in x]

    def added(x, y):
        return [a + b for a, b in zip(x, y, strict=True)]

    keys, values, surprises = [], [], []
    for position, (character, following) in enumerate(itertools.pairwise(document)):
        x = normalized(added(w["character"][character], w["position"][position]))
        y = normalized(x)
        query = linear("query", y)
        keys.append(linear("key", y))
        values.append(linear("value", y))
        heads = []
        for i in range(0, WIDTH, HEAD):
            scores = [use.dot(query[i : i + HEAD], key[i : i + HEAD]) / math.sqrt(HEAD) for key in keys]
            attention = use.softmax(scores)
            heads += [use.dot(attention, [value[j] for value in values]) for j in range(i, i + HEAD)]
        x = added(x, linear("join", heads))
        x = added(x, linear("narrow", [use.relu(a) for a in linear("widen", normalized(x))]))
        surprises.append(use.surprise(linear("output", x), following))
    return use.mean(surprises)


def on_scalars(make_value, document, use):
    """A contender on a scalar tape."""
    w = {name: [[make_value(x) for x in row] for row in matrix] for name, matrix in weights().items()}
    parameters = [p for matrix in w.values() for row in matrix for p in row]

    return descent(parameters, lambda: mean_surprise(w, document, use), RATE)


def on_tensors(document):
    """The contender on PyTorch's tensors: all positions at once, under a mask that hides the future."""
    torch = pytorch()
    from torch.nn.functional import cross_entropy, relu

    w = {name: torch.tensor(m, dtype=torch.float64, requires_grad=True) for name, m in weights().items()}
    read, following = torch.tensor(document[:-1]), torch.tensor(document[1:])
    length = len(read)
    future = torch.ones(length, length, dtype=torch.bool).triu(1)

    def normalized(x):
        return x * (x.square().mean(-1, keepdim=True) + 1e-5) ** -0.5

    def heads(x):
        return x.view(length, HEADS, HEAD).transpose(0, 1)

    def step():
        x = normalized(w["character"][read] + w["position"][:length])
        y = normalized(x)
        query, key, value = [heads(y @ w[name].T) for name in ("query", "key", "value")]
        scores = (query @ key.transpose(1, 2) / math.sqrt(HEAD)).masked_fill(future, -math.inf)
        joined = (scores.softmax(-1) @ value).transpose(0, 1).reshape(length, WIDTH)
        x = x + joined @ w["join"].T
        x = x + relu(normalized(x) @ w["widen"].T) @ w["narrow"].T
        loss = cross_entropy(x @ w["output"].T, following)
        grads = torch.autograd.grad(loss, list(w.values()))
        with torch.no_grad():
            torch._foreach_add_(list(w.values()), grads, alpha=-RATE)
        return loss.item()

    return Contender(step, lambda loss: [loss, *[x for m in w.values() for x in m.detach().flatten().tolist()]])


def gpt(characters=9):
    """The row, for a document of so many characters (the first and the last stand for its ends)."""
    row = Row(
        "gpt",
        f"a training step of a GPT of microgpt's size (1 layer, 16 wide, 4 heads) on {characters - 1} characters",
        base="textbook tape",
        runs=4,
        marks=[
            Mark("gpt, same loops, against the textbook tape", ratio("textbook tape", SAME), at_least=1.8),
            Mark("gpt, functions of many numbers, against the textbook tape", ratio("textbook tape", MANY), at_least=5),
        ],
    )
    document = [random.Random(3).randrange(CHARACTERS) for _ in range(characters)]

    @row.add("textbook tape")
    def _():
        return on_scalars(TextbookValue, document, Loops)

    @row.add(SAME)
    def _():
        from minigrad import Value

        return on_scalars(Value, document, Loops)

    @row.add(MANY)
    def _():
        from minigrad import Value

        return on_scalars(Value, document, OneNodeEach())

    @row.add("PyTorch, tensors")
    def _():
        return on_tensors(document)

    return row


SAME, MANY = "minigrad, same loops", "minigrad, functions of many"
