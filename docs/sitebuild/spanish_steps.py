"""The page that `explain` saves, in Spanish: the library tells it in English, and each of its sentences is known here.

A sentence that is not known ends the build, so that no page is half in one language and half in the other.
"""

from __future__ import annotations

import json
import re
from html import escape

# What the page says around the steps, as it stands in minigrad/explain/steps.html, and in the picture.
AROUND = {
    '<html lang="en">': '<html lang="es">',
    "A backward pass, step by step": "El recorrido hacia atrás, paso a paso",
    'aria-label="The graph"': 'aria-label="El grafo"',
    'aria-label="This step"': 'aria-label="Este paso"',
    'aria-label="Steps"': 'aria-label="Pasos"',
    "Keys: right and left arrow step forward and back, Home and End go to the first and the last step.": "Teclas: las "
    "flechas derecha e izquierda avanzan y retroceden; Inicio y Fin llevan al primer paso y al último.",
    "The whole pass as text": "Todo el recorrido como texto",
    "Stepping needs JavaScript. The picture above and the text hold all of the pass.": "Para recorrerlo hace falta "
    "JavaScript. La figura de arriba y el texto lo contienen todo.",
    ">First<": ">Primero<",
    ">Back<": ">Atrás<",
    ">Next<": ">Siguiente<",
    ">Last<": ">Último<",
    '"step " + (at + 1) + " of "': '"paso " + (at + 1) + " de "',
    "Graph of 6 nodes": "Grafo de 6 nodos",
    "number on an arrow: its local derivative": "número en una flecha: su derivada local",
}

SENTENCES = [
    (r"Start: the numbers given", "Los números dados"),
    (r"Forward: (.*)", r"Ida: \1"),
    (r"(\w+ = [^a-zA-Z]*(?:, \w+ = [^a-zA-Z]*)*)", r"\1"),
    (r"Backward: start at (\w+)", r"Vuelta: se parte de \1"),
    (r"Backward: the gradient of (\w+)", r"Vuelta: el gradiente de \1"),
    (
        r"The gradient of a number says how (\w+) changes when that number is raised a little: 3 would mean three "
        r"times as much and up, -3 three times as much and down\. It is the slope of \w+ in it: two words for one "
        r"thing\.",
        r"El gradiente de un número dice cómo cambia \1 cuando ese número sube un poco: 3 sería tres veces ese poco y "
        r"hacia arriba; -3, tres veces y hacia abajo. Es la pendiente de \1 respecto a él: dos palabras para lo mismo.",
    ),
    (
        r"(\w+) itself changes exactly as much as it is raised: its gradient is 1\.",
        r"\1 cambia exactamente lo que se le suba: su gradiente es 1.",
    ),
    (
        r"From here the arrows are followed back\. If a result changes 2 times as fast as an operand, and (\w+) 3 "
        r"times as fast as that result, then \w+ changes 2 \* 3 = 6 times as fast as the operand: slopes multiply\.",
        r"Desde aquí se siguen las flechas hacia atrás. Si un resultado cambia 2 veces más rápido que un operando, y "
        r"\1 3 veces más rápido que ese resultado, entonces \1 cambia 2 * 3 = 6 veces más rápido que el operando: las "
        r"pendientes se multiplican.",
    ),
    (r"(\w+) is used in (.*), as operand (\d+)\.", r"\1 se usa en \2, como operando \3."),
    (r"(\w+) is used in ([^,]*)\.", r"\1 se usa en \2."),
    (
        r"Raise (\w+)(?: there)? by (\S+) and (\w+) changes by (\S+), just as much: the slope is (\S+)\.",
        r"Si \1 sube ahí \2, \3 cambia \4, lo mismo: la pendiente es \5.",
    ),
    (
        r"Raise (\w+)(?: there)? by (\S+) and (\w+) changes by (\S+), (\S+) times as much: the slope is (\S+)\.",
        r"Si \1 sube ahí \2, \3 cambia \4, \5 veces eso: la pendiente es \6.",
    ),
    (
        r"This use brings slope \* gradient of (\w+) = ([^a-z]*)",
        r"Este uso aporta pendiente * gradiente de \1 = \2",
    ),
    (
        r"(\w+) is used (\d+) times, and what the uses bring adds up:",
        r"\1 se usa \2 veces, y lo que aportan los usos se suma:",
    ),
    (
        r"gradient of (\w+) = slope \* gradient of (\w+) = ([^a-z]*)",
        r"gradiente de \1 = pendiente * gradiente de \2 = \3",
    ),
    (r"gradient of (\w+) = ([^a-z]*)", r"gradiente de \1 = \2"),
    (r"The gradients", "Los gradientes"),
    (
        r"(\w+): (\S+)\. Raise \w+ a little, and (\w+) falls (\S+) times as much\.",
        r"\1: \2. Si \1 sube un poco, \3 baja \4 veces ese poco.",
    ),
    (
        r"(\w+): (\S+)\. Raise \w+ a little, and (\w+) rises (\S+) times as much\.",
        r"\1: \2. Si \1 sube un poco, \3 sube \4 veces ese poco.",
    ),
    (
        r"To lower (\w+), move a number against its gradient: up where that is negative, down where positive\.",
        r"Para bajar \1, mueve un número en contra de su gradiente: hacia arriba donde es negativo, hacia abajo donde "
        r"es positivo.",
    ),
]


def spanish(sentence: str) -> str:
    """One sentence of `explain` in Spanish; ValueError if it is none that is known.

    >>> spanish("w1 is used in v1 = w1 * 3.5.")
    'w1 se usa en v1 = w1 * 3.5.'
    >>> spanish("w1 is happy.")
    Traceback (most recent call last):
        ...
    ValueError: expected a sentence of explain() that docs/sitebuild/spanish_steps.py knows, got 'w1 is happy.'
    """
    for pattern, words in SENTENCES:
        if found := re.fullmatch(pattern, sentence):
            return found.expand(words)
    raise ValueError(f"expected a sentence of explain() that docs/sitebuild/spanish_steps.py knows, got {sentence!r}")


def in_spanish(page: str) -> str:
    """The whole page in Spanish. Raises ValueError where `explain` says what is not known here."""
    for english, words in AROUND.items():
        if english not in page:
            raise ValueError(f"expected {english!r} in the page that explain() saves; it speaks otherwise now")
        page = page.replace(english, words)
    json_of_steps = re.compile(r'(<script type="application/json" id="steps">)(.*?)(</script>)', re.DOTALL)
    steps = json.loads(json_of_steps.search(page)[2])
    told = []
    for i, step in enumerate(steps, start=1):
        step["title"], step["lines"] = spanish(step["title"]), [spanish(line) for line in step["lines"]]
        told += [f"{i}. {step['title']}", *[f"     {line}" for line in step["lines"]]]
    text = json.dumps(steps).replace("<", "\\u003c")
    page = json_of_steps.sub(lambda found: found[1] + text + found[3], page)
    return re.sub(r"<pre>.*?</pre>", lambda _: f"<pre>{escape(chr(10).join(told))}</pre>", page, flags=re.DOTALL)
