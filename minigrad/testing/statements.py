"""Statements: what random functions with control flow are made of.

Words in capitals are filled in: ATOM with a name or a number, EXPRESSION with arithmetic on these, CONDITION with a
comparison, TARGET with a variable that is there already, COUNT with one of its own, NUMBER, and BLOCK with statements.
`c` is a parameter that only some paths meet.
What comes first is the simplest, to which Hypothesis shrinks.
"""

from __future__ import annotations

# Few, so that equalities hold now and then, and errors happen: 1 / 0, log(-1), exp(1000), overflow.
NUMBERS = (1.0, 2.0, 0.0, -1.0, 0.5, 3.0, 0.1, -0.3, 1000.0, 1e200, -2.0)

EXPRESSIONS = (
    "ATOM",
    "ATOM + ATOM",
    "ATOM - ATOM",
    "ATOM * ATOM",
    "ATOM / 2.0",
    "ATOM * (EXPRESSION)",
    "(EXPRESSION) - ATOM",
    "-ATOM",
    "ATOM ** 2",
    "abs(EXPRESSION)",
    "sin(EXPRESSION)",
    "tanh(EXPRESSION)",
    "sigmoid(EXPRESSION)",
    "relu(EXPRESSION)",
    "maximum(ATOM, EXPRESSION)",
    "minimum(ATOM, EXPRESSION)",
    "clamp(EXPRESSION, -1.0, 1.0)",
    "heaviside(EXPRESSION, 0.0)",
    "copysign(ATOM, EXPRESSION)",
    "where(CONDITION, ATOM, EXPRESSION)",
    "max(ATOM, EXPRESSION)",
    "sorted([ATOM, ATOM, EXPRESSION])[1]",
    "sum([ATOM, ATOM, EXPRESSION])",
    "mean([ATOM, EXPRESSION])",
    "(ATOM if CONDITION else EXPRESSION)",
    "(lambda v, k=ATOM: v * k)(EXPRESSION)",
)

CONDITIONS = (
    "ATOM < ATOM",
    "ATOM > EXPRESSION",
    "ATOM <= EXPRESSION",
    "ATOM >= ATOM",
    "ATOM < EXPRESSION <= ATOM",
    "not ATOM > ATOM",
    "ATOM > 0.0 and EXPRESSION < ATOM",
    "ATOM > 0.0 or EXPRESSION < ATOM",
    "any(v > 0.5 for v in (ATOM, EXPRESSION))",
    "ATOM == ATOM",
    "EXPRESSION != ATOM",
    "ATOM in (ATOM, NUMBER)",
    "ATOM not in [NUMBER, EXPRESSION]",
    "NUMBER <= ATOM == EXPRESSION",
    "(ATOM, ATOM) == (ATOM, NUMBER)",
    "(ATOM, ATOM) < (NUMBER, EXPRESSION)",
)

STATEMENTS: dict[str, tuple[str, ...]] = {
    "assign": ("TARGET = EXPRESSION", "TARGET += EXPRESSION", "TARGET *= ATOM"),
    "branch": (
        "if CONDITION:\n    BLOCK",
        "if CONDITION:\n    BLOCK\nelse:\n    BLOCK",
        "if CONDITION:\n    BLOCK\nelif CONDITION:\n    BLOCK",
        "if CONDITION:\n    return EXPRESSION",
        "if CONDITION:\n    return 0",
        "if CONDITION:\n    return c * ATOM",
        "if CONDITION:\n    TARGET = c * EXPRESSION",
    ),
    "loop": (
        "for v in (ATOM, ATOM):\n    TARGET = TARGET + v",
        "for k in range(3):\n    if CONDITION:\n        break\n    BLOCK",
        "COUNT = 0\nwhile COUNT < 3 and (CONDITION):\n    COUNT += 1\n    BLOCK",
        "for v in sorted([ATOM, EXPRESSION]):\n    if v > ATOM:\n        continue\n    TARGET = v",
    ),
    "equality": (
        "if ATOM == NUMBER:\n    BLOCK",
        "if ATOM in (NUMBER, NUMBER):\n    BLOCK",
        "match ATOM:\n    case 0.0 | 1.0:\n        BLOCK\n    case 2.0:\n        BLOCK",
        "TARGET = TARGET * [ATOM, ATOM, NUMBER].count(ATOM)",
        "with suppress(ValueError):\n    TARGET = ATOM * [NUMBER, ATOM, NUMBER].index(ATOM)",
    ),
    "except": (
        "try:\n    TARGET = ATOM / ATOM\nexcept ZeroDivisionError:\n    BLOCK",
        "try:\n    TARGET = log(EXPRESSION)\nexcept ValueError:\n    BLOCK",
        "try:\n    TARGET = exp(EXPRESSION)\nexcept OverflowError:\n    BLOCK",
        "try:\n    TARGET = ATOM ** 3\nexcept ArithmeticError:\n    BLOCK\nelse:\n    BLOCK",
        "with suppress(ValueError, ArithmeticError):\n    TARGET = sqrt(EXPRESSION)\n    BLOCK",
        "with suppress(Exception):\n    TARGET = ATOM ** -1\n    BLOCK",
        "try:\n    1.0 / EXPRESSION\n    log(ATOM)\nexcept (ZeroDivisionError, ValueError):\n    BLOCK",
        "try:\n    if CONDITION:\n        raise ValueError\n    TARGET = sqrt(ATOM)\nexcept ValueError:\n    BLOCK",
        "try:\n    TARGET = pow(ATOM, ATOM)\nexcept Exception as error:\n    TARGET += len(type(error).__name__)",
        "try:\n    BLOCK\nfinally:\n    TARGET = EXPRESSION",
    ),
    "failure": (
        "TARGET = ATOM / ATOM",
        "TARGET = log(EXPRESSION)",
        "TARGET = exp(EXPRESSION)",
        "TARGET = sqrt(ATOM)",
        "TARGET = ATOM ** -1",
        'if CONDITION:\n    raise ValueError("no")',
    ),
    "text": (
        'TARGET = TARGET + float(f"{ATOM:.1f}")',
        'TARGET = TARGET * len(f"{ATOM:.6g}")',
        "TARGET = TARGET - len(str(ATOM))",
        'if repr(ATOM).startswith("1"):\n    BLOCK',
        'with suppress(ValueError):\n    TARGET = ATOM * float("{}".format(ATOM))',
    ),
    "lookup": (
        "TARGET = TARGET * {0.0: 1.5, 1.0: 2.5, 2.0: 3.5}.get(ATOM, 0.25)",
        "if ATOM in {0.0, 1.0, 2.0}:\n    BLOCK",
        "TARGET = TARGET * len({ATOM, ATOM, NUMBER})",
        "try:\n    TARGET = {1.0: 2.0, 0.5: 3.0}[ATOM]\nexcept KeyError:\n    BLOCK",
    ),
    "static": (
        'if mode == "up":\n    BLOCK',
        "if mode is None:\n    return EXPRESSION",
        "TARGET = ATOM if mode else EXPRESSION",
        'TARGET = TARGET * {"up": 2.0, "down": ATOM}.get(mode, 1.0)',
    ),
    "derivative": ("TARGET = grad(lambda v: v * v * ATOM if v > ATOM else ATOM * v)(ATOM)",),
}
