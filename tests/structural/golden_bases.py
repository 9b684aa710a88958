"""Column base examples: each solver takes an example's inputs and returns the values it is asked for."""

from typing import Any

import numpy as np

from structural.aisc import base_plates
from structural.aisc.method import available
from structural.shapes import load_shapes

Inputs = dict[str, Any]
Results = dict[str, Any]


def solve_base_plate(inputs: Inputs) -> Results:
    column = load_shapes("W").rows(inputs["column"])
    plate = inputs["plate_N_in"], inputs["plate_B_in"]
    area = base_plates.supporting_area_in2(*plate, *inputs["pedestal_in"])
    nominal = base_plates.concrete_bearing(inputs["fc_ksi"], np.prod(plate), area)
    required, methods = np.array([inputs["Pu_kip"], inputs["Pa_kip"]]), ["LRFD", "ASD"]
    bearing = available(nominal, base_plates.CONCRETE_BEARING, methods)
    beyond = base_plates.i_column_cantilevers(column.d_in, column.bf_in, *plate, required / bearing)
    thickness = base_plates.required_plate_thickness_in(beyond.l_in, required, *plate, inputs["Fy_plate_ksi"], methods)
    return {
        "phi_Pp_kip": bearing[0],
        "Pp_over_omega_kip": bearing[1],
        "m_in": beyond.m_in,
        "n_in": beyond.n_in,
        "l_in": beyond.l_in[0],
        "t_min_in": thickness[0],
    }


SOLVERS = {"J-28": solve_base_plate}
