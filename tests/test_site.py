"""The site in a browser: each language to itself, a search without accents, figures that follow the theme's switch.

Slow: it builds the pages and drives Chromium against a server on 127.0.0.1, where Sphinx, Chromium and Playwright are.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from browser import served

DOCS = Path(__file__).resolve().parent.parent / "docs"
AXE = "axe-core@4.14.1"
PAGES = [
    *("index", "teachers", "benchmarks", "engine-tour", "tutorial/4-the-start", "tutorial/7-convergence"),
    *("notebook/reducing-loss", "reference/losses", "reference/command-line"),
    *("es/index", "es/para-docentes", "es/tutorial/5-un-paso", "es/tutorial/7-convergencia", "es/reducir-la-perdida"),
]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    """The built pages."""
    for name in ("sphinx", "furo", "myst_parser"):
        pytest.importorskip(name, reason="the site needs the extra: pip install '.[docs]'")
    folder = tmp_path_factory.mktemp("site")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "-q",
        "-d",
        str(folder / "doctrees"),
        str(DOCS),
        str(folder / "html"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "html"


@pytest.fixture(scope="module")
def address(html):
    """Where a server of this machine alone has them."""
    with served(html) as address:
        yield address


@pytest.fixture
def visit(chromium, address):
    """Opens a page; in the end nothing may have gone wrong, or out to another host."""
    wrong, contexts = [], []

    def visit(page, *, width=1280, theme=None, **options):
        context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        if theme:
            context.add_init_script(f"localStorage.setItem('theme', '{theme}')")
        context.on("request", lambda r: wrong.append(r.url) if not r.url.startswith((address, "data:")) else None)
        opened = context.new_page()
        opened.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
        opened.on("pageerror", lambda error: wrong.append(str(error)))
        opened.goto(address + page)
        return opened

    yield visit
    for context in contexts:
        context.close()
    assert not wrong


def names(links):
    return [link.get_attribute("href") for link in links.all()]


# --- Two languages --------------------------------------------------------------------------------------------------


def test_previous_and_next_never_lead_into_the_other_language(html):
    for page in html.rglob("*.html"):
        here = page.relative_to(html).as_posix()
        for target in re.findall(r'<link rel="(?:next|prev)"[^>]*href="([^"]+)"', page.read_text(encoding="utf-8")):
            there = (page.parent / target).resolve().relative_to(html).as_posix()
            assert there.startswith("es/") == here.startswith("es/"), f"{here} leads to {there}"


def test_the_spanish_tree_has_its_own_order_and_captions(html):
    last = (html / "es" / "tutorial" / "7-convergencia.html").read_text(encoding="utf-8")
    assert re.search(r'<link rel="next"[^>]*href="\.\./tu-propia-tabla\.html"', last)
    captions = re.findall(r'caption-text">([^<]+)<', last)
    assert captions == ["Tutorial", "Guías", "Otros idiomas"]
    assert '<html class="no-js" lang="es"' in last


def test_twins_name_each_other_for_search_engines(html):
    english = (html / "tutorial" / "3-the-bowl.html").read_text(encoding="utf-8")
    assert '<link rel="alternate" hreflang="es" href="../es/tutorial/3-el-cuenco.html">' in english
    spanish = (html / "es" / "tutorial" / "3-el-cuenco.html").read_text(encoding="utf-8")
    assert '<link rel="alternate" hreflang="en" href="../../tutorial/3-the-bowl.html">' in spanish
    assert '<link rel="alternate" hreflang="es" href="3-el-cuenco.html">' in spanish


@pytest.mark.parametrize("query", ["perdida", "pérdida", "PÉRDIDA"])
def test_the_search_finds_words_with_accents_for_words_without(visit, query):
    page = visit(f"search.html?q={query}")
    page.wait_for_selector("#search-results li a")
    page.wait_for_timeout(500)
    assert any("es/tutorial/2-modelo-y-perdida" in link for link in names(page.locator("#search-results li a")))


def test_a_search_on_a_spanish_page_is_told_in_spanish_and_finds_spanish_pages_first(visit):
    page = visit("es/index.html")
    page.fill("input[name=q]", "gradiente")
    page.press("input[name=q]", "Enter")
    page.wait_for_function("document.querySelector('#search-results .search-summary')?.textContent.startsWith('Hay ')")
    assert "/buscar.html?q=gradiente" in page.url
    assert page.inner_text("#search-results h2") == "Resultados"
    assert page.inner_text(".search-summary").endswith("páginas con esas palabras.")
    assert page.title().startswith("Buscar")
    here = [link.startswith("es/") for link in names(page.locator("#search-results li > a"))]
    assert any(here) and here == sorted(here, reverse=True)
    assert page.request.get(page.locator("#search-results li > a").first.evaluate("(link) => link.href")).ok
    page.goto(page.url.replace("gradiente", "zzzzz"))
    page.wait_for_function("document.querySelector('.search-summary')?.textContent.startsWith('Ninguna')")


def test_a_search_on_an_english_page_finds_english_pages_first(visit):
    page = visit("search.html?q=tutorial")
    page.wait_for_function("document.querySelector('.search-summary')?.textContent.startsWith('Search finished')")
    here = [not link.startswith("es/") for link in names(page.locator("#search-results li > a"))]
    assert not all(here) and here == sorted(here, reverse=True)


# --- Figures --------------------------------------------------------------------------------------------------------


def film_of(page):
    """The film's own document, once its script has run."""
    page.wait_for_selector("object.film")
    page.wait_for_load_state("networkidle")
    film = next(frame for frame in page.frames if frame.url.endswith("/film.svg"))
    film.wait_for_selector("svg.live")
    return film


@pytest.mark.parametrize(
    ("system", "theme", "dark"), [("light", "dark", True), ("dark", "light", False), ("dark", None, True)]
)
def test_the_themes_switch_reaches_figures_film_and_stepper(visit, system, theme, dark):
    page = visit("tutorial/7-convergence.html", color_scheme=system, theme=theme)
    film = film_of(page)
    page.wait_for_timeout(300)
    paper = film.eval_on_selector("rect", "(rect) => getComputedStyle(rect).fill")
    assert paper == ("rgb(22, 24, 28)" if dark else "rgb(255, 255, 255)")
    scheme = page.eval_on_selector("img[src*=standstill]", "(image) => getComputedStyle(image).colorScheme")
    assert scheme == (theme or "light dark")


def test_the_film_can_be_paused_by_button_and_by_keyboard(visit):
    film = film_of(visit("index.html"))
    button = film.wait_for_selector("#button")
    state = "[...document.querySelectorAll('.frame')].map((frame) => getComputedStyle(frame).animationPlayState)"
    running = f"{state}.every((state) => state === 'running')"
    assert film.evaluate(running) and button.get_attribute("aria-pressed") == "false"
    button.click()
    assert not film.evaluate(running) and button.get_attribute("aria-pressed") == "true"
    button.press("Space")
    assert film.evaluate(running)


def test_who_asked_for_less_motion_sees_no_film_and_no_button(visit):
    film = film_of(visit("index.html", reduced_motion="reduce"))
    assert not film.locator("#button").is_visible()
    assert film.eval_on_selector(".last", "(g) => getComputedStyle(g).animationName") == "none"


def test_one_cars_backward_pass_can_be_stepped_through(visit):
    outer = visit("tutorial/4-the-start.html").wait_for_selector("iframe.stepper")
    outer.scroll_into_view_if_needed()
    frame = outer.content_frame()
    frame.wait_for_selector("nav:not([hidden])")
    frame.focus("button[data-go=next]")
    frame.press("button[data-go=next]", "Enter")
    assert frame.text_content("#count") == "step 2 of 12"


def test_on_a_spanish_page_it_is_told_in_spanish(visit):
    outer = visit("es/tutorial/4-el-punto-de-partida.html").wait_for_selector("iframe.stepper")
    outer.scroll_into_view_if_needed()
    frame = outer.content_frame()
    frame.wait_for_selector("nav:not([hidden])")
    assert frame.get_attribute("html", "lang") == "es"
    frame.click("[data-go=last]")
    assert frame.text_content("#count") == "paso 12 de 12"
    assert "Si w1 sube un poco, pérdida baja 126 veces ese poco." in frame.text_content("#told")
    english = r"\b(the|is|of|step|back|next|first|last|slope|gradient|graph)\b"
    assert not re.findall(english, frame.inner_text("body") + frame.text_content("svg") + frame.text_content("pre"))


# --- For everybody --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    if shutil.which("npm") is None:
        pytest.skip("needs npm, which has axe-core")
    work = tmp_path_factory.mktemp("axe")
    if subprocess.run(["npm", "pack", "--silent", AXE], cwd=work, capture_output=True, check=False).returncode:
        pytest.skip("npm's registry is out of reach, and axe-core with it")
    shutil.unpack_archive(next(work.glob("*.tgz")), work, filter="data")
    return (work / "package" / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_no_serious_fault(visit, axe, page, scheme):
    opened = visit(f"{page}.html", width=390, color_scheme=scheme)
    opened.wait_for_timeout(200)
    opened.evaluate(axe)
    found = opened.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert not [
        (fault["id"], fault["nodes"][0]["html"]) for fault in found if fault["impact"] in ("serious", "critical")
    ]


def test_neither_does_it_on_any_other_page_with_all_that_is_folded_unfolded(visit, axe, html, address):
    opened = visit("index.html", width=390)
    faults = {}
    for path in sorted(html.rglob("*.html")):
        name = path.relative_to(html).as_posix()
        opened.goto(address + name)
        if not name.startswith("_static"):
            opened.evaluate("document.querySelectorAll('details').forEach((box) => (box.open = true))")
        opened.evaluate(axe)
        found = opened.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        faults[name] = [fault["id"] for fault in found if fault["impact"] in ("serious", "critical")]
        if opened.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            faults[name].append("wider than the screen")
    assert len(faults) > 100
    assert not {name: ids for name, ids in faults.items() if ids}


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_wider_than_the_screen(visit, page, width):
    opened = visit(f"{page}.html", width=width)
    assert opened.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_what_is_wider_than_the_screen_can_be_scrolled_by_keyboard(visit):
    page = visit("tutorial/5-one-step.html", width=390)
    wide = page.locator("article pre[tabindex='0']").first
    wide.focus()
    wide.press("ArrowRight")
    page.wait_for_timeout(300)
    assert wide.evaluate("(box) => box.scrollLeft") > 0
    assert wide.get_attribute("role") == "region" and wide.get_attribute("aria-label")


def test_the_benchmarks_are_not_seventeen_screens_on_a_phone(visit):
    page = visit("benchmarks.html", width=390)
    assert page.evaluate("document.documentElement.scrollHeight") < 6000


def test_no_page_is_taller_than_ten_thousand_pixels_on_a_phone(visit, html, address):
    page = visit("index.html", width=390)
    heights = {}
    for path in html.rglob("*.html"):
        page.goto(address + path.relative_to(html).as_posix(), wait_until="domcontentloaded")
        heights[path.name] = page.evaluate("document.documentElement.scrollHeight")
    assert not {name: height for name, height in heights.items() if height > 10_000}


def test_a_link_into_what_is_folded_unfolds_it(visit):
    page = visit("reference/functions.html#minigrad.softmax", width=390)
    top = "document.getElementById('minigrad.softmax').getBoundingClientRect().top"
    page.wait_for_function(f"0 <= {top} && {top} < 600")
    page.evaluate("location.hash = 'minigrad.exp'")
    page.wait_for_function("document.getElementById('minigrad.exp').closest('details').open")


def test_an_arrow_is_never_broken_in_two_and_a_prime_stays_a_prime(html):
    page = (html / "tutorial" / "6-the-rate.html").read_text(encoding="utf-8")
    body = page.partition("<article")[2].partition("</article>")[0]
    assert '<span class="arrow">-&gt;</span>' in body
    assert not re.search(r'(?<!<span class="arrow">)-&gt;', body)
    first = (html / "tutorial" / "1-the-loop.html").read_text(encoding="utf-8")
    assert "y' = b + w1" in first and "y\N{RIGHT SINGLE QUOTATION MARK}" not in first
