"""The loop of training as a diagram: model, loss, update, and round again."""

from __future__ import annotations

from canvas import Canvas

WORDS = {
    "en": {
        "title": "The loop: the model predicts, the loss says how wrong, the update changes the parameters",
        "model": ("1  Model", "y' = b + w1 · x1", "predicts"),
        "loss": ("2  Loss", "mean of (y' \N{MINUS SIGN} y)²", "says how wrong"),
        "update": ("3  Update", "parameter \N{MINUS SIGN} lr · slope", "moves a little downhill"),
        "data": "data: x1, y",
        "params": "new b and w1",
        "again": "until the loss stops changing",
    },
    "es": {
        "title": "El ciclo: el modelo predice, la pérdida dice cuánto falla, la actualización cambia los parámetros",
        "model": ("1  Modelo", "y' = b + w1 · x1", "predice"),
        "loss": ("2  Pérdida", "media de (y' \N{MINUS SIGN} y)²", "dice cuánto falla"),
        "update": ("3  Actualización", "parámetro \N{MINUS SIGN} lr · pendiente", "da un pasito cuesta abajo"),
        "data": "datos: x1, y",
        "params": "b y w1 nuevos",
        "again": "hasta que la pérdida deje de cambiar",
    },
}


def _box(canvas: Canvas, x: float, y: float, words: tuple[str, str, str], color: str, width: float = 220) -> None:
    canvas.add(
        f'<rect x="{x}" y="{y}" width="{width}" height="98" rx="10" class="{color}" fill="none" stroke-width="2.5"/>'
    )
    for words_at, line, kind in zip(
        (29, 57, 82), words, ("bold fill-ink", "fill-ink", "small fill-muted"), strict=True
    ):
        canvas.text(x + width / 2, y + words_at, line, kind, "middle")


def _draw(language: str) -> str:
    words = WORDS[language]
    canvas = Canvas(600, 330, str(words["title"]))
    canvas.text(130, 26, str(words["data"]), "fill-muted", "middle")
    canvas.arrow((130, 36), (130, 66), "muted")
    _box(canvas, 20, 68, words["model"], "blue")  # type: ignore[arg-type]
    _box(canvas, 360, 68, words["loss"], "orange")  # type: ignore[arg-type]
    _box(canvas, 170, 222, words["update"], "green", 260)  # type: ignore[arg-type]
    canvas.arrow((242, 117), (358, 117), "ink")
    canvas.text(300, 106, "y'", "fill-ink", "middle")
    canvas.line([(470, 168), (470, 271)], "ink", 2.5)
    canvas.arrow((470, 271), (432, 271), "ink")
    canvas.line([(168, 271), (130, 271)], "ink", 2.5)
    canvas.arrow((130, 271), (130, 168), "ink")
    canvas.text(156, 294, str(words["params"]), "fill-ink", "end")
    canvas.text(300, 203, str(words["again"]), "fill-muted", "middle")
    return canvas.svg()


def figures() -> dict[str, str]:
    """The diagram in both languages, by file name."""
    return {"loop.svg": _draw("en"), "loop-es.svg": _draw("es")}
