// The three pictures, as SVG text in the look of the tutorial's figures. Colors are classes, dressed in play.css.
const LEFT = 58, TOP = 26, RIGHT = 408, BOTTOM = 306;
let boxes = 0;

export const short = (x) => (Math.abs(x) < 1e6 ? String(+x.toPrecision(6)) : x.toExponential(2));
const brief = (x) => (Math.abs(x) < 1e4 ? short(x) : x.toExponential().replace("+", ""));

class Plot {
  constructor(across, up, log) {
    Object.assign(this, { across, up: log ? up.map(Math.log10) : up, log, parts: [], box: `box${boxes++ % 9}` });
  }

  at(x, y) {
    return [place(x, this.across, LEFT, RIGHT), place(this.log ? Math.log10(y) : y, this.up, BOTTOM, TOP)];
  }

  // What a place on the screen stands for.
  from({ clientX, clientY }, svg) {
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());
    const back = (p, [low, high], start, end) => low + Math.max(0, Math.min((p - start) / (end - start), 1)) * (high - low);
    return [back(x, this.across, LEFT, RIGHT), back(y, this.up, BOTTOM, TOP)];
  }

  text([x, y], words, kind = "", anchor = "middle") {
    this.parts.push(`<text x="${x}" y="${y}" class="${kind}" text-anchor="${anchor}">${words}</text>`);
  }

  line(points, kind) {
    this.parts.push(`<polyline clip-path="url(#${this.box})" points="${points.map((p) => this.at(...p)).join(" ")}" class="${kind}"/>`);
  }

  dot(point, kind, radius = 5) {
    const [x, y] = this.at(...point);
    this.parts.push(`<circle clip-path="url(#${this.box})" cx="${x}" cy="${y}" r="${radius}" class="${kind}"/>`);
  }

  axes(xlabel, ylabel) {
    for (const x of ticks(this.across)) {
      const px = place(x, this.across, LEFT, RIGHT);
      this.parts.push(`<path class="grid" d="M${px} ${TOP}V${BOTTOM}"/>`);
      this.text([px, BOTTOM + 18], brief(x), "muted");
    }
    for (const y of ticks(this.up, this.log)) {
      const py = place(y, this.up, BOTTOM, TOP);
      this.parts.push(`<path class="grid" d="M${LEFT} ${py}H${RIGHT}"/>`);
      this.text([LEFT - 6, py + 5], brief(this.log ? 10 ** y : y), "muted", "end");
    }
    this.text([233, BOTTOM + 38], xlabel);
    this.text([4, 16], ylabel, "", "start");
  }

  svg(title) {
    const clip = `<clipPath id="${this.box}"><path d="M${LEFT} ${TOP}H${RIGHT}V${BOTTOM}H${LEFT}z"/></clipPath>`;
    return `<svg viewBox="0 0 420 350" role="img" aria-label="${title}">${clip}${this.parts.join("")}</svg>`;
  }
}

const place = (x, [low, high], start, end) => {
  const p = start + ((x - low) / (high - low)) * (end - start);
  return +Math.min(Math.max(p, -4000), 4000).toFixed(1);
};

function ticks([low, high], whole) {
  const size = 10 ** Math.floor(Math.log10((high - low) / 5)), found = [];
  const step = Math.max([1, 2, 5, 10].find((k) => k * size >= (high - low) / 5) * size, whole ? 1 : 0);
  for (let k = Math.ceil(low / step); k * step <= high && found.length < 20; k++) found.push(k * step);
  return found;
}

// The line through the table, and the misses in red.
export function drawLine(rows, [b, w1], x1, y1) {
  const range = (column, from) => {
    const low = Math.min(...column), high = Math.max(...column), edge = (high - low || 1) / 7;
    return from === undefined ? [low - edge, high + edge] : [Math.min(low, from) - edge / 3, high + edge];
  };
  const [xs, ys] = rows.length ? [0, 1].map((i) => rows.map((row) => row[i])) : [[0, 10], [0, 10]];
  const plot = new Plot(range(xs), range(ys, 0));
  plot.axes(x1, y1);
  for (const [x, y] of rows) plot.line([[x, y], [x, b + w1 * x]], "red");
  plot.line(plot.across.map((x) => [x, b + w1 * x]), "orange thick");
  for (const row of rows) plot.dot(row, "blue");
  return plot;
}

// The bowl from above: numbered lines of equal loss, the path so far, the start. Points are (b, w1), b runs across.
export function drawMap(bowl, path, view) {
  const plot = new Plot(view.b, view.w1);
  plot.axes("b", "w1");
  if (bowl) contours(plot, bowl);
  plot.line(path, "orange");
  if (path.length < 200) for (const point of path) plot.dot(point, "orange", 3);
  if (bowl) plot.dot(bowl.best, "green", 6);
  plot.dot(path[0], "start", 9);
  plot.dot(path.at(-1), "orange", 6);
  return plot;
}

function contours(plot, { H: [[p, q], [, r]], best: [b, w1], lowest }) {
  // the place of the last number: two numbers need some room
  let before = [0, 0];
  for (let k = -8; k < 60; k++) {
    const level = 10 ** Math.floor(k / 2) * (k & 1 ? 3 : 1), size = Math.sqrt(2 * (level - lowest)), ring = [];
    for (let angle = 0; size > 0 && angle < 6.3; angle += Math.PI / 60) {
      const v = Math.sin(angle) / Math.sqrt(r - (q * q) / p), u = Math.cos(angle) / Math.sqrt(p) - (q / p) * v;
      // half the Hessian's form of (u, v) * size is level - lowest
      ring.push([b + u * size, w1 + v * size]);
    }
    const places = ring.map((point) => plot.at(...point)), xs = places.map(([x]) => x);
    if (Math.max(...xs) - Math.min(...xs) < 25) continue;
    plot.line(ring, "contour");
    const seen = places.filter(([x, y]) => x > LEFT + 16 && x < RIGHT - 20 && y > TOP + 14 && y < BOTTOM - 6);
    const [x, y] = seen.sort((m, n) => n[0] - m[0])[0] ?? before;
    if (Math.hypot(x - before[0], 2 * (y - before[1])) < 40) continue;
    before = [x, y];
    plot.text([x, y + 4], brief(level), "muted");
  }
}

// The loss at each step so far.
export function drawLoss(losses, step, lost, log) {
  const last = losses.length - 1, every = Math.ceil(last / 700), top = Math.max(...losses), low = Math.min(...losses);
  const plot = new Plot([0, Math.max(10, last)], log && low > 0 ? [low / 1.5, top * 1.5] : [0, top * 1.08 || 1], log && low > 0);
  plot.axes(step, lost);
  plot.line(losses.map((loss, n) => [n, loss]).filter(([n]) => n === last || n % every === 0), "blue thick");
  plot.dot([last, losses[last]], "blue");
  return plot;
}
