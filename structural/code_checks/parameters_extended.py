"""Parameters that only a canonical key gives: built-up plates, concentrated forces, bases, bracing, seismic detailing.

They serve checks that few documents need; the reader of free text does not look for them.
"""

from dataclasses import replace

from structural.code_checks.parameter import Dimension, Parameter, number, word

_L, _F, _S, _M = Dimension.LENGTH, Dimension.FORCE, Dimension.STRESS, Dimension.MOMENT
_W, _N, _C = Dimension.LINE_LOAD, Dimension.NUMBER, Dimension.COUNT
_YES_NO = ("yes", "no")

_MEMBER = (
    number("flange_width_in", _L, "in", "width of both flanges of a welded I shape", 1, 120),
    number("flange_thickness_in", _L, "in", "thickness of both flanges of a welded I shape", 0.1, 12),
    number("web_height_in", _L, "in", "clear web height h of a welded I shape", 2, 240),
    number("web_thickness_in", _L, "in", "web thickness of a welded I shape", 0.1, 6),
    number("wall_nominal_in", _L, "in", "nominal wall thickness of a hollow section", 0.05, 4),
    number("wall_design_in", _L, "in", "wall thickness used in the design of a hollow section", 0.05, 4),
    number("stiffener_spacing_in", _L, "in", "clear distance a between transverse stiffeners", 1, 1_000),
    number(
        "stiffener_inertia_in4", Dimension.INERTIA, "in^4", "Ist of a pair about the web centre, or of one", 0.01, 1e5
    ),
    word("shear_panel", "web panel that is checked", "interior", "end", default="interior"),
    number("flange_hole_count", _C, "1", "bolt holes across the tension flange of a beam", 0, 20),
    word("connected_leg", "leg of a single angle that is connected (E5)", "long", "short"),
    word("angle_use", "truss that a single angle belongs to (E5a, E5b)", "planar", "space", default="planar"),
    number("connector_spacing_in", _L, "in", "distance a between connectors of a built-up member", 1, 600),
    word("connector_type", "connectors between them (E6.1)", "snug", "welded", default="welded"),
    word(
        "angle_restraint",
        "lateral-torsional restraint of a bent angle (F10)",
        "ends",
        "point",
        "continuous",
        default="ends",
    ),
    word(
        "toe_sense",
        "stress at the toe of an angle or the stem of a tee",
        "compression",
        "tension",
        default="compression",
    ),
    number("connection_length_in", _L, "in", "length l of the connection of a tension member (Table D3.1)", 0.5, 200),
    number("x_bar_in", _L, "in", "eccentricity x of that connection (Table D3.1)", 0, 20),
    word("cjp_tension_splice", "spliced in tension by complete-penetration welds", *_YES_NO, default="no"),
    word("cvn_tested", "Charpy impact tested, 20 ft-lb at 70 F (A3.1)", *_YES_NO, default="no"),
)

_LOADS = (
    number("roof_live_load_klf", _W, "kip/ft", "uniform roof live load Lr", 0, 100, default=0.0),
    number("snow_load_klf", _W, "kip/ft", "uniform snow load S", 0, 100, default=0.0),
    number("rain_load_klf", _W, "kip/ft", "uniform rain load R", 0, 100, default=0.0),
    number("wind_load_klf", _W, "kip/ft", "uniform wind load W, downward, strength level", 0, 100, default=0.0),
    number(
        "earthquake_load_klf", _W, "kip/ft", "uniform earthquake load E, downward, strength level", 0, 100, default=0.0
    ),
    number("shear_y_kip", _F, "kip", "required minor-axis shear", 0, 10_000),
    number("torsion_kip_ft", _M, "kip*ft", "required torsional strength Tr", 0, 10_000),
    number("moment_max_kip_ft", _M, "kip*ft", "largest moment in the unbraced segment (Eq. F1-1)", 0, 100_000),
    number("moment_a_kip_ft", _M, "kip*ft", "moment at the quarter point of the segment (Eq. F1-1)", 0, 100_000),
    number("moment_b_kip_ft", _M, "kip*ft", "moment at its centre", 0, 100_000),
    number("moment_c_kip_ft", _M, "kip*ft", "moment at its three-quarter point", 0, 100_000),
    number("sway_moment_x_kip_ft", _M, "kip*ft", "first-order major-axis moment Mlt by sway (Eq. A-8-1)", 0, 100_000),
    number("story_load_kip", _F, "kip", "total vertical load of the storey Pstory", 0, 1e6),
    number("story_elastic_load_kip", _F, "kip", "elastic buckling load of the storey Pe,story", 1, 1e8),
    word(
        "notional_combinations", "load combinations with notional loads (C2.2b)", "gravity_only", "all", default="all"
    ),
    word("drift_basis", "what causes the storey drift", "seismic", "wind", default="seismic"),
    number("wind_drift_divisor", _N, "1", "storey height over wind drift limit", 100, 1_000, default=400.0),
)

_CONNECTION = (
    number(
        "bolt_eccentricity_in", _L, "in", "eccentricity of the shear from the centroid of the bolts", 0, 60, default=0.0
    ),
    word("slot_direction", "length of slots to the load", "normal", "along", default="normal"),
    word("hole_deformation", "deformation at service load (J3.11a)", "considered", "ignored", default="considered"),
    word("bolt_tightening", "installation of the bolts (J3.2)", "snug", "pretensioned"),
    word("vibration", "load with vibration or fatigue", *_YES_NO, default="no"),
    word("shares_load_with_welds", "bolts and welds share the load on one plane (J1.8)", *_YES_NO, default="no"),
    number("filler_thickness_in", _L, "in", "undeveloped filler between the plies (J5.2)", 0, 6, default=0.0),
    word("weathering_steel", "unpainted weathering steel (J3.6)", *_YES_NO, default="no"),
    number("prying_b_in", _L, "in", "bolt line to face of the web or leg", 0.3, 12),
    number("prying_a_in", _L, "in", "bolt line to edge of the fitting", 0.3, 12),
    number("prying_length_in", _L, "in", "tributary length p of one bolt", 0.5, 24),
    word("weld_type", "weld", "fillet", "pjp", default="fillet"),
    number("pjp_throat_in", _L, "in", "effective throat of a partial-penetration weld", 0.05, 6),
    number("transverse_weld_length_in", _L, "in", "length of the transverse fillet of a group (J2.4b)", 0.2, 1_000),
    word("weld_strain_compatible", "strain compatibility is considered (J2.4a)", *_YES_NO, default="yes"),
    word(
        "weld_joint",
        "fillet along an edge (lap) or in a corner (tee), J2.2b(b)",
        "lap",
        "tee",
        default="lap",
    ),
    number("side_edge_distance_in", _L, "in", "bolt centre to the side edge; else edge_distance_in", 0.2, 30),
    word("weld_at_hss_end", "weld at the end of a rectangular HSS in tension", *_YES_NO, default="no"),
)

_FORCES = (
    number(
        "concentrated_force_kip", _F, "kip", "required strength of a force across the flange of the member", 0, 10_000
    ),
    word("force_sense", "that force (J10)", "compression", "tension", "pair", default="compression"),
    number("bearing_length_in", _L, "in", "length of bearing lb along the member", 0, 60, default=0.0),
    number("force_end_distance_in", _L, "in", "from the force to the end of the member", 0, 2_000),
    word("flange_rotation", "compression flange at the force (J10.4)", "restrained", "free", default="restrained"),
    word("flange_braced_at_force", "flanges are held against relative sidesway (J10.4)", *_YES_NO, default="yes"),
    number("panel_shear_kip", _F, "kip", "required shear of the panel zone", 0, 50_000),
    word("panel_deformation", "panel-zone deformation is in the analysis (J10.6)", *_YES_NO, default="no"),
    number("panel_beam_depth_in", _L, "in", "depth of the beam at the panel zone", 4, 120),
)

_BASE = (
    number("base_plate_length_in", _L, "in", "base plate N, along the column depth", 2, 120),
    number("base_plate_width_in", _L, "in", "base plate B, along the column flange", 2, 120),
    number("base_plate_thickness_in", _L, "in", "base plate thickness", 0.1, 12),
    Parameter("base_plate_grade", Dimension.GRADE, "", "base plate material, ASTM designation", default="A36"),
    number("concrete_strength_ksi", _S, "ksi", "concrete strength f'c", 1, 20),
    number(
        "pedestal_area_in2", Dimension.AREA, "in^2", "A2: concrete area similar and concentric to the plate", 4, 1e6
    ),
    number("rod_diameter_in", _L, "in", "anchor rod diameter", 0.25, 4),
    number("rod_count", _C, "1", "anchor rods that carry the force", 1, 60),
    Parameter("rod_grade", Dimension.GRADE, "", "anchor rod material, ASTM designation", default="F1554-36"),
    number(
        "base_compression_kip", _F, "kip", "required compression on the base; else axial_compression_kip", 0, 50_000
    ),
    number("rod_tension_kip", _F, "kip", "required tension on the anchor rods", 0, 10_000, default=0.0),
    number("rod_shear_kip", _F, "kip", "required shear on the anchor rods", 0, 10_000, default=0.0),
)

_SEISMIC = (
    word("member_ductility", "ductility class asked of the member (AISC 341 D1.1)", "highly", "moderately"),
    number("column_moment_sum_kip_ft", _M, "kip*ft", "sum of the column strengths at a joint (AISC 341 E3.4a)", 0, 1e6),
    number("beam_moment_sum_kip_ft", _M, "kip*ft", "sum of the expected beam strengths at that joint", 0, 1e6),
    word("in_protected_zone", "attachments in a protected zone (AISC 341 D1.3)", *_YES_NO, default="no"),
)

_BRACING = (
    word(
        "brace_of", "what a stability brace holds (App. 6)", "column_panel", "column_point", "beam_panel", "beam_point"
    ),
    number("brace_strength_kip", _F, "kip", "available strength of the brace", 0, 10_000),
    number("brace_stiffness_kip_in", Dimension.STIFFNESS, "kip/in", "stiffness of the brace", 0, 1e6),
    number("brace_spacing_ft", _L, "ft", "distance Lbr between braces", 0.5, 200),
    word("double_curvature", "the braced beam bends in double curvature", *_YES_NO, default="no"),
    number("end_tie_strength_kip", _F, "kip", "available axial strength of the beam end connection (B3.9)", 0, 10_000),
)

EXTENDED: tuple[Parameter, ...] = tuple(
    replace(parameter, read=False)
    for parameter in (*_MEMBER, *_LOADS, *_CONNECTION, *_FORCES, *_BASE, *_SEISMIC, *_BRACING)
)
