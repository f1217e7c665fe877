"""Column text: the text of an op, rewritten so that it holds for a whole column at once.

`a if c else b` chooses for one number. For a column it becomes `where(c, a, b)`, and `and`, `or`, `not`, chains of
comparisons, `min` and `max` become what arrays have for them. A text that holds anything else has no such form: None.

>>> column_text("0.0 if {0} <= 0.0 else {0}")
'where({0} <= 0.0, 0.0, {0})'
>>> column_text("{} * {}"), column_text("open({0})")
('{0} * {1}', None)
"""

from __future__ import annotations

import ast
import math

_MOST = 100  # operands
_CONSTANTS = ("inf", "nan", "pi", "e", "tau")


def column_text(text: str) -> str | None:
    """The text for columns, with {0}, {1}, ... for the operands; None if there is none."""
    names = [f"operand_{k}_" for k in range(_MOST)]
    plain = text.format(*names)
    try:
        tree = _Rewriter().visit(ast.parse(plain, mode="eval"))
    except _NoForm:
        return None
    found = ast.unparse(tree).replace("{", "{{").replace("}", "}}")
    for k, name in enumerate(names):
        found = found.replace(name, f"{{{k}}}")
    return found


class _NoForm(Exception):  # noqa: N818  # no error: there is no such text
    pass


class _Rewriter(ast.NodeTransformer):
    """Rewrites an expression that gives a number; `condition` one that gives yes or no."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if not isinstance(node, _KEPT):
            raise _NoForm
        return super().generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:  # as `ast` calls it
        if not node.id.startswith("operand_") and node.id not in ("inf", "nan"):
            raise _NoForm
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if node.value.__class__ not in (int, float):
            raise _NoForm
        return ast.Constant(float(node.value))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == "math" and node.attr in _CONSTANTS:
            return ast.Constant(getattr(math, node.attr)) if node.attr not in ("inf", "nan") else _name(node.attr)
        raise _NoForm

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        return _call("where", self.condition(node.test), self.visit(node.body), self.visit(node.orelse))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if node.keywords or not isinstance(node.func, ast.Name | ast.Attribute):
            raise _NoForm
        operands = [self.visit(x) for x in node.args]
        if isinstance(node.func, ast.Name):
            if node.func.id in ("abs", "float") and len(operands) == 1:
                return _call("abs", *operands) if node.func.id == "abs" else operands[0]
            if node.func.id in ("max", "min") and len(operands) > 1:
                return self.extreme(ast.Gt() if node.func.id == "max" else ast.Lt(), operands)
        elif ast.unparse(node.func) == "math.pow" and len(operands) == 2:
            return ast.BinOp(operands[0], ast.Pow(), operands[1])
        raise _NoForm

    def extreme(self, beyond: ast.cmpop, operands: list[ast.expr]) -> ast.AST:
        first, *others = operands
        for x in others:
            first = _call("where", ast.Compare(x, [beyond], [first]), x, first)
        return first

    def condition(self, node: ast.AST) -> ast.expr:
        """A column of truths, from what is true or false of one number."""
        if isinstance(node, ast.BoolOp):
            joined = [self.condition(x) for x in node.values]
            operator = ast.BitAnd() if isinstance(node.op, ast.And) else ast.BitOr()
            return _joined(joined, operator)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return ast.UnaryOp(ast.Invert(), self.condition(node.operand))
        if isinstance(node, ast.Compare):
            sides = [self.visit(x) for x in (node.left, *node.comparators)]
            if not all(isinstance(sign, _SIGNS) for sign in node.ops):
                raise _NoForm
            links = zip(sides, node.ops, sides[1:], strict=False)
            return _joined([ast.Compare(a, [sign], [b]) for a, sign, b in links], ast.BitAnd())
        return ast.Compare(self.visit(node), [ast.NotEq()], [ast.Constant(0.0)])


_SIGNS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_KEPT = (
    ast.Expression,
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow),
    *(ast.UnaryOp, ast.USub, ast.UAdd),
    ast.Load,
)


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _call(name: str, *operands: ast.expr) -> ast.Call:
    return ast.Call(_name(name), [*operands], [])


def _joined(parts: list[ast.expr], operator: ast.operator) -> ast.expr:
    first, *others = parts
    for x in others:
        first = ast.BinOp(first, operator, x)
    return first
