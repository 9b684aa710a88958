"""Compression examples of angles and hollow sections: each solver returns the values its example asks for."""

from typing import Any

import numpy as np
import pytest

from structural.aisc.buckling import elastic_stress, torsional_flexibility
from structural.aisc.compression import COMPRESSION, Compression
from structural.aisc.compression_angles import leg_connected_compression
from structural.aisc.compression_built_up import Connectors
from structural.aisc.compression_double_angles import double_angle_compression
from structural.aisc.compression_hollow import rectangular_hss_compression, round_hss_compression
from structural.aisc.method import available
from structural.angles import load_angles, load_double_angles
from structural.hollow import load_rectangular_hss, load_round_hss

FT = 12.0
Inputs = dict[str, Any]
Results = dict[str, Any]


def both(strength: Compression) -> Results:
    return {
        "phi_Pn_kip": available(strength.pn_kip, COMPRESSION, "LRFD"),
        "Pn_over_omega_kip": available(strength.pn_kip, COMPRESSION, "ASD"),
    }


def solve_double_angle(inputs: Inputs) -> Results:
    size, side = inputs["shape"].split()
    shape = load_double_angles().rows(f"{size}X{inputs['separation_in']}{side}")
    assert float(shape.area_in2) == pytest.approx(inputs["Ag_in2"])
    length = inputs["Lc_ft"] * FT
    connectors = Connectors.spaced_evenly(length, inputs["connectors"])
    strength = double_angle_compression(shape, inputs["Fy_ksi"], length, length, length, connectors)
    return {
        "modified_slenderness_y": strength.slenderness_y_modified,
        "Fey_ksi": strength.fe_y_ksi,
        "Fez_ksi": elastic_stress(torsional_flexibility(shape, np.asarray(length))),
        "Fe_ft_ksi": strength.fe_torsional_ksi,
        "Fn_ksi": strength.fn_ksi,
        "Ae_in2": strength.ae_in2,
        **both(strength),
    }


def solve_rectangular(inputs: Inputs) -> Results:
    shape = load_rectangular_hss().rows(inputs["shape"])
    return both(rectangular_hss_compression(shape, inputs["Fy_ksi"], inputs["Lcx_ft"] * FT, inputs["Lcy_ft"] * FT))


def solve_round(inputs: Inputs) -> Results:
    shape, length = load_round_hss().rows(inputs["shape"]), inputs["Lc_ft"] * FT
    return both(round_hss_compression(shape, inputs["Fy_ksi"], length, length))


def solve_single_angle(inputs: Inputs) -> Results:
    shape = load_angles().rows(inputs["shape"])
    strength = leg_connected_compression(
        shape, inputs["Fy_ksi"], inputs["length_ft"] * FT, inputs["attached_leg"], "planar"
    )
    return {"modified_slenderness": strength.slenderness, "Fn_ksi": strength.fn_ksi, **both(strength)}


SOLVERS = {
    "E-11": solve_double_angle,
    "E-14": solve_rectangular,
    "E-19": solve_single_angle,
    "E-26": solve_rectangular,
    "E-29": solve_round,
    "E-31": solve_round,
}
