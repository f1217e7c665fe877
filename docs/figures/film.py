"""A film of the descent: the line swings to the data while the point walks down the bowl.

Where a page shows it in a frame of its own, as the site does, it can be paused: by its button, a click anywhere, or the
space bar. A picture on a code host runs no script, and has no button.
"""

from __future__ import annotations

from bowl import map_of_the_bowl
from canvas import Canvas, Plot, grouped, number
from descent import ROWS, descend

WORDS = {
    "en": {
        "title": "A film of the descent on the seven cars, from w1 = b = 0 with learning rate 0.01",
        "weight": "weight, thousands of pounds",
        "mpg": "miles per gallon",
        "pause": "Pause or go on",
        "frame": "step {step}\N{EM SPACE}loss {loss}\N{EM SPACE}b = {b:.2f}\N{EM SPACE}w1 = {w:.2f}",
    },
    "es": {
        "title": "Película del descenso con los siete coches, desde w1 = b = 0 con tasa de aprendizaje 0.01",
        "weight": "peso, miles de libras",
        "mpg": "millas por galón",
        "pause": "Pausar o seguir",
        "frame": "paso {step}\N{EM SPACE}pérdida {loss}\N{EM SPACE}b = {b:.2f}\N{EM SPACE}w1 = {w:.2f}",
    },
}
STEPS = [0, 1, 2, 3, 4, 5, 10, 20, 50, 100, 200, 400, 700, 1000, 1500, 2000, 2500, 3000, 4000, 5000, 7000, 10000]
BUTTON = (
    '<g id="button" class="button" role="button" tabindex="0" aria-pressed="false" aria-label="{pause}">'
    '<rect x="8" y="6" width="34" height="34" rx="6" class="fill-grid muted"/>'
    '<path class="bars ink" stroke-width="4" d="M20 15v16M30 15v16"/>'
    '<polygon class="play fill-ink" points="19,14 33,23 19,32"/>'
    "</g>"
)
SCRIPT = """<script><![CDATA[
const svg = document.documentElement, button = document.getElementById("button");
svg.setAttribute("width", "100%");
svg.setAttribute("height", "100%");
svg.classList.add("live");
const toggle = () => button.setAttribute("aria-pressed", svg.classList.toggle("paused"));
svg.addEventListener("click", toggle);
svg.addEventListener("keydown", (event) => {
  if (event.key === " " || event.key === "Enter") {
    event.preventDefault();
    toggle();
  }
});
]]></script>"""
SECONDS = 0.6  # that a frame is seen; the last one stays for four


def _draw(language: str) -> str:
    words = WORDS[language]
    result, path = descend(0.01)
    steps = [*STEPS, result.steps]
    canvas = Canvas(640, 360, words["title"])
    line = Plot(canvas, (48, 70, 308, 300), (2, 4.6), (-1, 26))
    line.axes([2, 3, 4], range(0, 26, 5), words["weight"], words["mpg"])
    line.dots(ROWS, "ink", 5)
    chart = map_of_the_bowl(canvas, (376, 70, 620, 300))
    total = SECONDS * len(steps) + 4 - SECONDS
    for i, step in enumerate(steps):
        b, w = path[step]
        last = step == steps[-1]
        canvas.add(f'<g class="{"last" if last else "frame"}" style="animation-delay:{number(i * SECONDS)}s">')
        line.curve([(2, b + w * 2), (4.6, b + w * 4.6)], "orange", 3)
        chart.curve([path[s] for s in steps[: i + 1]], "orange", 2)
        chart.dots([(b, w)], "orange", 6)
        loss = f"{result.history[step]:.3f}" if result.history[step] < 10 else f"{result.history[step]:.2f}"
        canvas.text(320, 28, words["frame"].format(step=grouped(step), loss=loss, b=b, w=w), "bold fill-ink", "middle")
        canvas.add("</g>")
    shown, stays = number(100 * SECONDS / total, 3), number(100 * 4 / total, 3)
    # Who asked for less motion, and who opens the file where nothing moves, sees the last frame.
    canvas.style = (
        ".frame{opacity:0}"
        "@media (prefers-reduced-motion:no-preference){.last{opacity:0}"
        f".frame{{animation:frame {number(total)}s step-end infinite}}"
        f".last{{animation:last {number(total)}s step-end infinite}}}}"
        ".paused g{animation-play-state:paused!important}.button{display:none;cursor:pointer}.bars{fill:none}"
        "@media (prefers-reduced-motion:no-preference){.live .button{display:inline}}"
        ".play{display:none}.paused .play{display:inline}.paused .bars{display:none}"
        ".button:focus-visible rect{stroke-width:3}"
        f"@keyframes frame{{0%{{opacity:1}}{shown}%{{opacity:0}}}}"
        f"@keyframes last{{0%{{opacity:1}}{stays}%{{opacity:0}}}}"
    )
    canvas.add(BUTTON.format(pause=words["pause"]))
    canvas.add(SCRIPT)
    return canvas.svg()


def figures() -> dict[str, str]:
    """The film in both languages, by file name."""
    return {"film.svg": _draw("en"), "film-es.svg": _draw("es")}
