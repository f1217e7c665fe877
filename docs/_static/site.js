// What is wider than the screen can be scrolled by keyboard too: it takes the focus, and says what it is.
const words =
  document.documentElement.lang === "es"
    ? { table: "Tabla, se desplaza hacia los lados", code: "Código, se desplaza hacia los lados" }
    : { table: "Table, scrolls sideways", code: "Code, scrolls sideways" };

function reach(box) {
  if (box.scrollWidth > box.clientWidth + 1) {
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", box.tagName === "PRE" ? words.code : words.table);
  } else {
    for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
  }
}

const watcher = new ResizeObserver((entries) => entries.forEach((entry) => reach(entry.target)));
document.querySelectorAll("article pre, .table-wrapper").forEach((box) => watcher.observe(box));

// What stands in a frame (the film, the stepper) follows the system's light or dark; here it follows the theme's switch.
const asWritten = new WeakMap();

function dress(frame) {
  const theme = document.body.dataset.theme || "auto";
  let inner = null;
  try {
    inner = frame.contentDocument;
  } catch {
    return; // opened from a file: another world, which keeps to the system
  }
  if (!inner?.documentElement) return; // not there yet
  for (const sheet of inner.styleSheets) {
    for (const rule of sheet.cssRules) {
      if (!rule.media) continue;
      if (!asWritten.has(rule)) asWritten.set(rule, rule.media.mediaText);
      const media = asWritten.get(rule);
      if (!media.includes("prefers-color-scheme")) continue;
      rule.media.mediaText = theme === "auto" ? media : media.includes(theme) ? "all" : "not all";
    }
  }
  inner.documentElement.style.colorScheme = theme === "auto" ? "light dark" : theme;
}

const frames = document.querySelectorAll("object.film, iframe.stepper");
const dressAll = () => frames.forEach(dress);
frames.forEach((frame) => frame.addEventListener("load", () => dress(frame)));
new MutationObserver(dressAll).observe(document.body, { attributes: true, attributeFilter: ["data-theme"] });
dressAll();
window.addEventListener("load", dressAll);

// A link into what is folded unfolds it, and whatever is printed is printed whole.
function unfold() {
  const target = document.querySelector(":target");
  for (let box = target?.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  target?.scrollIntoView();
}

window.addEventListener("hashchange", unfold);
window.addEventListener("beforeprint", () => {
  for (const box of document.querySelectorAll("article details")) box.open = true;
});
unfold();
