// Python beside the page: loads Pyodide and the wheel from this folder, then answers code with what it prints.
const wheel = location.search.slice(1);
const ready = import("./pyodide/pyodide.mjs").then(async ({ loadPyodide }) => {
  const python = await loadPyodide();
  python.unpackArchive(await (await fetch(wheel)).arrayBuffer(), "wheel");
  return python;
});
onmessage = async ({ data }) => {
  const lines = [];
  try {
    const python = await ready;
    python.setStdout({ batched: (line) => lines.push(line) });
    python.globals.set("_code", data);
    const last = python.runPython("from pyodide.code import eval_code\n_last = eval_code(_code, {})\nNone if _last is None else repr(_last)");
    if (last !== undefined) lines.push(data.startsWith("import minigrad;") ? last.slice(1, -1) : last);
  } catch (error) {
    lines.push(String(error.message).split("\n").filter((line) => !/_pyodide|pyodide\/code|eval_code|^\s*[.~^]+|^\s*(\.run|coroutine|return|exec)/.test(line)).join("\n"));
  }
  postMessage(lines.join("\n"));
};
