// The page: what the address asks for, what is shown, and the keys and buttons that change it.
import { EXPERIMENTS, FACTS, SENTENCES, TABLES } from "./library.js";
import { bowl, Descent, fill, limit } from "./model.js";
import { drawLine, drawLoss, drawMap, short } from "./draw.js";
import { open, turn } from "./stepper.js";

const $ = (id) => document.getElementById(id);
const words = await (await fetch("words.json")).json();
const t = (key, numbers) => words[state.lang][key] && fill(words[state.lang][key], { ...FACTS, ...numbers });

const title = (name) => `${t("try_" + name)}: ${EXPERIMENTS[name].lr}`;

// --- The state: `state` is in the address, the rest follows from it ---

const FIRST = { table: "cars", b: 0, w1: 0, lr: 0.01, step: 0, lang: navigator.language.slice(0, 2) === "es" ? "es" : "en", momentum: 0, forget: 0, log: 0, try: "", points: "" };
const state = { ...FIRST };
let rows, bottom, descent, timer, view, plots, guess = "";

// Numbers whose squares, and more, are numbers still.
const usual = (x) => Math.abs(x) <= 1e9;

function read() {
  Object.assign(state, FIRST);
  for (const [key, text] of new URLSearchParams(location.hash.slice(1))) {
    const one = (list) => Object.hasOwn(list, text), number = typeof FIRST[key] === "number";
    const fits = { table: one(TABLES) || text === "own", lang: one(words), try: one(EXPERIMENTS), points: true, lr: text > 0 && usual(text), momentum: text >= 0 && text < 1 };
    if (Object.hasOwn(FIRST, key) && (fits[key] ?? usual(text))) state[key] = number ? +text : text;
  }
  state.step = Math.max(0, Math.floor(state.step));
  speak();
  begin();
}

function write() {
  const kept = Object.entries(state).filter(([key, value], i) => i < 6 || value !== FIRST[key]);
  history.replaceState(null, "", `#${new URLSearchParams(kept)}`);
}

// A descent from the start, with what is set now.
function begin() {
  const own = state.points.split(";").map((row) => row.split(",").map(Number)).filter((row) => row.length === 2 && row.every(usual)).slice(0, 1000);
  state.points = own.join(";");
  rows = TABLES[state.table] ?? own;
  bottom = rows.length > 1 ? bowl(rows) : null;
  descent = bottom && new Descent(rows, { ...EXPERIMENTS[state.try], ...state });
  view = 1;
  pause();
}

// Another start, rate or table: the descent begins anew, and is no experiment any more.
function set(changes) {
  Object.assign(state, { try: "", step: 0 }, changes);
  guess = "";
  $("guess").hidden = true;
  begin();
}

// --- What is shown ---

function speak() {
  document.documentElement.lang = state.lang;
  for (const key in words[state.lang]) if ($(key)) $(key).textContent = t(key);
  document.title = `${t("title")} - minigrad`;
  for (const lang in words) $(lang).ariaPressed = lang === state.lang;
  $("home").href = state.lang === "es" ? "../es/index.html" : "../index.html";
  $("map").ariaLabel = t("cap_map");
  const list = (id, names, html) => { $(id).innerHTML = names.map(html).join(""); };
  list("which", [...Object.keys(TABLES), "own"], (name) => `<option value="${name}">${t(name)}</option>`);
  list("tries", Object.keys(EXPERIMENTS), (name) => `<button data-try="${name}">${title(name)}</button>`);
  list("glossary", ["learning rate", "gradient", "converged", "stalled", "diverged", "max_steps"], (term) => `<dt>${term}</dt><dd>${t(term)}</dd>`);
}

function show() {
  const path = descent ? (descent.at(state.step), descent.path) : [{ point: [state.b, state.w1] }];
  state.step = Math.min(state.step, path.length - 1);
  const here = path[state.step], [b, w1] = here.point, past = path.slice(0, state.step + 1);
  const { loss = 0, norm = 0 } = here, numbers = { step: state.step, b: short(b), w1: short(w1), loss: short(loss), norm: short(norm) };
  plots = {
    line: drawLine(rows, here.point, t("x_" + state.table) ?? "x1", t("y_" + state.table) ?? "y"),
    map: drawMap(bottom, past.map((p) => p.point), frame(here.point)),
    loss: descent && drawLoss(past.map((p) => p.loss), t("step"), t("lost"), state.log),
  };
  for (const id in plots) $(id).innerHTML = plots[id]?.svg(t("cap_" + id)) ?? "";
  $("where").ariaLive = timer ? "off" : "polite";
  $("where").innerHTML = descent ? t("where", numbers) : t("few");
  $("step").disabled = $("run").disabled = !descent || here.reason;
  $("run").textContent = t(timer ? "pause" : "run");
  $("log").checked = state.log > 0;
  if (timer) return;
  $("hand_text").textContent = bottom ? t("hand_text", { lowest: bottom.lowest.toPrecision(4) }) : t("few");
  $("near").textContent = descent && !state.step && here.loss < 2 * bottom.lowest ? t("near", numbers) : "";
  $("told").innerHTML = here.reason ? ending(here) : "";
  settings();
  inNumbers(here);
}

// The part of the map that is seen: bottom and start, and twice as much whenever the path leaves it.
function frame([b, w1]) {
  const [b0, w0] = bottom?.best ?? [0, 0], up = Math.max(Math.abs(b0), 5) * 0.9, across = Math.max(Math.abs(w0), 2) * 2;
  // a little more, since a place that is dragged to is rounded
  while (view < 1e25 && (Math.abs(b - b0 / 1.5) > up * view * 1.01 || Math.abs(w1) > across * view * 1.01)) view *= 2;
  return { b: [b0 / 1.5 - up * view, b0 / 1.5 + up * view], w1: [-across * view, across * view] };
}

function settings() {
  const seen = frame([state.b, state.w1]);
  for (const id of ["b", "w1"]) {
    [$(id).min, $(id).max] = seen[id].map(Math.round);
    $(id).value = state[id];
    $(id + "_is").textContent = `${t(id + "_is")} ${short(state[id])}`;
  }
  $("lr").value = $("power").ariaValueText = state.lr;
  $("power").value = Math.log10(state.lr);
  const most = bottom && $("largest").open ? limit(bottom, state.momentum) : 0;
  $("mark").hidden = !most;
  $("mark").style.left = `calc(8px + (100% - 16px) * ${(Math.log10(most) + 6) / 6})`;
  $("most").textContent = most ? t("limit_is", { limit: most.toPrecision(3) }) : "";
  $("momentum").checked = state.momentum > 0;
  $("forget").checked = state.forget > 0;
  $("which").value = state.table;
  $("own_points").hidden = state.table !== "own";
  // what could not be read stays there to be mended
  if (state.points) $("points").value = state.points.replace(/;/g, "\n");
}

// How a descent ended: the prediction, minigrad's words, and what they mean.
function ending({ reason, loss }) {
  const said = state.forget ? SENTENCES.zero : descent.words(), lower = /lr = (\S+)\.$/m.exec(said)?.[1];
  const went = reason === "stalled" ? "still" : loss > descent.path[0].loss ? "up" : "down";
  const why = t("after_" + state.try) ?? "", term = state.forget ? "" : `<b>${reason}</b>: ${t(reason)}`;
  return `<div class="said">${guess && `<p>${t("said", { guess: t(guess), went: t(went) })}</p>`}<p>${t("says")}</p><pre lang="en">${said}</pre>
<p>${term} ${why}</p>${lower ? `<button data-lr="${lower}">▶ lr = ${lower}</button>` : ""}</div>`;
}

// The next update, as on page 1 of the tutorial, and the table behind its gradient.
function inNumbers({ point, gradient, loss }) {
  const next = descent?.at(state.step + 1), digits = (x) => +x.toPrecision(7);
  const line = (name, i) => `${name} = ${digits(point[i])} - ${state.lr} * (${digits(next.velocity[i])}) = ${digits(next.point[i])}`;
  $("numbers").textContent = !descent ? t("few") : next.point === point ? t("no_step") : `${line("b", 0)}\n${line("w1", 1)}`;
  if (!descent) return;
  const cells = (tag, list) => list.map((x) => `<${tag}>${typeof x === "number" ? short(x) : x}</${tag}>`).join("");
  const sums = ["", "", t("sum"), 0, 0, 0], head = [t("row"), "x1", "y", "y'", t("miss"), `${t("miss")} · x1`, `${t("miss")}²`];
  const lines = rows.map(([x, y], i) => {
    const miss = point[0] + point[1] * x - y;
    [miss, miss * x, miss * miss].forEach((term, k) => (sums[3 + k] += term));
    return `<tr><td><button data-row="${i}">${i + 1}</button>${cells("td", [x, y, miss + y, miss, miss * x, miss * miss])}</tr>`;
  });
  const told = t("sums", { n: rows.length, loss: short(loss), gb: short(gradient[0]), gw: short(gradient[1]) });
  $("table").innerHTML = `<table><tr>${cells("th", head)}</tr>${lines.join("")}<tr><td></td>${cells("td", sums)}</tr></table><p>${told}</p>`;
}

// --- Walking ---

function run() {
  if (timer || !descent) return pause();
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) state.step = 1e6;
  const tick = () => {
    state.step += 1 + Math.floor(state.step / 25);
    if (descent.at(state.step).reason && state.step >= descent.path.length - 1) {
      pause();
      return $("told").scrollIntoView({ block: "nearest" });
    }
    timer = setTimeout(tick, state.step < 12 ? 260 : 40);
    show();
  };
  tick();
}

function pause() {
  clearTimeout(timer);
  timer = 0;
  show();
  write();
}

function ask(name) {
  const { lr, momentum = 0 } = EXPERIMENTS[name];
  set({ table: "cars", b: 0, w1: 0, lr, momentum, forget: +(name === "zero"), try: name });
  $("question").textContent = t("ask", { name: title(name) });
  $("guess").hidden = false;
  $("question").focus();
}

function answer(said) {
  guess = said;
  $("guess").hidden = true;
  go();
}

// Run, with the focus where a pause is.
function go() {
  $("run").focus();
  run();
}

// --- Keys, buttons, pointers ---

const clicks = {
  run, reset: () => set({ try: state.try }), zero: () => set({ b: 0, w1: 0 }), step: () => { state.step++; pause(); },
  up: () => answer("up"), down: () => answer("down"), still: () => answer("still"),
  back: () => turn(-1), next: () => turn(1), close: () => $("stepper").close(),
};
onclick = ({ target: { id, dataset: { lr, row, try: name } } }) => {
  if (clicks[id]) clicks[id]();
  else if (id === "en" || id === "es") { state.lang = id; speak(); pause(); }
  else if (lr) { set({ lr: +lr }); go(); }
  else if (row) open(rows, +row, descent.at(state.step).point, t);
  else if (name) ask(name);
};
for (const id of ["b", "w1"]) $(id).oninput = () => set({ [id]: +$(id).value });
$("power").oninput = () => set({ lr: +(10 ** $("power").value).toPrecision(3) });
$("lr").onchange = () => {
  const lr = +$("lr").value.replace(",", ".");
  set({ lr: lr > 0 && usual(lr) ? lr : state.lr });
};
$("momentum").onchange = () => set({ momentum: $("momentum").checked ? 0.9 : 0 });
$("forget").onchange = () => set({ forget: +$("forget").checked });
$("which").onchange = () => set({ table: $("which").value });
$("log").onchange = () => { state.log = +$("log").checked; pause(); };
$("largest").ontoggle = settings;
// Where something else stands between the cells, a comma is a decimal one.
const cells = (line) => {
  const found = line.trim().split(/\s*[\s;]\s*|,\s+/);
  return found.length > 1 ? found.map((cell) => cell.replace(",", ".")) : line.split(",");
};
$("points").onchange = () => set({ points: $("points").value.replace(/"/g, "").replace(/\u2212/g, "-").split("\n").map(cells).join(";") });

const map = $("map"), at = (event, name) => plots[name].from(event, $(name).firstChild).map((x) => +x.toPrecision(3));
const drag = (event) => { const [b, w1] = at(event, "map"); set({ b, w1 }); };
map.onpointerdown = (event) => { if (event.button) return; map.setPointerCapture(event.pointerId); (map.onpointermove = drag)(event); };
map.onpointerup = map.onpointercancel = () => { map.onpointermove = null; };
$("line").onpointerup = (event) => { if (state.table === "own") set({ points: [...rows, at(event, "line")].join(";") }); };
onkeydown = (event) => {
  const { key, target } = event, up = (key === "ArrowUp") - (key === "ArrowDown"), right = (key === "ArrowRight") - (key === "ArrowLeft");
  if ($("stepper").open) return turn(up + right);
  if (event.ctrlKey || event.metaKey || event.altKey || ![map, document.body].includes(target)) return;
  if (key === " ") run();
  else if ((up || right) && target === map) set({ b: +(state.b + right).toFixed(6), w1: +(state.w1 + up / 4).toFixed(6) });
  else return;
  event.preventDefault();
};
onhashchange = read;
$("main").hidden = false;
read();
if (document.body.dataset.wheel) import("./real.js").then((real) => real.offer(fill, () => ({ rows, state, descent })));
