"""What a request must satisfy before any family is looked at: detailing limits of J3.4 to J3.6 and plain geometry."""

from dataclasses import dataclass
from typing import cast

import numpy as np

from structural.aisc.bolts import max_edge_distance_in, max_spacing_in, min_spacing_in
from structural.elementwise import where, within
from structural.problems.connection_designer.request import BOLT_DIAMETERS_IN, BoolArray, FloatArray, Joint

TOLERANCE_IN = 1e-6
_ONE_OF_THE_SIZES = f"must be one of {', '.join(f'{size:g}' for size in BOLT_DIAMETERS_IN)} in. (Table J3.1)"


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound on one request field; ``holds`` has shape (n,) and ``message`` says what would satisfy it."""

    field: str
    message: str
    holds: BoolArray


def _is_a_size(diameter: FloatArray) -> BoolArray:
    if diameter.ndim:
        return np.isin(diameter, BOLT_DIAMETERS_IN)
    return cast("BoolArray", np.bool_(diameter in BOLT_DIAMETERS_IN))


def request_limits(joint: Joint) -> tuple[Limit, ...]:
    """Return the bounds of every request, fields by their public names.

    Least spacing 2-2/3 d and greatest spacing and edge distance are J3.4 and J3.6; an edge distance below Table J3.4
    is allowed where J3.11 and J4 are satisfied, which is what the families check, but not below d (J3.5).
    """
    d = joint.diameter
    thinnest = where(joint.lap, joint.thickness / joint.planes, joint.thickness)
    widest_gage = where(joint.lap_lines == 2.0, joint.gage, 0.0)
    return (
        Limit(
            "bolt_diameter",
            _ONE_OF_THE_SIZES,
            _is_a_size(d),
        ),
        Limit(
            "spacing_in",
            "must be at least 2-2/3 bolt diameters (J3.4)",
            joint.spacing >= min_spacing_in(within(d, 0.5, 4.0)) - TOLERANCE_IN,
        ),
        Limit(
            "spacing_in",
            "must be at most 24 ply thicknesses and 12 in. (J3.6)",
            joint.spacing <= max_spacing_in(thinnest) + TOLERANCE_IN,
        ),
        Limit("edge_distance_in", "must be at least one bolt diameter (J3.5)", joint.edge >= d - TOLERANCE_IN),
        Limit(
            "edge_distance_in",
            "must be at most 12 ply thicknesses and 6 in. (J3.6)",
            joint.edge <= max_edge_distance_in(thinnest) + TOLERANCE_IN,
        ),
        Limit(
            "ply_width_in",
            "must leave one bolt diameter beside the outer bolt lines (J3.5)",
            ~joint.lap | (joint.width >= widest_gage + 2.0 * d - TOLERANCE_IN),
        ),
    )
