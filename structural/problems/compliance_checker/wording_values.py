"""How the values of word parameters are written: canonical word -> spellings."""

VALUE_WORDING: dict[str, dict[str, str]] = {
    "bracing": {
        "continuous": "continuous|continuously|full length|fully braced",
        "quarter_points": "quarter points|1/4 points|quarter pts|quarter-points",
        "third_points": "third points|1/3 points|third pts|third-points",
        "midspan": "midspan|mid-span|mid span|centerline",
        "ends_only": "ends only|supports only|ends|end supports only",
    },
    "method": {"LRFD": "LRFD|strength design", "ASD": "ASD|allowable strength design"},
    "analysis_method": {
        "direct_analysis": "direct analysis|direct analysis method|DAM|direct analysis (Ch. C)",
        "effective_length": "effective length method|effective length|ELM|effective-length method",
        "first_order": "first-order analysis method|FOM|first-order method",
    },
    "moment_basis": {
        "first_order": "first-order|first order|1st order|1st-order",
        "second_order": "second-order|second order|2nd order|P-delta",
    },
    "risk_category": {"I": "I", "II": "II", "III": "III", "IV": "IV"},
    "seismic_design_category": {word: word for word in "ABCDEF"},
    "seismic_system": {
        "R3": "R = 3|R=3|R3|not specifically detailed|R of 3",
        "SMF": "SMF|special moment frame|special moment frames",
        "IMF": "IMF|intermediate moment frame|intermediate moment frames",
        "OMF": "OMF|ordinary moment frame|ordinary moment frames",
        "SCBF": "SCBF|special concentrically braced frame|special concentric braced frame",
        "OCBF": "OCBF|ordinary concentrically braced frame|ordinary concentric braced frame",
        "EBF": "EBF|eccentrically braced frame|eccentric braced frame",
        "BRBF": "BRBF|buckling-restrained braced frame|buckling restrained brace",
        "SPSW": "SPSW|special plate shear wall|steel plate shear wall",
    },
    "seismic_detailing": {
        "aisc_341": "AISC 341|AISC 341-22|341|AISC Seismic Provisions",
        "none": "none|no|not provided|omitted",
    },
    "thread_condition": {
        "N": "N|included|not excluded|intercepting",
        "X": "X|excluded|clear",
    },
    "hole_type": {
        "standard": "STD|standard|std.|standard round|normal",
        "oversized": "OVS|oversized|oversize|enlarged",
        "short_slot": "SSL|short slotted|short-slotted|short slot|short slots",
        "long_slot": "LSL|long slotted|long-slotted|long slot|long slots",
    },
    "joint_type": {
        "bearing": "bearing|bearing type|snug tight|snug-tight|bearing-type|ST",
        "pretensioned": "pretensioned|PT|fully pretensioned|fully tensioned",
        "slip_critical": "slip critical|slip-critical|SC|friction type",
    },
    "faying_surface": {"A": "Class A|A|class A|class-A", "B": "Class B|B|class B|class-B"},
    "bolt_grade": {
        "A307": "A307|ASTM A307|A307 Gr A",
        "A325": "A325|ASTM A325|F3125 A325|F3125 Gr. A325",
        "F1852": "F1852|ASTM F1852",
        "F3148": "F3148|ASTM F3148",
        "A490": "A490|ASTM A490|F3125 A490|F3125 Gr. A490",
        "F2280": "F2280|ASTM F2280",
        "F3043": "F3043|ASTM F3043",
        "F3111": "F3111|ASTM F3111",
    },
}

INLINE_VALUES: dict[str, dict[str, str]] = {
    "thread_condition": {"N": "N", "X": "X"},
}
"""Short forms used inside composites such as ``A325-N``."""

GRADE_WORDING: dict[str, str] = {
    "A992": "A992|ASTM A992|A992/A992M",
    "A36": "A36|ASTM A36|A36/A36M",
    "A588": "A588|ASTM A588|A588 Gr B",
    "A514": "A514|ASTM A514",
    "A500-C": "A500 Gr C|A500 Gr. C|A500 Grade C",
    "S355": "S355|S355JR|EN S355",
    "S275": "S275|S275JR|EN S275",
}
"""Spellings of grades without a number after the specification; the others are spelled by `grade_spellings`."""


def grade_spellings(name: str, *, held_out: bool) -> tuple[str, ...]:
    """Return how a grade is written: ``"A572-50"`` as ``"A572 Gr. 50"``, ``"A572-50"``…"""
    if name in GRADE_WORDING:
        return tuple(GRADE_WORDING[name].split("|"))
    specification, grade = name.split("-", 1)
    if held_out:
        return (f"{specification} (Grade {grade})", f"ASTM {specification} Grade {grade}")
    return (
        f"{specification} Gr. {grade}",
        f"{specification} Gr {grade}",
        f"{specification}-{grade}",
        f"{specification} Grade {grade}",
        f"ASTM {specification} Gr. {grade}",
    )


def value_spellings(parameter: str, word: str) -> tuple[str, ...]:
    """Return how a word value is written."""
    return tuple(VALUE_WORDING[parameter][word].split("|"))
