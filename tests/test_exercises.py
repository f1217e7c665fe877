"""Claims about the exercises: two or three on each page, answers that unfold, and numbers that arithmetic gives."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"
TOUR = DOCS / "engine-tour.md"
PAGES = [TOUR, *sorted((DOCS / "tutorial").glob("*.md")), *sorted((DOCS / "es" / "tutorial").glob("*.md"))]

F = Fraction

# The tutorial's own numbers, worked out anew with exact fractions; no minigrad here.
CARS = [(F(x), y) for x, y in (("3.50", 18), ("3.69", 15), ("3.44", 18), ("3.43", 16), ("4.34", 15), ("4.42", 14))]
CARS.append((F("2.37"), 24))
CRICKETS = [(F("20.0"), F("88.6")), (F("16.0"), F("71.6")), (F("19.8"), F("93.3"))]
XX = sum(x * x for x, _ in CARS) / 7
XY = sum(x * y for x, y in CARS) / 7
X, Y = sum(x for x, _ in CARS) / 7, F(120, 7)
W = (XY - X * Y) / (XX - X * X)
B = Y - W * X


LR = F("0.01")


def loss(b, w, rows=CARS):
    return sum((b + w * x - y) ** 2 for x, y in rows) / len(rows)


def slopes(b, w, rows=CARS):
    misses = [b + w * x - y for x, y in rows]
    by_w = 2 * sum(miss * x for miss, (x, _) in zip(misses, rows, strict=True)) / len(rows)
    return 2 * sum(misses) / F(len(rows)), by_w


def step(b, w, by_b, by_w, lr=LR):
    return b - lr * by_b, w - lr * by_w


def show(x, digits):
    return f"{float(x):.{digits}f}".replace("-", "\N{MINUS SIGN}")


def two_valleys(w):
    return w**4 - 3 * w**2 + w


FIRST = step(0, 0, *slopes(0, 0))
SECOND = step(*FIRST, *slopes(*FIRST))
SUMS = [first + second for first, second in zip(slopes(0, 0), slopes(*FIRST), strict=True)]
FORGOT = step(*FIRST, *SUMS)
CURVED = 2 * XX
NUMBERS = {
    "1": [
        show(loss(20, 0), 0),
        show(slopes(20, 0)[0], 4),
        show(step(20, 0, *slopes(20, 0))[0], 6),
        *[show(x, 6) for x in step(0, 0, *slopes(0, 0), F("0.02"))],
    ],
    "2": [
        show(loss(25, F("3.3"), CRICKETS), 2),
        show(loss(25, 3, CRICKETS), 2),
        show(F("12.71") * 25 / 81, 2),
        show(Y, 6),
        show(loss(Y, 0), 2),
    ],
    "3": [
        show(XY / XX, 3),
        show(loss(0, XY / XX), 2),
        show((F("678.6") + F("328.5")) / 2, 2),
        show(loss(20, -2), 2),
        show((F("-3.514") - F("1.070")) / 2, 3),
        show(two_valleys(F("-0.085")), 3),
    ],
    "4": [show(x, d) for x, d in zip(slopes(0, 0, CARS[-1:]), (0, 2), strict=True)]
    + [show((loss(0, h) - loss(0, 0)) / h - slopes(0, 0)[1], d) for h, d in ((F("0.1"), 3), (F("0.01"), 4))]
    + [show(sum(B + W * x - y for x, y in CARS), 0)],
    "5": [show(x, 6) for x in SECOND] + [show(x, 4) for x in SUMS] + [show(x, 5) for x in FORGOT],
    "6": [show(1 - F(lr) * CURVED, 3) for lr in ("0.001", "0.03", "0.08")]
    + [show(1 / CURVED, 4), show(2 / CURVED / 10**6, 10)],
    "7": [
        show(F("33.585") - F("4.569") * 3, 3),
        show(F("33.585") - F("4.569") * F("2.37") - 24, 3),
        show(1 - loss(B, W) / loss(Y, 0), 2),
        show(F("3.39") - F("1.470"), 2),
    ],
    "engine-tour": [show(2 * 3 + 1, 0), show(F(1, 3), 4), show(F(-6, 9), 4), show(2**4 - 1, 0), show(3 + 1, 0)],
}


def answers(page):
    """What unfolds below each exercise of a page."""
    text = re.split(r"^## (?:Exercises|Ejercicios)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1]
    section = text.partition("\n## ")[0]
    found = re.findall(
        r"^(\d)\. .*?<details>\n<summary>\w+ (\d)</summary>\n\n(.*?)\n\n</details>$", section, re.M | re.S
    )
    assert section.count("<details>") == len(found)
    assert [number for pair in found for number in pair[:2]] == [str(i // 2 + 1) for i in range(2 * len(found))]
    return [answer for *_, answer in found]


def page_id(page):
    return page.relative_to(DOCS).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_page_of_the_tutorial_and_the_tour_has_two_or_three_exercises(page):
    assert len(answers(page)) in (2, 3)


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_the_numbers_of_the_answers_are_what_exact_arithmetic_gives(page):
    key = page.stem if page is TOUR else page.name[0]
    printed = re.findall(r"\*\*([^*]+)\*\*", "\n".join(answers(page)))
    assert printed == NUMBERS[key]


def test_the_loss_that_the_second_exercises_of_page_5_tell_is_the_one_there():
    assert show(loss(*SECOND), 2) == "103.17" and show(loss(*FORGOT), 2) == "46.40"
    assert [show(x, 4) for x in slopes(*FIRST)] == ["\N{MINUS SIGN}24.9838", "\N{MINUS SIGN}85.2839"]


def test_the_run_of_the_last_exercise_ends_where_it_says():
    from minigrad import Value, minimize
    from minigrad.losses import mean_squared_error
    from minigrad.optim import SGD

    b, w1 = Value(0.0), Value(0.0)
    rows = [(float(x), float(y)) for x, y in CARS]
    result = minimize(
        lambda: mean_squared_error([b + w1 * x for x, _ in rows], [y for _, y in rows]),
        SGD([b, w1], lr=0.05),
        max_steps=500,
    )
    assert result.reason == "max_steps" and f"{result.loss:.2f}" == "3.39" and f"{result.loss - 1.470:.2f}" == "1.92"
