// The page: what the address asks for, what is shown, and the keys and buttons that change it.
import { EXPERIMENTS, FACTS, SENTENCES, TABLES } from "./library.js";
import { bowl, Descent, fill, limit } from "./model.js";
import { drawLine, drawLoss, drawMap, short } from "./draw.js";
import { open, turn } from "./stepper.js";

const $ = (id) => document.getElementById(id);
const words = await (await fetch("words.json")).json();
const t = (key, numbers) => fill(words[state.lang][key], { ...FACTS, ...numbers });

// --- The state: `state` is in the address, the rest follows from it ---

const FIRST = { table: "cars", b: 0, w1: 0, lr: 0.01, step: 0, lang: navigator.language.slice(0, 2) === "es" ? "es" : "en", momentum: 0, forget: 0, log: 0, try: "", points: "" };
const state = { ...FIRST };
let rows, bottom, descent, timer, guess, view, plots;

function read() {
  Object.assign(state, FIRST);
  for (const [key, text] of new URLSearchParams(location.hash.slice(1))) {
    if (typeof FIRST[key] === "string") state[key] = text;
    else if (key in FIRST && isFinite(text)) state[key] = +text;
  }
  if (!(state.lr > 0)) state.lr = FIRST.lr;
  if (!TABLES[state.table] && state.table !== "own") state.table = FIRST.table;
  if (!words[state.lang]) state.lang = FIRST.lang;
  if (!EXPERIMENTS[state.try]) state.try = "";
  state.step = Math.max(0, Math.floor(state.step));
  $("points").value = state.points.replace(/;/g, "\n");
  speak();
  begin();
}

function write() {
  const kept = Object.keys(FIRST).filter((key, i) => i < 6 || state[key] !== FIRST[key]);
  history.replaceState(null, "", "#" + kept.map((key) => `${key}=${encodeURIComponent(state[key])}`).join("&"));
}

// A descent from the start, with what is set now.
function begin() {
  const own = state.points.split(";").map((row) => row.split(",").map(Number));
  rows = TABLES[state.table] ?? own.filter((row) => row.length === 2 && row.every(isFinite));
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
  for (const e of document.querySelectorAll("nav button")) e.ariaPressed = e.value === state.lang;
  $("home").href = state.lang === "es" ? "../es/index.html" : "../index.html";
  $("map").ariaLabel = t("cap_map");
  $("which").innerHTML = [...Object.keys(TABLES), "own"].map((name) => `<option value="${name}">${t(name)}</option>`).join("");
  $("tries").innerHTML = Object.keys(EXPERIMENTS).map((name) => `<button data-try="${name}">${t("try_" + name)}</button>`).join("");
  const terms = ["learning rate", "gradient", "converged", "stalled", "diverged", "max_steps"];
  $("glossary").innerHTML = terms.map((term) => `<dt>${term}</dt><dd>${t(term)}</dd>`).join("");
}

function show() {
  const path = descent ? (descent.at(state.step), descent.path) : [{ point: [state.b, state.w1] }];
  state.step = Math.min(state.step, path.length - 1);
  const here = path[state.step], [b, w1] = here.point, past = path.slice(0, state.step + 1);
  const names = { x: t("x_" + state.table), y: t("y_" + state.table), step: t("step"), loss: t("lost") };
  const start = [state.b, state.w1], numbers = { step: state.step, b: short(b), w1: short(w1), loss: short(here.loss), norm: short(here.norm) };
  plots = { line: drawLine(rows, here.point, names), map: drawMap(bottom, start, past.map((p) => p.point), frame(here.point)) };
  if (descent) plots.loss = drawLoss(past.map((p) => p.loss), names, +state.log);
  for (const id of ["line", "map", "loss"]) $(id).innerHTML = plots[id]?.svg(t("cap_" + id)) ?? "";
  $("where").ariaLive = timer ? "off" : "polite";
  $("where").innerHTML = descent ? t("where", numbers) : t("few");
  $("step").disabled = $("run").disabled = !descent || here.reason;
  $("run").textContent = t(timer ? "pause" : "run");
  $("log").textContent = t(+state.log ? "linear" : "logarithmic");
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
  while (view < 1e15 && (Math.abs(b - b0 / 1.5) > up * view || Math.abs(w1) > across * view)) view *= 2;
  return { b: [b0 / 1.5 - up * view, b0 / 1.5 + up * view], w1: [-across * view, across * view] };
}

function settings() {
  const seen = frame([state.b, state.w1]);
  for (const id of ["b", "w1"]) {
    [$(id).min, $(id).max] = seen[id].map(Math.round);
    $(id).value = state[id];
    $(id + "_now").textContent = short(state[id]);
  }
  $("lr").value = $("power").ariaValueText = state.lr;
  $("power").value = Math.log10(state.lr);
  const most = bottom && $("limit").ariaExpanded === "true" ? limit(bottom, state.momentum) : 0;
  $("mark").hidden = !most;
  $("mark").style.left = `calc(8px + (100% - 16px) * ${(Math.log10(most) + 6) / 6})`;
  $("most").textContent = most ? t("limit_is", { limit: most.toPrecision(3) }) : "";
  $("momentum").checked = state.momentum > 0;
  $("forget").checked = state.forget > 0;
  $("which").value = state.table;
  $("own_points").hidden = state.table !== "own";
}

// How a descent ended: the prediction, minigrad's words, and what they mean.
function ending({ reason, loss }) {
  const said = state.forget ? SENTENCES.zero : descent.words(), lower = /lr = (\S+)\.$/m.exec(said)?.[1];
  const went = reason === "stalled" ? "still" : loss > descent.path[0].loss ? "up" : "down";
  const why = state.try ? t("after_" + state.try) : "", term = state.forget ? "" : `<b>${reason}</b>: ${t(reason)}`;
  return `<div class="said">${guess && `<p>${t("said", { guess: t(guess), went: t(went) })}</p>`}<p>${t("says")}</p><pre lang="en">${said}</pre>
<p>${term} ${why}</p>${lower ? `<button data-lr="${lower}">${t("try_rate", { lr: lower })}</button>` : ""}</div>`;
}

// The next update, as on page 1 of the tutorial, and the table behind its gradient.
function inNumbers({ point, gradient, loss }) {
  const next = descent?.at(state.step + 1), digits = (x) => +x.toPrecision(7);
  const line = (name, i) => `${name} = ${digits(point[i])} - ${state.lr} * (${digits(next.velocity[i])}) = ${digits(next.point[i])}`;
  $("numbers").textContent = !descent ? t("few") : next.point === point ? t("no_step") : `${line("b", 0)}\n${line("w1", 1)}`;
  if (!descent || !$("look").open) return;
  const cells = (tag, list) => list.map((x) => `<${tag}>${typeof x === "number" ? short(x) : x}</${tag}>`).join("");
  const sums = ["", "", t("sum"), 0, 0, 0], head = [t("row"), "x1", "y", "y'", t("miss"), `${t("miss")} · x1`, `${t("miss")}²`];
  const lines = rows.map(([x, y], i) => {
    const miss = point[0] + point[1] * x - y;
    [miss, miss * x, miss * miss].forEach((term, k) => (sums[3 + k] += term));
    return `<tr><td><button data-row="${i}">${i + 1}</button></td>${cells("td", [x, y, miss + y, miss, miss * x, miss * miss])}</tr>`;
  });
  $("table").innerHTML = `<table><tr>${cells("th", head)}</tr>${lines.join("")}<tr><td></td>${cells("td", sums)}</tr></table>`;
  $("table").innerHTML += `<p>${t("sums", { n: rows.length, loss: short(loss), gb: short(gradient[0]), gw: short(gradient[1]) })}</p>`;
}

// --- Walking ---

function run() {
  if (timer || !descent) return pause();
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) state.step = 1e6;
  const tick = () => {
    state.step += 1 + Math.floor(state.step / 25);
    if (descent.at(state.step).reason && state.step >= descent.path.length - 1) return pause();
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
  $("question").textContent = t("ask", { name: t("try_" + name) });
  $("guess").hidden = false;
  $("question").focus();
}

function answer(said) {
  guess = said;
  $("guess").hidden = true;
  $("run").focus();
  run();
}

// --- Keys, buttons, pointers ---

const clicks = {
  run, reset: () => set({}), zero: () => set({ b: 0, w1: 0 }), step: () => { state.step++; pause(); }, log: () => { state.log = +!+state.log; pause(); },
  limit: () => { $("limit").ariaExpanded = $("limit").ariaExpanded !== "true"; settings(); },
  up: () => answer("up"), down: () => answer("down"), still: () => answer("still"),
  back: () => turn(-1), next: () => turn(1), close: () => $("stepper").close(),
};
document.addEventListener("click", ({ target }) => {
  const button = target.closest("button"), { lr, row, try: name } = button?.dataset ?? {};
  if (!button) return;
  if (clicks[button.id]) clicks[button.id]();
  else if (button.value) { state.lang = button.value; speak(); pause(); }
  else if (lr) { set({ lr: +lr }); $("run").focus(); run(); }
  else if (row) open(rows, +row, descent.at(state.step).point, t);
  else if (name) ask(name);
});
for (const id of ["b", "w1"]) $(id).oninput = () => set({ [id]: +$(id).value });
$("power").oninput = () => set({ lr: +(10 ** $("power").value).toPrecision(3) });
$("lr").onchange = () => set({ lr: +$("lr").value > 0 && isFinite($("lr").value) ? +$("lr").value : state.lr });
$("momentum").onchange = () => set({ momentum: $("momentum").checked ? 0.9 : 0 });
$("forget").onchange = () => set({ forget: +$("forget").checked });
$("which").onchange = () => set({ table: $("which").value });
$("look").ontoggle = () => show();
const column = "[-+]?[\\d.]+(?:e[-+]?\\d+)?", pair = new RegExp(`^\\s*(${column})[\\s,;]+(${column})`, "gim");
$("points").onchange = () => set({ points: [...$("points").value.matchAll(pair)].map(([, x, y]) => `${+x},${+y}`).join(";") });

const at = (event, name) => plots[name].from(event, $(name).firstChild).map((x) => +x.toPrecision(3));
const drag = (event) => { const [w1, b] = at(event, "map"); set({ b, w1 }); };
$("map").onpointerdown = (event) => { $("map").setPointerCapture(event.pointerId); ($("map").onpointermove = drag)(event); };
$("map").onpointerup = $("map").onpointercancel = () => { $("map").onpointermove = null; };
$("line").onclick = (event) => {
  if (state.table !== "own") return;
  set({ points: [...rows, at(event, "line")].join(";") });
  $("points").value = state.points.replace(/;/g, "\n");
};
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] };
document.addEventListener("keydown", (event) => {
  const { key, target } = event, [up, right] = ARROWS[key] ?? [0, 0];
  if ($("stepper").open) return turn(up + right);
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, textarea, select, button, summary, a")) return;
  if (key === " ") run();
  else if ((up || right) && target.closest("#map")) set({ b: +(state.b + up).toFixed(6), w1: +(state.w1 + right / 4).toFixed(6) });
  else return;
  event.preventDefault();
});
addEventListener("hashchange", read);
$("main").hidden = false;
read();
if (document.body.dataset.wheel) import("./real.js").then((real) => real.offer(t, () => ({ rows, state, descent })));
