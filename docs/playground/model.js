// A descent as minigrad's SGD and minimize make it, from the loss and gradient in library.js; a test compares them.
import { line_backward, SENTENCES } from "./library.js";

// as in minigrad/train/verdict.py
const EPS = 2 ** -52, SPECK = 1e-12;
const dot = (p, q) => p[0] * q[0] + p[1] * q[1];

// The loss of the line b + w1 * x1, and its gradient added to one that is there already.
function look(rows, point, before = [0, 0]) {
  const losses = [], gradient = [...before];
  line_backward(rows, losses, [], 1 / rows.length, point, gradient);
  return { loss: losses.reduceRight((sum, x) => sum + x, -0) / rows.length, gradient };
}

// Hessian, lowest point and largest curvature; nothing if all x1 are one. The gradient is linear, differences are exact.
export function bowl(rows) {
  const at = (b, w1) => look(rows, [b, w1]).gradient, g = at(0, 0);
  const H = [at(1, 0), at(0, 1)].map((h) => [h[0] - g[0], h[1] - g[1]]), [[p, q], [, r]] = H, det = p * r - q * q;
  if (!(det > SPECK * p * r)) return null;
  const solve = (v) => [(r * v[0] - q * v[1]) / det, (p * v[1] - q * v[0]) / det], best = solve(g).map((x) => -x);
  return { H, solve, best, lowest: look(rows, best).loss, curvature: (p + r) / 2 + Math.hypot((p - r) / 2, q) };
}

// The largest stable rate.
export const limit = (bottom, momentum) => (2 * (1 + momentum)) / bottom.curvature;

export class Descent {
  constructor(rows, { b, w1, lr, momentum = 0, forget = 0, tol = 1e-6, max_steps = 1e5 }) {
    Object.assign(this, { rows, lr, momentum, forget, tol, max_steps: forget ? Math.min(max_steps, 200) : max_steps });
    Object.assign(this, { bowl: bowl(rows), still: 0, claim: null, looked: [0, NaN], path: [] });
    this.add([b, w1], [0, 0]);
  }

  // Step n, or the last there is. A reason says that the descent ends here.
  at(n) {
    while (this.path.length <= n && !this.last.reason) {
      const { point, gradient: g, velocity } = this.last;
      const v = this.momentum && velocity ? velocity.map((x, i) => this.momentum * x + g[i]) : g;
      this.add(point.map((x, i) => x - this.lr * v[i]), this.forget ? g : [0, 0], v);
    }
    return this.path[Math.min(n, this.path.length - 1)];
  }

  add(point, before, velocity) {
    const last = this.path.at(-1), here = { point, velocity, ...look(this.rows, point, before) };
    this.first ??= here;
    here.norm = Math.hypot(...here.gradient);
    here.best = last && !(here.loss < last.best.loss) ? last.best : here;
    this.path.push((this.last = here));
    if (last) here.reason = this.judge(here, last, this.path.length - 1);
  }

  // Why the descent ends here, or nothing; the order of questions is that of minigrad/train/monitor.py.
  judge(here, last, n) {
    const over = n >= this.max_steps || here.loss > 1e30 * this.first.loss, up = this.higher(here, this.first);
    const frozen = String(last.point) === String(here.point);
    const unchanged = Math.abs(here.loss - last.loss) <= this.tol * here.loss + SPECK ** 2 * this.first.loss;
    this.still = unchanged ? this.still + 1 : 0;
    if (this.still >= 3 && (over || this.due(here, n) || frozen)) {
      const reason = up ? "diverged" : this.claimed(here, n, frozen) || (over && "stalled");
      if (reason) return reason;
    }
    return over ? (up ? "diverged" : "max_steps") : "";
  }

  due({ norm }, n) {
    return !this.claim || norm <= this.looked[1] * this.claim.shrink || n >= 2 * this.looked[0];
  }

  claimed(here, n, frozen) {
    const before = n >= 2 * this.looked[0] && this.claim, { to_go, shrink } = (this.claim = this.examine(here));
    this.looked = [n, here.norm];
    if (shrink === 1) return this.higher(here, here.best) ? "stalled" : "converged";
    const far = to_go > Math.sqrt(this.tol) * here.loss + SPECK * this.first.loss;
    return frozen || far || (before && to_go > before.to_go / 2) ? "stalled" : "";
  }

  // How much lower the bottom lies, by Newton's step, and how much the gradient has still to shrink.
  examine({ point, gradient, loss }) {
    const d = this.bowl.solve(gradient), to_go = dot(gradient, d) / 2, first = this.first;
    const enough = Math.max(this.tol ** 2, EPS) * loss + SPECK ** 2 * first.loss;
    let shrink = to_go > enough ? Math.sqrt(enough / to_go) : 1;
    d.map(Math.abs).forEach((step, i) => {
      const digits = 1e-3 * Math.max(Math.abs(point[i]), Math.abs(point[i] - first.point[i]));
      const speck = Math.sqrt((1e-22 * Math.max(loss, first.loss)) / this.bowl.H[i][i]) / step;
      if (step > digits && speck < 1) shrink = Math.min(shrink, Math.max(speck, digits / step));
    });
    return { to_go, shrink };
  }

  higher(here, { loss }) {
    return here.loss - loss > SPECK * here.loss + SPECK ** 2 * this.first.loss;
  }

  // Whether the last step went back on the one before, or a good part of the last led up: as in diagnosis.py.
  bounces() {
    const [p, q, r] = this.path.slice(-3).reverse().map(({ point }) => point);
    if (!r) return false;
    const [a, b] = [[p, q], [q, r]].map(([s, t]) => [s[0] - t[0], s[1] - t[1]]);
    if (dot(a, b) < -0.5 * Math.sqrt(dot(a, a) * dot(b, b))) return true;
    const losses = this.path.slice(-50).map(({ loss }) => loss), rises = losses.filter((x, i) => losses[i - 1] < x).length;
    return 4 * Math.min(rises, losses.length - 1 - rises) >= losses.length;
  }

  // What minigrad says of this descent, once it has ended.
  words() {
    const { last: here, path, first, lr, claim } = this, { reason, best } = here, most = limit(this.bowl, this.momentum);
    const bounces = this.bounces(), narrow = lr > most / 4 || claim?.to_go > 1500 * most * here.norm ** 2;
    const grows = !bounces || here.loss > path.at(-3).loss * (1 + 1e-6), long = SENTENCES[grows ? "diverged" : "bounces"];
    const so_long = lr > most / 2 ? long : long.replace("{rest}", "."), shown = reason === "diverged" ? best : here;
    const short = this.higher(here, best) ? "left" : narrow ? "narrow" : "short";
    const text = {
      converged: [], diverged: [so_long, SENTENCES.restored], max_steps: [bounces ? so_long : SENTENCES.changing],
      stalled: [SENTENCES.to_go, bounces ? so_long : SENTENCES[short]],
    }[reason];
    const n = path.length - 1, g = general;
    return fill(fill([SENTENCES.head, ...text].join("\n"), { rest: SENTENCES.rest }), {
      reason, steps: `${n} step${n === 1 ? "" : "s"}`, start: g(first.loss), loss: g(shown.loss), norm: g(shown.norm, 3),
      to_go: g(claim?.to_go, 3), lr: g(lr), limit: g(most, 3), half: g(most / 2, 3), best: path.indexOf(best),
    });
  }
}

export const fill = (text, numbers) => text.replace(/\{(\w+)\}/g, (gap, name) => numbers[name] ?? gap);

// A number as Python's format "g" writes it, with so many digits.
function general(x = 0, digits = 6) {
  const e = +x.toExponential(digits - 1).split("e")[1], short = +x.toPrecision(digits);
  return e < -4 || e >= digits ? short.toExponential().replace(/([-+])(\d)$/, "$10$2") : String(short);
}
