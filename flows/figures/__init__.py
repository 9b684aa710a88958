"""Further figures of one problem's evaluation, beside the accuracy that is gated. They decide nothing.

Every problem has the ones that its labels give (`flows.metrics.detail_figures`); a problem with more to say has a
module of its name here.
"""

from flows.figures.contract import Answered, further_figures

__all__ = ["Answered", "further_figures"]
