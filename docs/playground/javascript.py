r"""Python statements as JavaScript: the few that `minigrad.compile` prints, walked as an `ast` and written anew.

Both languages compute + - * / on the same doubles, so what is written here has the bits of the original. Whatever this
file has no words for is refused: nothing is guessed.

>>> print(javascript("def f(x):\n    t1 = x * x - 3.0\n    return t1 / 2.0"))
export function f(x) {
  const t1 = (x * x) - 3.0;
  return t1 / 2.0;
}
"""

from __future__ import annotations

import ast

OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


def javascript(source: str) -> str:
    """The functions of a program's source as exported functions of JavaScript.

    Raises ValueError for a statement or an expression that has no counterpart here.
    """
    return "\n\n".join([_function(node) for node in ast.parse(source).body])


def expression(node: ast.expr) -> str:
    """One expression. Operands that are operations themselves stand in brackets, so no precedence has to agree.

    >>> expression(ast.parse("-(b + w * 3.5) ** 2.0", mode="eval").body)
    '-((b + (w * 3.5)) ** 2.0)'
    """
    match node:
        case ast.Name(id=name):
            return name
        case ast.Constant(value=float() | int() as value) if not isinstance(value, bool):
            return repr(value)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return f"{_operand(left)} {OPERATORS[type(op)]} {_operand(right)}"
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"-{_operand(operand)}"
        case ast.Tuple(elts=elements):
            return f"[{', '.join([expression(e) for e in elements])}]"
        case ast.Call(func=ast.Name(id="reversed"), args=[rows]):
            return f"[...{expression(rows)}].reverse()"
    raise _unknown(node)


def _operand(node: ast.expr) -> str:
    text = expression(node)
    return f"({text})" if isinstance(node, ast.BinOp | ast.UnaryOp) else text


def _function(node: ast.stmt) -> str:
    if not isinstance(node, ast.FunctionDef):
        raise _unknown(node)
    parameters = [argument.arg for argument in node.args.args]
    changed = {n.target.id for n in ast.walk(node) if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)}
    lines = [line for statement in node.body for line in _statement(statement, changed)]
    return "\n".join([f"export function {node.name}({', '.join(parameters)}) {{", *_indented(lines), "}"])


def _statement(node: ast.stmt, changed: set[str]) -> list[str]:
    """The lines of one statement; `changed` are the names that a later += gives another value."""
    match node:
        case ast.Return(value=ast.expr() as value):
            return [f"return {expression(value)};"]
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=ast.Slice(None, None, None))], value=v):
            return [f"{name}.splice(0, {name}.length, ...{expression(v)});"]
        case ast.Assign(targets=[ast.Name() | ast.Tuple() as target], value=value):
            names = {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}
            return [f"{'let' if names & changed else 'const'} {expression(target)} = {expression(value)};"]
        case ast.AugAssign(target=ast.Name(id=name), op=op, value=value) if type(op) in OPERATORS:
            return [f"{name} {OPERATORS[type(op)]}= {expression(value)};"]
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[value])):
            return [f"{name}.push({expression(value)});"]
        case ast.For(target=target, iter=rows, body=body, orelse=[]):
            inner = [line for statement in body for line in _statement(statement, changed)]
            return [f"for (const {expression(target)} of {expression(rows)}) {{", *_indented(inner), "}"]
    raise _unknown(node)


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _unknown(node: ast.AST) -> ValueError:
    return ValueError(
        f"expected statements that compile() prints for arithmetic, got {ast.unparse(node)!r} ({type(node).__name__}); "
        "write its JavaScript into docs/playground/javascript.py"
    )
