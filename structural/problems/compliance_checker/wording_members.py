"""Spellings of member, load and stability parameters: names | symbols | phrases of their own; see `wording`."""

MEMBER_WORDING: dict[str, tuple[str, str, str]] = {
    "shape": (
        "(member|beam|column|brace|steel|w|rolled|) (shape|section|size|profile); member designation; "
        "section designation; rolled shape",
        "",
        "{}; use {}; try {}; {} section; {} member; {} beam; member {}; member is {}; beam is {}; "
        "section {}; sized as {}; {} selected; selected {}; {} used; the member is a {}",
    ),
    "steel_grade": (
        "(steel|member|material|beam|column) grade; grade; steel; material; "
        "(member|steel|beam|column) material; material (spec|specification); "
        "steel (spec|specification|type); astm (designation|grade|spec|steel|steel grade|member grade); "
        "grade of (steel|member)",
        "",
        "{} steel; {} material; steel {}; steel is {}; steel per {}; steel to {}; material {}; grade {}; "
        "fabricated from {}; made of {}; conforming to {}; all steel {}; member of {}",
    ),
    "fy_ksi": (
        "(specified|minimum|min|nominal|steel|) yield (strength|stress|point); yield",
        "Fy; F_y",
        "yields at {}",
    ),
    "fu_ksi": (
        "(specified|minimum|min|nominal|steel|) (tensile|ultimate) (strength|stress); "
        "ultimate tensile strength; ultimate; tensile",
        "Fu; F_u",
        "",
    ),
    "length_ft": (
        "(beam|member|clear|overall|total|girder|) span; span length; "
        "(beam|member|column|overall|total|clear|brace) length; length; length of (beam|member|column|span); "
        "column height; height of column; length overall",
        "L",
        "spanning {}; spans {}; spans {} clear; {} long; {} beam; {} column; {} long member; {} overall; beam spans {}",
    ),
    "unbraced_length_ft": (
        "(max|maximum|lateral|laterally|) (unbraced|unsupported) length; unbraced (span|segment); "
        "ltb length; bracing interval; distance between (braces|lateral braces|brace points); "
        "lateral bracing (spacing|interval); length between (braces|brace points)",
        "Lb; L_b",
        "braced every {}; braces every {}; braced at {} o.c.; braces at {} o.c.; lateral braces at {}; "
        "laterally braced every {}; unbraced for {}; unsupported laterally for {}; "
        "laterally unsupported for {}",
    ),
    "bracing": (
        "(lateral|flange|compression flange|beam|ltb|) bracing; brace points; "
        "(lateral|flange) (support|restraint); bracing points; lateral brace points; location of braces; "
        "brace locations",
        "",
        "braced at {}; laterally braced at {}; bracing at {}; braces at {}; lateral bracing at {}; "
        "restrained at {}; laterally restrained at {}; supported laterally at {}",
    ),
    "cb": (
        "(moment gradient|ltb modification|lateral torsional buckling|bending|ltb) (factor|coefficient); cb factor",
        "Cb; C_b",
        "",
    ),
    "kx": (
        "(major|strong) axis k (factor|); (effective length|k) factor (x|about x|major axis|strong axis); "
        "k about x; (x axis|major axis|strong axis) effective length factor",
        "Kx; K_x",
        "",
    ),
    "ky": (
        "(minor|weak) axis k (factor|); (effective length|k) factor (y|about y|minor axis|weak axis); "
        "k about y; (y axis|minor axis|weak axis) effective length factor",
        "Ky; K_y",
        "",
    ),
    "lcx_ft": (
        "(major axis|strong axis|x axis) (effective|buckling|kl) length; "
        "(effective|buckling|kl) length (x|about x|major axis|strong axis)",
        "Lcx; KLx; L_cx",
        "",
    ),
    "lcy_ft": (
        "(minor axis|weak axis|y axis) (effective|buckling|kl) length; "
        "(effective|buckling|kl) length (y|about y|minor axis|weak axis)",
        "Lcy; KLy; L_cy",
        "",
    ),
    "lcz_ft": (
        "(torsional|twist|torsion|z axis) (effective|unbraced|buckling|kl|) length; "
        "(effective|buckling|kl) length (z|for twist|for torsion|about z)",
        "Lcz; KLz; L_cz",
        "",
    ),
    "hole_count": (
        "(flange|) holes deducted; "
        "(number|no.|quantity|count) of (holes deducted|flange holes|holes in section|deducted holes); "
        "flange holes; holes at critical section; holes in section; deducted hole count",
        "n_holes",
        "deduct {} holes; {} holes deducted; {} flange holes; {} holes at the critical section; "
        "net section loses {} holes; {} holes in the section",
    ),
    "hole_diameter_in": (
        "(nominal|) hole (diameter|dia|dia.|size); (diameter|size|dia.) of (holes|hole); holes diameter",
        "dh; d_h",
        "{} dia holes; {} diameter holes; {} dia. holes; holes {} dia; holes {} in diameter; "
        "holes punched {}; holes drilled {}",
    ),
    "shear_lag_u": (
        "shear lag (factor|coefficient|u|); u factor; u for shear lag",
        "U",
        "",
    ),
    "method": (
        "(design|load|) (method|basis); design (philosophy|approach|format)",
        "",
        "{}; {} design; {} method; {} basis; design per {}; designed per {}; design by {}; designed by {}; "
        "checked by {}; checked per {}; {} loads; use {}",
    ),
    "dead_load_klf": (
        "(uniform|line|distributed|superimposed|permanent|service|) dead (load|line load|); "
        "dead uniform load; permanent (load|line load)",
        "DL; wD; w_dl; D",
        "{} dead; dead {}; {} DL",
    ),
    "live_load_klf": (
        "(uniform|line|distributed|imposed|service|) live (load|line load|); live uniform load; "
        "imposed (load|line load)",
        "LL; wL; w_ll; L",
        "{} live; live {}; {} LL",
    ),
    "factored_load_klf": (
        "(design|combined|combination|controlling|governing) (line|uniform) load; "
        "(governing|controlling) (load|) combination; total design (load|line load); combination line load; "
        "governing combination load; factored (line|uniform) load",
        "w~; w_~",
        "",
    ),
    "axial_compression_kip": (
        "(axial|required|design|) (compression|compressive force|compressive load); axial load; axial; "
        "(column|axial) (force|demand); column (load|axial load); required (compressive|axial) strength; "
        "compression (force|load|demand); axial compressive (force|load)",
        "P~; P_~",
        "{} in compression; carries {} in compression; compressed by {}; {} compressive; {} axially",
    ),
    "axial_tension_kip": (
        "(axial|required|design|) (tension|tensile force|tensile load); required tensile strength; "
        "tension (force|load|demand); axial tensile (force|load); (axial|) pull; net tension",
        "T~; T_~",
        "{} in tension; carries {} in tension; pulled by {}; {} tensile; pulled with {}",
    ),
    "moment_x_kip_ft": (
        "(major axis|strong axis|x axis|bending|required|design|flexural|) moment; "
        "moment (x|about x|demand|major axis|strong axis); (required|) flexural (strength|demand); "
        "flexural demand x; bending (about x|x|major axis|demand)",
        "M~; M~x; M_~x; Mx",
        "{} bending; bent by {}",
    ),
    "moment_y_kip_ft": (
        "(minor axis|weak axis|y axis) (moment|bending moment|flexural demand|bending); "
        "moment (y|about y|minor axis|weak axis); flexural demand y; bending (about y|y|minor axis); "
        "bending moment y",
        "M~y; M_~y; My",
        "",
    ),
    "shear_kip": (
        "(required|design|end|beam|support|) shear (force|demand|); (end|beam|support|) reaction; "
        "(required|) shear strength; shear at (end|support|the end|the support); reaction at (support|end); "
        "beam end (shear|reaction)",
        "V~; V_~; R~",
        "{} of shear; delivers {} of shear; sheared by {}; {} at the support; reacts {}",
    ),
    "live_deflection_limit": (
        "(live load|live|ll|allowable live load|allowable live) deflection (limit|criterion|); "
        "deflection (limit|criterion) (live|ll|live load|for live load); "
        "(live load|ll) deflection (limit|) ratio",
        "",
        "live load deflection limited to {}; live deflection limited to {}; "
        "live load deflection not over {}; LL deflection not to exceed {}; limit live load deflection to {}; "
        "live deflection within {}",
    ),
    "total_deflection_limit": (
        "(total load|total|tl|allowable total load|allowable total|dead plus live) deflection (limit|"
        "criterion|); deflection (limit|criterion) (total|tl|total load|for total load); "
        "(total load|tl) deflection (limit|) ratio",
        "",
        "total load deflection limited to {}; total deflection limited to {}; "
        "total load deflection not over {}; TL deflection not to exceed {}; "
        "limit total load deflection to {}; total deflection within {}",
    ),
    "camber_in": (
        "(beam|shop|upward|fabrication|mid span|) camber; camber (up|upward)",
        "",
        "cambered {}; camber beam {}; cambered up {}; precambered {}; camber up {}; precambered by {}; cambered by {}",
    ),
    "analysis_method": (
        "analysis (method|type|procedure); stability (method|analysis|design|procedure|approach); "
        "method of (analysis|stability|stability analysis); (frame|structural|stability) analysis",
        "",
        "stability by {}; analysis by {}; {} used for stability; stability per {}; frame analyzed by {}; "
        "analyzed by {}; frame designed by {}; {} for stability",
    ),
    "moment_basis": (
        "(moment|moments) (basis|from|are|type|order); basis of moments; order of (moments|moment analysis); "
        "moments taken (from|as)",
        "",
        "{} moments; moments from {} analysis; moments are {}; {} moment values; "
        "moments taken from {} analysis; moments by {} analysis",
    ),
    "cm": (
        "(equivalent|equivalent uniform) moment (factor|coefficient); cm (factor|coefficient)",
        "Cm; C_m",
        "",
    ),
    "stiffness_factor": (
        "stiffness (reduction|factor|reduction factor|multiplier); (reduced|reduction of) stiffness; "
        "stiffness reduction multiplier",
        "",
        "stiffness reduced to {}; stiffness multiplied by {}; stiffness taken at {}; stiffness times {}; "
        "reduce stiffness to {}",
    ),
    "notional_load_kip": (
        "notional (lateral|) (load|force); lateral notional (load|force); notional load (applied|at level); notional",
        "Ni; N_i",
        "",
    ),
    "gravity_load_kip": (
        "(total|story|level|) gravity load (at level|at story|); (level|story) gravity; "
        "gravity (at level|at story); total gravity; gravity load of (level|story)",
        "Yi; Y_i",
        "level gravity totals {}; gravity totals {}",
    ),
    "second_order_ratio": (
        "second order (ratio|drift ratio|amplification|amplifier); "
        "(drift|second order drift) amplification (ratio|); ratio of second to first order drift; "
        "drift amplifier; ratio of second order to first order drift",
        "",
        "drift amplified {} times; second order drift is {} times first order; drift amplification by {}",
    ),
    "story_drift_in": (
        "(design|lateral|) (story|storey|interstory|interstorey) drift; (lateral|) drift; "
        "drift (per story|at story|of story)",
        "",
        "drifts {} per story; drifts {}; {} drift per story; story drifts {}",
    ),
    "story_height_ft": (
        "(story|storey|floor) height; height of (story|storey|floor); floor to floor (height|); story to story height",
        "hsx; h_sx",
        "stories {} high; {} floor to floor; {} story; stories {} tall; {} high story",
    ),
    "risk_category": (
        "(building|) (risk|occupancy|importance) category; category of (risk|building risk|occupancy)",
        "RC",
        "category {} risk; building of risk category {}",
    ),
    "seismic_design_category": (
        "seismic (design|) category; (seismic|) design category; sdc category; category for seismic design",
        "SDC",
        "assigned to SDC {}; in SDC {}; seismic category {}; assigned to seismic design category {}",
    ),
    "seismic_system": (
        "(seismic|lateral|lateral force resisting|seismic force resisting) (system|frame system); "
        "system for seismic; lateral resisting system; lateral load resisting system",
        "SFRS; LFRS",
        "lateral resistance by {}; {} lateral system; {} system; lateral system is {}; "
        "lateral loads resisted by {}; lateral frame is {}",
    ),
    "seismic_detailing": (
        "(seismic|ductile) (detailing|provisions|detailing provisions); detailing (for seismic|provisions)",
        "",
        "detailed per {} for seismic; seismic detailing per {}; seismically detailed per {}; "
        "detailing per {}; seismic detailing to {}",
    ),
}
