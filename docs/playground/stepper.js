// One row, forward through its operations and back, as minigrad's `explain` tells it.
import { STORY } from "./library.js";
import { short } from "./draw.js";

const $ = (id) => document.getElementById(id);
let steps, cards, place;

export function open(rows, i, [b, w1], t) {
  const v = { b, w1, x1: rows[i][0], y: rows[i][1] }, g = { loss: 1 };
  const bracketed = (x) => (x < 0 ? `(${short(x)})` : short(x));
  for (const [name, , forward] of STORY) v[name] = forward(v);
  steps = [[t("given"), Object.keys(v).slice(0, 4).map((x) => `${x} = ${short(v[x])}`).join(", "), "b"]];
  cards = ["b", "w1", ...STORY.map(([name]) => name)].map((name) => ({ name, data: short(v[name]), from: 0, back: 0 }));
  const card = (name) => cards.find((c) => c.name === name), last = STORY.at(-1)[0];
  for (const [name, formula] of STORY) {
    card(name).from = steps.length;
    steps.push([`${t("forward")}: ${name} = ${formula}`, `${formula.replace(/[a-z]\w*/g, (x) => bracketed(v[x]))} = ${short(v[name])}`, name]);
  }
  card(last).back = steps.length;
  steps.push([`${t("backward")}: ${last}`, t("one", { name: last }), last]);
  for (const [user, formula, , uses] of [...STORY].reverse()) {
    for (const [name, local] of uses) {
      g[name] = (g[name] ?? 0) + local(v) * g[user];
      card(name).back = steps.length;
      steps.push([`${t("backward")}: ${name}`, t("use", { name, user, formula, slope: short(local(v)), up: bracketed(g[user]), gradient: short(g[name]) }), name]);
    }
  }
  for (const c of cards) c.gradient = short(g[c.name]);
  steps.push(["b, w1", t("means", { gb: short(g.b), gw: short(g.w1), n: rows.length }), ""]);
  place = 0;
  turn(0);
  $("stepper").showModal();
  $("said").focus();
}

export function turn(by) {
  place = Math.max(0, Math.min(place + by, steps.length - 1));
  const [title, text, now] = steps[place];
  $("said").textContent = `${place + 1}/${steps.length} ${title}`;
  $("more").textContent = text;
  $("back").disabled = !place;
  $("next").disabled = place === steps.length - 1;
  const shown = (c) => `${place >= c.from ? c.data : "?"}<br>∇ ${place >= c.back ? c.gradient : "?"}`;
  $("chain").innerHTML = cards.map((c) => `<div${c.name === now ? ' class="now"' : ""}><b>${c.name}</b><br>${shown(c)}</div>`).join("");
  if (by) $("said").focus();
}
