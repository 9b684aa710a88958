"""Groups of parameters that several checks use."""

BUILT_UP_PLATES = ("flange_width_in", "flange_thickness_in", "web_height_in", "web_thickness_in")
"""A welded I shape, given by its plates."""
UNIFORM_LOADS = (
    "dead_load_klf",
    "live_load_klf",
    "roof_live_load_klf",
    "snow_load_klf",
    "rain_load_klf",
    "wind_load_klf",
    "earthquake_load_klf",
    "factored_load_klf",
)
"""What moment, shear and reaction of a simple span follow from."""
JOINT_FORCES = ("shear_kip", "axial_tension_kip", "axial_compression_kip", *UNIFORM_LOADS, "length_ft", "method")
"""What the force on a connection follows from."""
SECTION = ("shape", "steel_grade", "fy_ksi", "method", *BUILT_UP_PLATES)
"""A member's section, its material and the design method."""
QUARTER_MOMENTS = ("moment_max_kip_ft", "moment_a_kip_ft", "moment_b_kip_ft", "moment_c_kip_ft")
"""What Cb follows from (Eq. F1-1)."""
SWAY = ("sway_moment_x_kip_ft", "story_load_kip", "story_elastic_load_kip", "moment_basis", "cm", "analysis_method")
"""What a first-order moment is amplified by (Appendix 8)."""
