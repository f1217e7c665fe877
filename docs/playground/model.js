// A descent as minigrad's SGD and minimize make it, from the loss and gradient that library.js was given by its compiler.
import { line_backward, SENTENCES } from "./library.js";

const EPS = 2 ** -52, SPECK = 1e-12; // as in minigrad/train/verdict.py
const dot = (p, q) => p[0] * q[0] + p[1] * q[1];

// The loss of the line b + w1 * x1, and `gradient` with the gradient there added to it.
export function look(rows, point, gradient = [0, 0]) {
  const losses = [], sums = [...gradient];
  line_backward(rows, losses, [], 1 / rows.length, point, sums);
  return { loss: losses.reduceRight((sum, x) => sum + x, -0) / rows.length, gradient: sums };
}

// The bowl: its Hessian H (the gradient of a quadratic is linear, so differences are exact), its lowest point and its
// largest curvature. Null if all x1 are the same: then there is a valley without a lowest point.
export function bowl(rows) {
  const at = (b, w1) => look(rows, [b, w1]).gradient, g = at(0, 0);
  const H = [at(1, 0), at(0, 1)].map((h) => [h[0] - g[0], h[1] - g[1]]);
  const [[p, q], [, r]] = H, half = Math.hypot((p - r) / 2, q), det = p * r - q * q;
  if (!(det > 1e-12 * p * r)) return null;
  const solve = (v) => [(r * v[0] - q * v[1]) / det, (p * v[1] - q * v[0]) / det];
  const best = solve(g).map((x) => -x);
  return { H, solve, best, lowest: look(rows, best).loss, curvature: (p + r) / 2 + half };
}

export const limit = (bottom, momentum) => (2 * (1 + momentum)) / bottom.curvature;

export class Descent {
  constructor(rows, options) {
    Object.assign(this, { momentum: 0, forget: false, tol: 1e-6, max_steps: 100000 }, options);
    if (this.forget) this.max_steps = Math.min(this.max_steps, 200);
    this.rows = rows;
    this.bowl = bowl(rows);
    this.still = 0;
    this.claim = null;
    this.looked = [0, NaN];
    this.path = [];
    this.add([this.b, this.w1], [0, 0]);
  }

  // Step n, or the last there is: {point, loss, gradient, norm, best, reason}; a reason says that the descent ends here.
  at(n) {
    while (this.path.length <= n && !this.end) this.step();
    return this.path[Math.min(n, this.path.length - 1)];
  }

  get end() {
    return this.path[this.path.length - 1].reason;
  }

  step() {
    const { point, gradient: g, velocity } = this.path[this.path.length - 1], m = this.momentum;
    const v = m && velocity ? velocity.map((x, i) => m * x + g[i]) : g;
    this.add(point.map((x, i) => x - this.lr * v[i]), this.forget ? g : [0, 0], v);
  }

  add(point, before, velocity) {
    const { loss, gradient } = look(this.rows, point, before), [first] = this.path;
    const here = { point, loss, gradient, velocity, norm: Math.hypot(...gradient) };
    const last = this.path[this.path.length - 1];
    here.best = last && !(loss < last.best.loss) ? last.best : here;
    this.path.push(here);
    if (!last) return;
    const change = Math.abs(loss - last.loss);
    this.still = change <= this.tol * loss + SPECK ** 2 * first.loss ? this.still + 1 : 0;
    here.reason = this.judge(here, last);
  }

  // Why the descent ends here, or nothing; the order of questions is that of minigrad/train/monitor.py.
  judge(here, last) {
    const n = this.path.length - 1, first = this.path[0];
    const over = n >= this.max_steps || here.loss > 1e30 * first.loss;
    const frozen = last.point.every((x, i) => x === here.point[i]);
    if (this.still >= 3 && (over || this.due(here, n, frozen))) {
      if (this.higher(here, first.loss)) return "diverged";
      const reason = this.claimed(here, n, frozen) || (over && "stalled");
      if (reason) return reason;
    }
    if (over) return this.higher(here, first.loss) ? "diverged" : "max_steps";
  }

  due(here, n, frozen) {
    const [step, norm] = this.looked;
    return !this.claim || frozen || here.norm <= norm * this.claim.shrink || n >= 2 * step;
  }

  claimed(here, n, frozen) {
    const before = this.claim, longAgo = n >= 2 * this.looked[0], first = this.path[0].loss;
    const { to_go, shrink } = (this.claim = this.examine(here));
    this.looked = [n, here.norm];
    if (shrink === 1) return this.higher(here, here.best.loss) ? "stalled" : "converged";
    if (frozen || to_go > Math.sqrt(this.tol) * here.loss + SPECK * first) return "stalled";
    if (before && longAgo && to_go > before.to_go / 2) return "stalled";
  }

  // How much lower the bottom lies, by Newton's step, and how much the gradient has still to shrink.
  examine({ point, gradient, loss }) {
    const d = this.bowl.solve(gradient), to_go = dot(gradient, d) / 2, first = this.path[0];
    const enough = Math.max(this.tol ** 2, EPS) * loss + SPECK ** 2 * first.loss;
    let shrink = to_go > enough ? Math.sqrt(enough / to_go) : 1;
    d.forEach((step, i) => {
      const digits = 1e-3 * Math.max(Math.abs(point[i]), Math.abs(point[i] - first.point[i]));
      const speck = step ? Math.sqrt((1e-22 * Math.max(loss, first.loss)) / (step * step * this.bowl.H[i][i])) : 1;
      if (Math.abs(step) > digits && speck < 1) shrink = Math.min(shrink, Math.max(speck, digits / Math.abs(step)));
    });
    return { to_go, shrink };
  }

  higher(here, value) {
    return here.loss - value > 1e-12 * here.loss + SPECK ** 2 * this.path[0].loss;
  }

  // Whether step n went back on the one before, or a good part of the last steps led up: as in diagnosis.py.
  bounces(n) {
    if (n < 2) return false;
    const [p, q, r] = [n, n - 1, n - 2].map((i) => this.path[i].point), minus = (s, t) => s.map((x, i) => x - t[i]);
    const a = minus(p, q), b = minus(q, r);
    if (dot(a, b) < -0.5 * Math.sqrt(dot(a, a) * dot(b, b))) return true;
    const losses = this.path.slice(Math.max(0, n - 49), n + 1).map((x) => x.loss);
    const rises = losses.filter((x, i) => i && losses[i - 1] < x).length;
    return 4 * Math.min(rises, losses.length - 1 - rises) >= losses.length;
  }

  // What minigrad says of this descent, once it has ended.
  words() {
    const n = this.path.length - 1, here = this.path[n], reason = here.reason;
    const shown = reason === "diverged" ? here.best : here, most = limit(this.bowl, this.momentum);
    const narrow = () => this.lr > most / 4 || this.claim.to_go > 1500 * most * here.norm ** 2;
    const grows = () => here.loss > this.path[n - 2].loss * (1 + 1e-6);
    const so_long = () => {
      const text = !this.bounces(n) || grows() ? SENTENCES.diverged : SENTENCES.bounces;
      return this.lr > most / 2 ? text : text.replace(/; the largest .*/, ".");
    };
    const still = () => (this.higher(here, here.best.loss) ? SENTENCES.left : narrow() ? SENTENCES.narrow : SENTENCES.short);
    const text = [SENTENCES.head];
    if (reason === "diverged") text.push(so_long(), SENTENCES.best);
    else if (reason === "stalled") text.push(SENTENCES.to_go, this.bounces(n) ? so_long() : still());
    else if (reason === "max_steps") text.push(this.bounces(n) ? so_long() : SENTENCES.changing);
    const numbers = {
      reason, steps: `${n} step${n === 1 ? "" : "s"}`, start: general(this.path[0].loss, 6), loss: general(shown.loss, 6),
      norm: general(shown.norm, 3), to_go: this.claim && general(this.claim.to_go, 3), lr: general(this.lr, 6),
      limit: general(most, 3), half: general(most / 2, 3), best: this.path.indexOf(here.best),
    };
    return fill(text.join("\n"), numbers);
  }
}

export const fill = (text, numbers) => text.replace(/\{(\w+)\}/g, (gap, name) => numbers[name] ?? gap);

// A number as Python's format "g" writes it, with so many digits.
export function general(x, digits) {
  if (!x || !isFinite(x)) return String(x);
  const [mantissa, e] = x.toExponential(digits - 1).split("e");
  const short = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (e >= -4 && e < digits) return short(x.toFixed(digits - 1 - e));
  return `${short(mantissa)}e${e < 0 ? "-" : "+"}${String(Math.abs(e)).padStart(2, "0")}`;
}
