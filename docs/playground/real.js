// The real thing: minigrad itself under Pyodide, in a worker. Only a built site has it: there `data-wheel` names the wheel.
const $ = (id) => document.getElementById(id);
const wheel = document.documentElement.dataset.wheel;

const EXAMPLES = {
  backward: "from minigrad import Value\nx = Value(3.0)\ny = x * x + x\ny.backward()\nx.grad",
  compile: "from minigrad import compile, grad\nf = compile(grad(lambda x: (x * 3.5 - 18.0) ** 2))\nprint(f(0.0))\nprint(f.source)",
  explain: "from minigrad import Value\nfrom minigrad.explain import explain\nw1 = Value(0.0, label='w1')\nprint(explain((w1 * 3.5 - 18.0) ** 2))",
  gradcheck: "from minigrad import tanh\nfrom minigrad.gradcheck import gradcheck\nprint(gradcheck(lambda x: tanh(x) * x, 0.5))",
};

const RUN = `
from minigrad import Value, minimize
from minigrad.losses import mean_squared_error
from minigrad.optim import SGD
b, w1 = Value(B), Value(W1)
loss = lambda: mean_squared_error([b + w1 * x for x, _ in ROWS], [y for _, y in ROWS])
sgd = SGD([b, w1], lr=LR, momentum=MOMENTUM)
for _ in range(STEPS):
    FORGET or sgd.zero_grad()
    loss().backward()
    sgd.step()
print(f"b = {b.data!r}\\nw1 = {w1.data!r}\\nloss = {loss().data!r}")`;

let worker, waiting;
function ask(code) {
  return new Promise((resolve) => { waiting = resolve; worker.postMessage(code); });
}

function start(t) {
  $("load").disabled = true;
  $("loading").textContent = t("loading");
  worker = new Worker("worker.js?" + wheel);
  worker.onmessage = ({ data }) => waiting(data);
  return ask("import minigrad; minigrad.__version__").then((text) => { $("loading").textContent = t("loaded", { version: text }); $("python").hidden = false; });
}

export function offer(now, t) {
  if (!wheel) return;
  $("real").hidden = false;
  $("example").innerHTML = Object.keys(EXAMPLES).map((name) => `<option>${name}</option>`).join("");
  ($("example").onchange = () => { $("code").value = EXAMPLES[$("example").value]; })();
  $("load").onclick = () => start(t);
  $("go").onclick = async () => { $("out").textContent = "..."; $("out").textContent = await ask($("code").value); };
  $("stop").onclick = () => { worker.terminate(); $("python").hidden = true; start(t); };
  $("same").onclick = async () => {
    const { rows, state, descent } = now(), { point, loss } = descent.at(state.step);
    const values = { B: state.b, W1: state.w1, ROWS: rows, LR: state.lr, MOMENTUM: state.momentum, STEPS: state.step, FORGET: state.forget };
    const code = RUN.replace(/\b[A-Z]+1?\b/g, (name) => (name in values ? JSON.stringify(values[name]) : name));
    const python = (await ask(code)).trim(), page = `b = ${point[0]}\nw1 = ${point[1]}\nloss = ${loss}`;
    const [p, q] = [python, page].map((text) => text.match(/[-\d.e+]+$/gm).map(Number)), equal = p.every((x, i) => x === q[i]);
    $("both").innerHTML = `<p>${t(equal ? "equal" : "unequal", { step: state.step })}</p><div class="row"><pre>${t("page_says")}\n${page}</pre><pre>${t("python_says")}\n${python}</pre></div>`;
  };
}
