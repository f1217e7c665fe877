"""Gradients checked. Read `check` (the function), `graph` (the ops inside), `differences` (derivatives from numbers
alone), `verdicts` (when they are believed), `directions` (many numbers at once), `report` (what is said of it).
"""

from ..machinery.late import late
from .check import gradcheck

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .differences import numerical_gradient
    from .report import Derivative, Report
else:
    __getattr__, __dir__ = late(
        __name__, {"Derivative": "report", "Report": "report", "numerical_gradient": "differences"}
    )

__all__ = ["Derivative", "Report", "gradcheck", "numerical_gradient"]
