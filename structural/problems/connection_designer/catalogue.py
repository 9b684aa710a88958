"""The catalogue: connection families, the limit states that can govern them, and the joints they can be used in."""

from enum import StrEnum

from structural.problems.connection_designer import request


class Family(StrEnum):
    """A connection family, as stored in the answer column. `INADEQUATE` means that no family of the catalogue does."""

    BOLTED_BEARING = "bolted_bearing"
    BOLTED_SLIP_CRITICAL = "bolted_slip_critical"
    SHEAR_TAB = "shear_tab"
    DOUBLE_ANGLE = "double_angle"
    WELDED = "welded"
    EXTENDED_END_PLATE = "extended_end_plate"
    INADEQUATE = "inadequate"


FAMILIES = tuple(Family)
DETAILED_FAMILIES = FAMILIES[:-1]
"""The families that the engine details, in class order."""

DISPLAY_NAMES: dict[str, str] = {
    Family.BOLTED_BEARING: "Bolted Connection",
    Family.BOLTED_SLIP_CRITICAL: "Slip-Critical Bolted Connection",
    Family.SHEAR_TAB: "Shear Tab",
    Family.DOUBLE_ANGLE: "Double Angle",
    Family.WELDED: "Welded Connection",
    Family.EXTENDED_END_PLATE: "Extended End Plate",
    Family.INADEQUATE: "Inadequate",
}


class LimitState(StrEnum):
    """What can govern a family. `CLAUSES` gives the clause of ANSI/AISC 360-22 for each."""

    BOLT_SHEAR = "bolt_shear"
    BOLT_BEARING = "bolt_bearing"
    BOLT_TEAROUT = "bolt_tearout"
    BOLT_TENSION = "bolt_tension"
    SLIP = "slip"
    TENSION_YIELDING = "tension_yielding"
    TENSION_RUPTURE = "tension_rupture"
    ELEMENT_BENDING = "element_bending"
    SHEAR_YIELDING = "shear_yielding"
    SHEAR_RUPTURE = "shear_rupture"
    BLOCK_SHEAR = "block_shear"
    WELD_STRENGTH = "weld_strength"
    BASE_METAL_SHEAR = "base_metal_shear"
    BEAM_WEB_SHEAR = "beam_web_shear"
    BEAM_WEB_RUPTURE = "beam_web_rupture"
    BEAM_BLOCK_SHEAR = "beam_block_shear"
    SUPPORT_BOLTS = "support_bolts"
    SUPPORT_SHEAR = "support_shear"
    COLUMN_FLANGE_BENDING = "column_flange_bending"
    COLUMN_WEB_YIELDING = "column_web_yielding"
    COLUMN_WEB_CRIPPLING = "column_web_crippling"
    PANEL_ZONE_SHEAR = "panel_zone_shear"
    NOT_PERMITTED = "not_permitted"


LIMIT_STATES = tuple(LimitState)

CLAUSES: dict[str, str] = {
    LimitState.BOLT_SHEAR: "J3.7",
    LimitState.BOLT_BEARING: "J3.11a(1)(a)",
    LimitState.BOLT_TEAROUT: "J3.11a(1)(b)",
    LimitState.BOLT_TENSION: "J3.7",
    LimitState.SLIP: "J3.9",
    LimitState.TENSION_YIELDING: "J4.1(a)",
    LimitState.TENSION_RUPTURE: "J4.1(b)",
    LimitState.ELEMENT_BENDING: "J4.5, F11",
    LimitState.SHEAR_YIELDING: "J4.2(a)",
    LimitState.SHEAR_RUPTURE: "J4.2(b)",
    LimitState.BLOCK_SHEAR: "J4.3",
    LimitState.WELD_STRENGTH: "J2.4",
    LimitState.BASE_METAL_SHEAR: "J2.4, J4.2(b)",
    LimitState.BEAM_WEB_SHEAR: "G2.1",
    LimitState.BEAM_WEB_RUPTURE: "J4.2(b)",
    LimitState.BEAM_BLOCK_SHEAR: "J4.3",
    LimitState.SUPPORT_BOLTS: "J3.7, J3.11a",
    LimitState.SUPPORT_SHEAR: "J4.2(b)",
    LimitState.COLUMN_FLANGE_BENDING: "J10.1",
    LimitState.COLUMN_WEB_YIELDING: "J10.2",
    LimitState.COLUMN_WEB_CRIPPLING: "J10.3",
    LimitState.PANEL_ZONE_SHEAR: "J10.6",
    LimitState.NOT_PERMITTED: "J3.2, J3.3",
}

FAMILIES_OF_JOINT: dict[str, tuple[Family, ...]] = {
    request.LAP_SPLICE: (Family.BOLTED_BEARING, Family.BOLTED_SLIP_CRITICAL, Family.WELDED),
    request.BEAM_TO_GIRDER_WEB: (Family.SHEAR_TAB, Family.DOUBLE_ANGLE, Family.WELDED),
    request.BEAM_TO_COLUMN_FLANGE: (
        Family.SHEAR_TAB,
        Family.DOUBLE_ANGLE,
        Family.WELDED,
        Family.EXTENDED_END_PLATE,
    ),
    request.BEAM_TO_COLUMN_WEB: (Family.SHEAR_TAB, Family.DOUBLE_ANGLE, Family.WELDED),
}
"""The families that exist for each kind of joint; `applicability` narrows them by the Specification's rules."""
