// Python beside the page: loads Pyodide and the wheel from this folder, then answers code with what it prints.
const ready = import("./pyodide/pyodide.mjs").then(async ({ loadPyodide }) => {
  const python = await loadPyodide();
  python.unpackArchive(await (await fetch(location.search.slice(1))).arrayBuffer(), "wheel");
  python.runPython(ANSWER);
  return python.globals.get("answer");
});

const ANSWER = `
import contextlib, io, traceback
from pyodide.code import eval_code
names = {}
def answer(code):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            last = eval_code(code, names)
            if last is not None:
                print(repr(last))
        except BaseException as error:
            print("".join(traceback.format_exception(error)[-3:]))
    return printed.getvalue().rstrip()
`;

onmessage = async ({ data }) => {
  try {
    postMessage((await ready)(data));
  } catch (error) {
    postMessage(String(error));
  }
};
