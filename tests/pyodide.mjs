// The suite under WebAssembly: node pyodide.mjs CHECKOUT PACKAGES [pytest's arguments], where npm has installed pyodide.
import { createRequire } from "node:module";
import process from "node:process";
import { pathToFileURL } from "node:url";

const [checkout, packages, ...args] = process.argv.slice(2);
const found = createRequire(process.cwd() + "/").resolve("pyodide/pyodide.mjs");
const { loadPyodide } = await import(pathToFileURL(found));
const pyodide = await loadPyodide({ env: { HOME: "/home/pyodide", PYTHONDONTWRITEBYTECODE: "1" } });
for (const [folder, root] of [["/packages", packages], ["/checkout", checkout]]) {
  pyodide.FS.mkdirTree(folder);
  pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root }, folder);
}
pyodide.globals.set("args", pyodide.toPy(args));
process.exitCode = pyodide.runPython(`
import os, platform, sys
sys.path[:0] = ["/packages", "/checkout"]
os.chdir("/checkout")
print("Python", platform.python_version(), sys.platform)
import pytest
int(pytest.main(list(args)))
`);
