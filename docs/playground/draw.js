// The three pictures, as SVG text in the look of the tutorial's figures. Colors are classes, dressed in play.css.
const BOX = { left: 58, top: 30, right: 408, bottom: 310 };
export const SIZE = [420, 360];

export class Plot {
  constructor(across, up, log = false) {
    Object.assign(this, { across, up: log ? up.map(Math.log10) : up, log, parts: [] });
  }

  x(x) {
    return place(x, this.across, BOX.left, BOX.right);
  }

  y(y) {
    return place(this.log ? Math.log10(y) : y, this.up, BOX.bottom, BOX.top);
  }

  // What a place on the picture stands for.
  from(px, py) {
    const back = (p, [low, high], start, end) => low + ((p - start) / (end - start)) * (high - low);
    return [back(px, this.across, BOX.left, BOX.right), back(py, this.up, BOX.bottom, BOX.top)];
  }

  text(x, y, words, kind = "", anchor = "start") {
    this.parts.push(`<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" class="${kind}" text-anchor="${anchor}">${words}</text>`);
  }

  line(points, kind) {
    const d = points.map(([x, y]) => `${this.x(x).toFixed(1)},${this.y(y).toFixed(1)}`).join(" ");
    this.parts.push(`<polyline clip-path="url(#box)" points="${d}" class="${kind}"/>`);
  }

  dot(x, y, kind, radius = 5) {
    this.parts.push(`<circle clip-path="url(#box)" cx="${this.x(x).toFixed(1)}" cy="${this.y(y).toFixed(1)}" r="${radius}" class="${kind}"/>`);
  }

  axes(xlabel, ylabel) {
    const { left, top, right, bottom } = BOX;
    for (const x of ticks(...this.across, 5)) {
      this.parts.push(`<path class="grid" d="M${this.x(x)} ${top}V${bottom}"/>`);
      this.text(this.x(x), bottom + 18, short(x), "muted", "middle");
    }
    for (const y of ticks(...this.up, 5, this.log)) {
      const py = place(y, this.up, bottom, top);
      this.parts.push(`<path class="grid" d="M${left} ${py}H${right}"/>`);
      this.text(left - 6, py + 5, this.log ? power(y) : short(y), "muted", "end");
    }
    this.text((left + right) / 2, bottom + 40, xlabel, "", "middle");
    this.text(8, 18, ylabel);
  }

  svg(title) {
    const { left, top, right, bottom } = BOX;
    const clip = `<clipPath id="box"><rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}"/></clipPath>`;
    return `<svg viewBox="0 0 ${SIZE.join(" ")}" role="img" aria-label="${title}">${clip}${this.parts.join("")}</svg>`;
  }
}

function place(x, [low, high], start, end) {
  const p = start + ((x - low) / (high - low)) * (end - start);
  return Math.min(Math.max(p, -4000), 4000) || 0;
}

function ticks(low, high, count, whole) {
  const rough = (high - low) / count, size = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max([1, 2, 5, 10].map((k) => k * size).find((s) => s >= rough), whole ? 1 : 0);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high + 1e-9 * step; k++) found.push(k * step);
  return found;
}

export const short = (x) => (Math.abs(x) >= 1e5 ? x.toExponential(0).replace("+", "") : String(+x.toPrecision(4))).replace("-", "\u2212");
const power = (e) => (e < 5 && e > -4 ? short(10 ** e) : `1e${e}`);

// The line through the table, and the misses in red.
export function drawLine(rows, [b, w1], names) {
  const [xs, ys] = [0, 1].map((i) => rows.map((row) => row[i]));
  const range = (v, low, high) => [Math.min(...v) - low, Math.max(...v) + high];
  const wide = (v) => (Math.max(...v) - Math.min(...v) || 1) * 0.15;
  const plot = new Plot(range(xs.length ? xs : [0, 10], wide(xs), wide(xs)), range([0, ...(ys.length ? ys : [10])], wide(ys) / 3, wide(ys)));
  plot.axes(names.x, names.y);
  for (const [x, y] of rows) plot.line([[x, y], [x, b + w1 * x]], "red");
  plot.line(plot.across.map((x) => [x, b + w1 * x]), "orange thick");
  for (const [x, y] of rows) plot.dot(x, y, "blue");
  return plot;
}

// The bowl from above: numbered lines of equal loss, the path so far, the start.
export function drawMap(bowl, start, path, names, view) {
  const plot = new Plot(view.w1, view.b);
  plot.axes("w1", "b");
  if (bowl) contours(plot, bowl);
  plot.line(path.map(([b, w1]) => [w1, b]), "orange");
  if (path.length < 200) for (const [b, w1] of path) plot.dot(w1, b, "orange", 3);
  if (bowl) plot.dot(bowl.best[1], bowl.best[0], "green", 6);
  plot.dot(start[1], start[0], "start", 9);
  const [b, w1] = path[path.length - 1];
  plot.dot(w1, b, "orange", 6);
  return plot;
}

function contours(plot, { H: [[p, q], [, r]], best, lowest }) {
  for (let k = -8; k < 40; k++) {
    const level = 10 ** Math.floor(k / 2) * (k & 1 ? 3 : 1), rise = level - lowest, ring = [];
    if (!(rise > 0)) continue;
    for (let i = 0; i <= 90; i++) {
      const c = Math.cos((i * Math.PI) / 45), s = Math.sin((i * Math.PI) / 45);
      const v = s / Math.sqrt(r - (q * q) / p), u = c / Math.sqrt(p) - (q / p) * v; // half the Hessian's form of (u, v) is 1/2
      ring.push([best[1] + v * Math.sqrt(2 * rise), best[0] + u * Math.sqrt(2 * rise)]);
    }
    const inside = ring.filter(([x, y]) => x > plot.across[0] && x < plot.across[1] && y > plot.up[0] && y < plot.up[1]);
    const most = Math.max(...ring.map(([x]) => plot.x(x))) - Math.min(...ring.map(([x]) => plot.x(x)));
    if (!inside.length || most < 8) continue;
    plot.line(ring, "contour");
    const clear = inside.filter(([x, y]) => plot.x(x) > BOX.left + 16 && plot.x(x) < BOX.right - 20 && plot.y(y) > BOX.top + 14 && plot.y(y) < BOX.bottom - 6);
    const right = clear.sort((m, n) => n[0] + n[1] / 9 - m[0] - m[1] / 9)[0];
    if (right && most > 30) plot.text(plot.x(right[0]), plot.y(right[1]) + 4, short(level), "muted small", "middle");
  }
}

// The loss at each step so far.
export function drawLoss(losses, names, log, ahead) {
  const top = Math.max(...losses), low = Math.min(...losses);
  const up = log ? [low / 1.5, top * 1.5] : [0, top * 1.08];
  const plot = new Plot([0, Math.max(ahead, losses.length - 1)], up[1] > up[0] ? up : [0, 1], log && up[1] > up[0]);
  plot.axes(names.step, names.loss);
  const every = Math.ceil(losses.length / 700);
  plot.line(losses.map((loss, n) => [n, loss]).filter(([n]) => n % every === 0 || n === losses.length - 1), "blue thick");
  plot.dot(losses.length - 1, losses[losses.length - 1], "blue", 5);
  return plot;
}
