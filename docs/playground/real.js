// The real thing: minigrad itself under Pyodide, in a worker. Only a built site has it, and names its wheel.
const $ = (id) => document.getElementById(id);

const WORDS = {
  en: {
    real_title: "The real thing",
    real_text: "What computes above is JavaScript, made from minigrad's compiled program. Here is minigrad itself, in Python, in your browser (12 MB, some seconds).",
    load: "Load minigrad",
    loading: "Loading...",
    loaded: "minigrad {version} is here.",
    same: "Run the descent above",
    equal: "{step} steps, equal to the last bit.",
    unequal: "{step} steps, not equal.",
    page: "this page",
    go: "Run it",
    stop: "Start Python anew",
    example: "Example"
  },
  es: {
    real_title: "minigrad en persona",
    real_text: "Lo de arriba lo calcula un JavaScript hecho del programa compilado de minigrad. Aquí está minigrad mismo, en Python, en tu navegador (12 MB, unos segundos).",
    load: "Cargar minigrad",
    loading: "Cargando...",
    loaded: "minigrad {version} está aquí.",
    same: "Repetir el descenso de arriba",
    equal: "{step} pasos, iguales hasta el último bit.",
    unequal: "{step} pasos, no iguales.",
    page: "esta página",
    go: "Ejecutar",
    stop: "Reiniciar Python",
    example: "Ejemplo"
  }
};

const EXAMPLES = {
  backward: "from minigrad import Value\nx = Value(3.0)\ny = x * x + x\ny.backward()\nx.grad",
  compile: "from minigrad import compile, grad\nf = compile(grad(lambda x: (x * 3.5 - 18.0) ** 2))\nprint(f(0.0))\nprint(f.source)",
  explain: 'from minigrad import Value\nfrom minigrad.explain import explain\nw1 = Value(0.0, label="w1")\nprint(explain((w1 * 3.5 - 18.0) ** 2))',
  gradcheck: "from minigrad import tanh\nfrom minigrad.gradcheck import gradcheck\nprint(gradcheck(lambda x: tanh(x) * x, 0.5))",
};

const AGAIN = `from minigrad import Value
from minigrad.losses import mean_squared_error
from minigrad.optim import SGD
b, w1 = Value(float(START[0])), Value(float(START[1]))
def loss():
    return mean_squared_error([b + w1 * x for x, _ in ROWS], [y for _, y in ROWS])
sgd = SGD([b, w1], lr=LR, momentum=MOMENTUM)
for _ in range(STEPS):
    if not FORGET:
        sgd.zero_grad()
    loss().backward()
    sgd.step()
print(f"b = {b.data!r}\\nw1 = {w1.data!r}\\nloss = {loss().data!r}")`;

const PARTS = `<h2 id="real_title"></h2><p id="real_text"></p><button id="load"></button> <span id="loading" role="status"></span>
<div id="python" hidden><button id="same"></button><div id="both" aria-live="polite"></div>
<label><span id="example"></span> <select id="examples"></select></label>
<textarea id="code" rows="8" spellcheck="false" aria-label="Python"></textarea>
<div class="row"><button id="go"></button><button id="stop"></button></div><pre id="out" role="status"></pre></div>`;

let worker, answered;
const ask = (code) => new Promise((resolve) => { answered = resolve; worker.postMessage(code); });

export function offer(fill, now) {
  const t = (key, numbers) => fill(WORDS[now().state.lang][key], numbers ?? {});
  const wheel = document.body.dataset.wheel;
  $("real").innerHTML = PARTS;
  $("real").hidden = false;
  $("examples").innerHTML = Object.keys(EXAMPLES).map((name) => `<option>${name}</option>`).join("");
  const speak = () => { for (const id of ["real_title", "real_text", "load", "same", "example", "go", "stop"]) $(id).textContent = t(id); };
  new MutationObserver(speak).observe(document.documentElement, { attributeFilter: ["lang"] });
  speak();
  ($("examples").onchange = () => { $("code").value = EXAMPLES[$("examples").value]; })();
  const start = async () => {
    $("load").hidden = true;
    $("loading").textContent = t("loading");
    worker = new Worker(`worker.js?${wheel}`);
    worker.onmessage = ({ data }) => answered(data);
    const version = await ask("import minigrad\nprint(minigrad.__version__)");
    $("loading").textContent = t("loaded", { version });
    $("python").hidden = false;
  };
  $("load").onclick = start;
  $("go").onclick = async () => { $("out").textContent = "..."; $("out").textContent = await ask($("code").value); };
  $("stop").onclick = () => { worker.terminate(); $("python").hidden = true; $("out").textContent = ""; start(); };
  $("same").onclick = async () => {
    const { rows, state, descent } = now(), { point, loss } = descent.at(state.step), { b, w1, lr, momentum, forget, step } = state;
    const given = { START: [b, w1], ROWS: rows, LR: lr, MOMENTUM: momentum, FORGET: forget, STEPS: step };
    const python = await ask(AGAIN.replace(/\b[A-Z]{2,}\b/g, (name) => (name in given ? JSON.stringify(given[name]) : name)));
    const page = [point[0], point[1], loss], equal = (python.match(/(?<= = )\S+/g) ?? []).every((x, i) => +x === page[i]);
    const [p, w, l] = page, mine = `b = ${p}\nw1 = ${w}\nloss = ${l}`;
    $("both").innerHTML = `<p>${t(equal ? "equal" : "unequal", { step })}</p><div class="row"><pre>${t("page")}\n${mine}</pre><pre>minigrad\n${python}</pre></div>`;
  };
}
