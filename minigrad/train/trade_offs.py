"""What a least-squares fit says about its parameters when something is wrong with them, in sentences."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..engine import Value
    from .bottom import Bottom

_TRADE = 1000.0  # times the error that a parameter would have alone: more is worth a word


def names_of(params: Sequence[Value]) -> list[str]:
    """What to call each parameter: its label, or where it stands."""
    return [str(p.label or f"params[{i}]") for i, p in enumerate(params)]


def advice(reason: str, bottom: Bottom, names: Sequence[str]) -> str:
    """What to do about a fit that ended so; nothing if all is well."""
    if reason == "interrupted":
        return ""
    if reason == "max_steps":
        return "The loss was still changing: allow more steps (max_steps), or start nearer."
    sentences = [] if reason == "converged" else [_why_stalled(bottom, names)]
    return "\n".join([*sentences, *_trade_offs(bottom, names)])


def _why_stalled(bottom: Bottom, names: Sequence[str]) -> str:
    lost = [names[i] for i in bottom.unsettled]
    if len(lost) == 1:
        return f"The data do not settle {lost[0]}: here it changes nothing. Start elsewhere, or fix it."
    if lost:
        return (
            f"The data do not settle {_listed(lost)}: changed together they leave every residual as it is. Fix one of "
            "them, add rows that tell them apart, or start elsewhere."
        )
    if bottom.to_go is None:
        return "The loss stands still where it bends downwards, on a ridge or a saddle: start elsewhere."
    return f"No step that floats can see goes lower, though the bottom should lie about {bottom.to_go:.3g} lower."


def _trade_offs(bottom: Bottom, names: Sequence[str]) -> list[str]:
    """Of the parameters that are settled: those that only their sum with another is settled well."""
    if bottom.unsettled or max(bottom.inflation) < _TRADE:
        return []
    worst = max(range(len(names)), key=bottom.inflation.__getitem__)
    other, correlation = bottom.correlated(worst)
    return [
        f"{names[worst]} and {names[other]} trade off against each other (correlation {correlation:.6f}): the data "
        f"settle them together far better than alone. The error of {names[worst]} is {bottom.inflation[worst]:.0f} "
        "times what it would be if the other parameters were known."
    ]


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]])
