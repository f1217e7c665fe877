// The page: what is asked for (in the address), what is shown, and the keys and buttons that change it.
import { EXPERIMENTS, FACTS, STORY, TABLES } from "./library.js";
import { bowl, Descent, fill, limit } from "./model.js";
import { drawLine, drawLoss, drawMap, short } from "./draw.js";
import { offer } from "./real.js";

const $ = (id) => document.getElementById(id);
const words = await (await fetch("words.json")).json();
const still = matchMedia("(prefers-reduced-motion: reduce)");
export const t = (key, numbers = {}) => fill(words[state.lang][key] ?? key, { ...FACTS, ...numbers });

// --- The state, which the address holds ---

const FIRST = { table: "cars", b: 0, w1: 0, lr: 0.01, step: 0, lang: navigator.language.startsWith("es") ? "es" : "en", momentum: 0, forget: 0, log: 0, try: "", points: "" };
const ALWAYS = ["table", "b", "w1", "lr", "step", "lang"];
const state = { ...FIRST };
let rows, bottom, descent, timer, guess, view, plots;

function read() {
  Object.assign(state, FIRST);
  for (const [key, text] of new URLSearchParams(location.hash.slice(1))) {
    if (typeof FIRST[key] === "number") { if (isFinite(+text)) state[key] = +text; }
    else if (key in FIRST) state[key] = text;
  }
  if (!(state.lr > 0)) state.lr = FIRST.lr;
  if (!(state.table in TABLES) && state.table !== "own") state.table = "cars";
  if (!(state.lang in words)) state.lang = "en";
  if (!(state.try in EXPERIMENTS)) state.try = "";
  state.step = Math.max(0, Math.floor(state.step));
  $("points").value = state.points.replace(/;/g, "\n");
  speak();
  begin();
}

function write() {
  const kept = Object.keys(FIRST).filter((key) => ALWAYS.includes(key) || state[key] !== FIRST[key]);
  history.replaceState(null, "", "#" + kept.map((key) => `${key}=${encodeURIComponent(state[key])}`).join("&"));
}

// A descent from the start with what is set now; it is computed as far as it is shown.
function begin() {
  pause();
  rows = TABLES[state.table] ?? state.points.split(";").map((row) => row.split(",").map(Number)).filter((row) => row.length === 2 && row.every(isFinite));
  bottom = rows.length > 1 ? bowl(rows) : null;
  const { tol, max_steps } = EXPERIMENTS[state.try] ?? {};
  const options = { b: state.b, w1: state.w1, lr: state.lr, momentum: state.momentum, forget: !!state.forget };
  descent = bottom && new Descent(rows, { ...options, ...(tol && { tol }), ...(max_steps && { max_steps }) });
  view = null;
  show();
}

// Another start, rate or table: the descent begins anew there, and is no experiment any more.
function set(changes) {
  Object.assign(state, { try: "", step: 0 }, changes);
  guess = null;
  $("ask").hidden = true;
  begin();
  write();
}

// --- What is shown ---

function speak() {
  document.documentElement.lang = state.lang;
  document.title = `${t("title")} - minigrad`;
  for (const e of document.querySelectorAll("[data-t]")) e.textContent = t(e.dataset.t);
  for (const e of document.querySelectorAll("[data-lang]")) e.setAttribute("aria-pressed", e.dataset.lang === state.lang);
  $("home").href = state.lang === "es" ? "../es/index.html" : "../index.html";
  $("map").setAttribute("aria-label", t("cap_map"));
  $("table").setAttribute("aria-label", t("inside"));
  $("numbers").setAttribute("aria-label", t("update"));
  $("which").innerHTML = [...Object.keys(TABLES), "own"].map((name) => `<option value="${name}">${t("table_" + name)}</option>`).join("");
  $("tries").innerHTML = Object.keys(EXPERIMENTS).map((name) => `<button data-try="${name}">${t("try_" + name)}</button>`).join("");
  $("glossary").innerHTML = t("glossary").split("\n").map((line) => line.replace(/(.*?): (.*)/, "<dt>$1</dt><dd>$2</dd>")).join("");
}

function show() {
  const here = descent?.at(state.step) ?? { point: [state.b, state.w1] };
  if (descent) state.step = Math.min(state.step, descent.path.length - 1);
  const [b, w1] = here.point, path = descent ? descent.path.slice(0, state.step + 1) : [here];
  const axes = { ...words[state.lang], x: t("x_" + state.table), y: t("y_" + state.table) };
  look(here.point);
  plots = { line: drawLine(rows, here.point, axes), map: drawMap(bottom, [state.b, state.w1], path.map((p) => p.point), axes, view) };
  if (descent) plots.loss = drawLoss(path.map((p) => p.loss), axes, state.log, 10);
  for (const id of ["line", "map", "loss"]) $(id).innerHTML = plots[id]?.svg(t("cap_" + id)) ?? "";
  $("where").innerHTML = descent ? t("where", { step: state.step, b: short(b), w1: short(w1), loss: short(here.loss), norm: short(here.norm) }) : t("few");
  const ended = here.reason;
  for (const id of ["step", "run"]) $(id).disabled = !descent || !!ended;
  $("run").textContent = t(timer ? "pause" : "run");
  $("log").textContent = t(state.log ? "linear" : "logarithmic");
  $("log").setAttribute("aria-pressed", !!state.log);
  settings();
  $("near").textContent = descent && !state.step && here.loss < 2 * bottom.lowest ? t("near", { loss: short(here.loss), lowest: short(bottom.lowest) }) : "";
  if (!timer) inNumbers(here);
  if (!timer) $("told").innerHTML = descent ? (ended ? ending(here) : state.step ? `<p>${t("moved", { step: state.step, loss: short(here.loss) })}</p>` : "") : "";
}

// The part of the map: the start and the bottom, and so much more as the path has needed.
function look([b, w1]) {
  const [b0, w0] = bottom?.best ?? [0, 0], sizes = [Math.max(Math.abs(b0), 5) * 0.9, Math.max(Math.abs(w0), 2) * 1.9];
  view ??= { k: 1 };
  const out = () => Math.abs(b - b0 / 1.5) > sizes[0] * view.k || Math.abs(w1 - w0 / 9) > sizes[1] * view.k;
  while (view.k < 1e6 && out()) view.k *= 2;
  view.b = [b0 / 1.5 - sizes[0] * view.k, b0 / 1.5 + sizes[0] * view.k];
  view.w1 = [w0 / 9 - sizes[1] * view.k, w0 / 9 + sizes[1] * view.k];
}

function settings() {
  for (const [id, i] of [["b", 0], ["w1", 1]]) {
    const range = view[id].map((x) => Math.round(x));
    [$(id).min, $(id).max] = range;
    $(id).value = state[id];
    $(id + "_now").textContent = short(state[id]);
  }
  if (document.activeElement !== $("lr")) $("lr").value = state.lr;
  $("power").value = Math.log10(state.lr);
  $("power").setAttribute("aria-label", t("lr"));
  $("power").setAttribute("aria-valuetext", state.lr);
  const most = bottom && limit(bottom, state.momentum), shown = $("limit").getAttribute("aria-expanded") === "true" && most;
  $("mark").hidden = !shown;
  $("mark").style.left = `${((Math.log10(most) + 6) / 6) * 100}%`;
  $("limit_text").textContent = shown ? t("limit_is", { limit: most.toPrecision(3) }) : "";
  $("momentum").checked = state.momentum > 0;
  $("forget").checked = !!state.forget;
  $("which").value = state.table;
  $("own").hidden = state.table !== "own";
}

// How a descent ended: the prediction, minigrad's words, and what they mean.
function ending({ reason }) {
  const told = EXPERIMENTS[state.try], path = descent.path, n = path.length - 1;
  const said = state.forget ? EXPERIMENTS.zero.words : descent.words();
  const went = reason === "stalled" ? "still" : path[n].loss > path[0].loss ? "up" : "down";
  const right = guess && t(guess === went ? "right" : "wrong", { guess: t(guess), went: t(went) });
  const lower = /lr = (\S+)\.$/m.exec(said)?.[1];
  return `<div class="said">${right ? `<p><b>${right}</b></p>` : ""}<p>${t("says")}</p><pre lang="en">${said}</pre>
    <p>${t(told ? "after_" + state.try : "after_" + (state.forget ? "zero" : reason), { lr: state.lr, steps: n })}</p>
    ${lower ? `<button data-lr="${lower}">${t("try_rate", { lr: lower })}</button>` : ""}</div>`;
}

// The update of this step, as on page 1 of the tutorial, and the table behind its gradients.
function inNumbers({ point, gradient, loss, velocity }) {
  const next = descent && !descent.at(state.step).reason && descent.at(state.step + 1);
  const digits = (x) => (Math.abs(x) < 1e6 ? x.toFixed(6) : x.toExponential(4)).replace(/\.?0+$/, "");
  const line = (name, i) => `${name} = ${digits(point[i])} - ${state.lr} * (${+(next.velocity[i]).toPrecision(8)}) = ${digits(next.point[i])}`;
  $("numbers").textContent = next ? `${line("b", 0)}\n${line("w1", 1)}` : descent ? t("no_step") : t("few");
  $("table").innerHTML = descent && $("inside").open ? table(point, gradient, loss) : "";
}

function table([b, w1], gradient, loss) {
  const cell = (...x) => x.map((v) => `<td>${typeof v === "number" ? short(+v.toFixed(4)) : v}</td>`).join("");
  const lines = rows.map(([x, y], i) => { const miss = b + w1 * x - y; return `<tr><td><button data-row="${i}">${i + 1}</button></td>${cell(x, y, b + w1 * x, miss, miss * x, miss * miss)}</tr>`; });
  const total = (f) => rows.reduce((sum, [x, y]) => sum + f(b + w1 * x - y, x), 0);
  const heads = [t("row"), "x1", "y", "y'", t("miss"), `${t("miss")} · x1`, `${t("miss")}²`].map((h) => `<th scope="col">${h}</th>`).join("");
  const sums = `<tr><th scope="row">${t("sum")}</th>${cell("", "", "", total((m) => m), total((m, x) => m * x), total((m) => m * m))}</tr>`;
  return `<table><thead><tr>${heads}</tr></thead><tbody>${lines.join("")}${sums}</tbody></table><p>${t("sums", { n: rows.length, loss: short(loss), gb: short(gradient[0]), gw: short(gradient[1]) })}</p>`;
}

// --- Walking ---

function go() {
  if (timer || !descent || descent.end) return pause();
  if (still.matches) { descent.at(1e6); state.step = descent.path.length - 1; show(); return write(); }
  const tick = () => {
    state.step += 1 + Math.floor(state.step / 25);
    descent.at(state.step);
    if (descent.end && state.step >= descent.path.length - 1) { state.step = descent.path.length - 1; return pause(); }
    show();
    timer = setTimeout(tick, state.step < 12 ? 260 : 40);
  };
  timer = setTimeout(tick, 0);
}

function pause() {
  clearTimeout(timer);
  timer = null;
  if (descent) { show(); write(); }
}

function once() {
  pause();
  state.step += 1;
  show();
  write();
}

// --- The stepper: one row, forward through its operations and back, as minigrad's explain tells it ---

let story, place;
function tell(i) {
  const [b, w1] = descent.at(state.step).point, [x1, y] = rows[i], v = { b, w1, x1, y }, g = {};
  for (const [name, , forward] of STORY) v[name] = forward(v);
  const n = (x) => short(+x.toPrecision(6)), last = STORY[STORY.length - 1][0], cards = ["b", "w1", ...STORY.map(([name]) => name)];
  const numbers = (formula) => formula.replace(/[a-z]\w*/g, (name) => (v[name] < 0 ? `(${n(v[name])})` : n(v[name])));
  story = [[t("st_given"), `b = ${n(b)}, w1 = ${n(w1)}, x1 = ${n(x1)}, y = ${n(y)}`, ["b", "w1"]]];
  for (const [name, formula] of STORY) story.push([t("st_forward", { name, formula }), `${name} = ${numbers(formula)} = ${n(v[name])}`, [name]]);
  story.push([t("st_turn", { last }), t("st_one", { last }), [last]]);
  g[last] = 1;
  for (const [user, formula, , uses] of [...STORY].reverse()) {
    for (const [name, local] of uses) {
      const slope = local(v);
      g[name] = (g[name] ?? 0) + slope * g[user];
      story.push([t("st_back", { name }), t("st_use", { name, user, formula, slope: n(slope), up: n(g[user]), gradient: n(g[name]) }), [name]]);
    }
  }
  story.push([t("st_end"), t("st_means", { gb: n(g.b), gw: n(g.w1), n: rows.length }), ["b", "w1"]]);
  const turn = STORY.length + 1;
  story.draw = () => cards.map((name) => {
    const forward = STORY.findIndex(([x]) => x === name), back = story.findIndex(([, , now], k) => k >= turn && now[0] === name);
    return `<div class="${story[place][2].includes(name) ? "now" : ""}"><b>${name}</b><br>${place > forward ? n(v[name]) : "?"}<br>∇ ${place >= back ? n(g[name]) : "?"}</div>`;
  }).join("");
  place = 0;
  turnTo(0);
  $("stepper").showModal();
}

function turnTo(k) {
  place = Math.max(0, Math.min(k, story.length - 1));
  [$("said").textContent, $("more").textContent] = [`${place + 1}/${story.length}. ${story[place][0]}`, story[place][1]];
  $("chain").innerHTML = story.draw();
  [$("back").disabled, $("next").disabled] = [!place, place === story.length - 1];
  $("said").focus();
}

// --- Keys, buttons, pointers ---

const clicks = {
  step: once, run: go, reset: () => set({}), home_start: () => set({ b: 0, w1: 0 }),
  log: () => { state.log = +!state.log; show(); write(); },
  limit: () => { $("limit").setAttribute("aria-expanded", $("limit").getAttribute("aria-expanded") !== "true"); settings(); },
  back: () => turnTo(place - 1), next: () => turnTo(place + 1), close: () => $("stepper").close(),
};
document.addEventListener("click", ({ target }) => {
  const button = target.closest("button"), data = button?.dataset ?? {};
  if (clicks[button?.id]) clicks[button.id]();
  else if (data.lang) { state.lang = data.lang; speak(); show(); write(); }
  else if (data.lr) { set({ lr: +data.lr }); go(); $("run").focus(); }
  else if (data.row) tell(+data.row);
  else if (data.try) ask(data.try);
  else if (data.guess) { guess = data.guess; $("ask").hidden = true; go(); $("run").focus(); }
});

function ask(name) {
  const { lr, momentum = 0 } = EXPERIMENTS[name];
  set({ table: "cars", b: 0, w1: 0, lr, momentum, forget: +(name === "zero"), try: name });
  $("question").textContent = t("ask_" + name);
  $("ask").hidden = false;
  $("question").focus();
}

for (const id of ["b", "w1"]) $(id).oninput = () => set({ [id]: +$(id).value });
$("power").oninput = () => set({ lr: +(10 ** $("power").value).toPrecision(3) });
$("lr").onchange = () => { if (+$("lr").value > 0) set({ lr: +$("lr").value }); else $("lr").value = state.lr; };
$("momentum").onchange = () => set({ momentum: $("momentum").checked ? 0.9 : 0 });
$("forget").onchange = () => set({ forget: +$("forget").checked });
$("which").onchange = () => set({ table: $("which").value });
$("points").onchange = () => set({ points: ($("points").value.match(/^\s*[-\d.e+]+[\s,;]+[-\d.e+]+/gm) ?? []).map((line) => line.trim().split(/[\s,;]+/).join(",")).join(";") });
$("inside").ontoggle = show;

function pointed(event, name) {
  const box = $(name).firstChild.getBoundingClientRect(), scale = Math.min(box.width / 420, box.height / 360);
  const left = box.left + (box.width - 420 * scale) / 2, top = box.top + (box.height - 360 * scale) / 2;
  return plots[name].from((event.clientX - left) / scale, (event.clientY - top) / scale).map((x) => +x.toPrecision(3));
}
const drag = (event) => { const [w1, b] = pointed(event, "map"); set({ b, w1 }); };
$("map").onpointerdown = (event) => { $("map").setPointerCapture(event.pointerId); drag(event); $("map").onpointermove = drag; };
$("map").onpointerup = $("map").onpointercancel = () => { $("map").onpointermove = null; };
$("line").onclick = (event) => {
  if (state.table !== "own") return;
  set({ points: [...rows, pointed(event, "line")].map((row) => row.join(",")).join(";") });
  $("points").value = state.points.replace(/;/g, "\n");
};
document.addEventListener("keydown", (event) => {
  const { key, target } = event, move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] }[key];
  if ($("stepper").open) { if (move) turnTo(place + (move[0] || move[1])); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, textarea, select, button, summary, a")) return;
  if (key === " ") go();
  else if (move && target.closest("#map")) set({ b: +(state.b + move[0]).toFixed(6), w1: +(state.w1 + move[1] / 4).toFixed(6) });
  else return;
  event.preventDefault();
});
addEventListener("hashchange", read);

$("page").hidden = false;
read();
offer(() => ({ rows, state, descent }), t);
