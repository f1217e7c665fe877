"""Errors: what counts as a failure of generated code, and how that code says that a guard failed."""

from __future__ import annotations

# What arithmetic raises: the original is asked then, whose error names op and operands, or who has an answer after all.
FAILURES = (ArithmeticError, ValueError)


class GuardFailed(Exception):  # noqa: N818  # no error: a path that is yet to be traced
    """Raised by generated code where a comparison falls as it never did before.

    In a loop over rows such a row bails out instead; it is raised once, behind the loop, with them as its argument.
    """


class Unrepeatable(Exception):  # noqa: N818  # no error either: a path that only the original can go
    """Raised by generated code where a trace met what no generated code could repeat."""


class NewPath(RuntimeError):  # noqa: N818  # what it is called by is its message
    """Raised by a program that was pickled, and left its function behind, where that would have to be traced."""


class RowError(Exception):
    """Raised by code over columns where the original has told the `error` of a row: it is to go out as it is."""

    def __init__(self, error: Exception) -> None:
        self.error = error


_OPS = ("minigrad.ops", "minigrad.engine", "minigrad.operators", "minigrad.machinery", "minigrad.functions")


def of_an_op(error: BaseException) -> bool:
    """Whether an op has raised the error: it then says where the arguments are, and not what somebody's code does."""
    if hasattr(error, "of_an_op"):  # it has travelled, and left its traceback behind
        return bool(error.of_an_op)
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__", "").startswith(_OPS)


def travelling(error: Exception) -> Exception:
    """The error, ready to be pickled and raised elsewhere: it knows whether it is an op's."""
    error.of_an_op = of_an_op(error)  # type: ignore[attr-defined]
    return error
