"""Spellings of connection parameters: names | symbols | phrases of their own; see `wording`."""

CONNECTION_WORDING: dict[str, tuple[str, str, str]] = {
    "bolt_tension_kip": (
        "(total|) (bolt|bolt group|fastener) tension; "
        "tension (on|in) (bolts|bolt group|the bolts|fasteners); hanger (load|force); "
        "(bolt|fastener) (pull|prying load); tension per bolt group; pull on bolts",
        "",
        "{} pull on bolts; bolts pulled with {}; bolts in tension with {}; bolts pulled by {}; {} hangs from the bolts",
    ),
    "bolt_diameter_in": (
        "(bolt|fastener|nominal bolt) (diameter|dia|dia.|size); "
        "(diameter|size|dia.) of (bolts|bolt|fasteners); bolts diameter",
        "db; d_b",
        "{} bolts; {} dia bolts; {} dia. bolts; {} diameter bolts; {} fasteners; bolts {} dia; "
        "bolts of {} dia; {} dia fasteners; {} bolt",
    ),
    "bolt_count": (
        "(bolt|fastener) (count|quantity|qty|number|total); "
        "(number|no.|quantity|total|count|qty) of (bolts|fasteners|bolts total); num (bolts|fasteners); "
        "total bolts; how many bolts; bolts total",
        "n_bolts; nb; N_b",
        "{} bolts; {} bolts total; {} total bolts; total of {} bolts; ({}) bolts; {} bolts in all; "
        "{} fasteners in total; bolts qty {}; {} fasteners; {} no. bolts; {} bolts each end; bolts {} each",
    ),
    "bolt_grade": (
        "(bolt|fastener) (grade|type|spec|material|specification); "
        "(grade|type|spec|material) of (bolts|bolt|fasteners); astm bolt (grade|spec)",
        "",
        "{} bolts; bolts {}; bolts are {}; bolts per {}; bolts to {}; fasteners conform to {}; {} fasteners; "
        "{} high strength bolts; bolts conform to {}; all bolts {}; bolts shall be {}; {} bolting",
    ),
    "thread_condition": (
        "(bolt|) (threads|thread); thread (condition|type|location|position); "
        "(bolt|) threads in shear plane; threads at shear plane; condition of threads",
        "",
        "threads {}; threads {} from shear plane; threads {} in shear plane; threads are {}; "
        "thread condition {}; bolt threads {}; with threads {} at the shear plane; "
        "threads {} at shear planes",
    ),
    "hole_type": (
        "(bolt|) hole (type|style|kind); (bolt|) holes; type of (holes|hole|bolt holes); kind of holes; style of holes",
        "",
        "{} holes; in {} holes; holes {}; holes are {}; {} bolt holes; bolts in {} holes; holes shall be {}; "
        "with {} holes; provide {} holes",
    ),
    "joint_type": (
        "(bolted|) joint (type|category|class|); (bolted|) connection type; "
        "type of (joint|connection|bolted joint); bolt installation; installation; tightening; bolted joint; "
        "category of joint",
        "",
        "{} joint; {} connection; joint is {}; bolts {}; joint designed as {}; bolts installed {}; "
        "bolts tightened {}; {} bolted joint; connection is {}; joint {}; designed as {}; bolts to be {}",
    ),
    "faying_surface": (
        "faying (surface|surfaces|surface class|class); (slip|contact|faying) surface; (surface|slip) class; "
        "(contact|slip) surface class; class of (faying|slip) surface",
        "",
        "faying surface {}; {} faying surface; {} faying surfaces; {} surface; {} surfaces; "
        "surfaces prepared to {}; faying surfaces {}; faying surfaces prepared to {}; {} slip surface",
    ),
    "shear_planes": (
        "(bolt|number of|no. of|count of|) shear planes; shear plane count; planes (of|in) shear; "
        "number of planes in shear; shear planes per bolt",
        "",
        "{} shear; bolts in {} shear; {} shear planes; loaded in {} shear; {} shear bolts; {} plane shear; "
        "{} shear planes per bolt; {} planes of shear",
    ),
    "bolt_columns": (
        "(vertical|) bolt (columns|lines); "
        "(number|no.|count) of (bolt lines|bolt columns|columns of bolts|lines of bolts|gage lines); "
        "(columns|lines) of bolts; bolt rows across; gage lines; bolt (line|column) count",
        "",
        "{} bolt lines; {} bolt columns; {} columns of bolts; {} lines of bolts; bolts in {} lines; "
        "bolts in {} columns; arranged in {} lines of bolts; {} vertical bolt lines; {} gage lines",
    ),
    "bolt_spacing_in": (
        "(bolt|hole|fastener) (spacing|pitch|centers); spacing; pitch; "
        "(center to center|c to c|c/c) spacing; (pitch|spacing|centers) of (bolts|holes|fasteners)",
        "s",
        "spaced at {}; bolts at {} o.c.; bolts at {} centers; bolts spaced {}; bolts spaced at {}; @ {} c/c; "
        "{} o.c.; pitched at {}; bolts pitched {} apart; at {} pitch; bolts {} on center; {} between bolts; "
        "{} c/c",
    ),
    "edge_distance_in": (
        "(bolt|min|minimum|bolt end|) (edge|end) (distance|dist|dist.); distance to (edge|end); "
        "(distance|dist) from bolt to edge; distance bolt to edge; edge",
        "Lev; L_ev",
        "{} from bolt to edge; {} to edge; bolts {} from edge; {} to the edge; bolt {} from the edge",
    ),
    "plate_grade": (
        "(plate|gusset|connection plate) (grade|material|steel|spec|specification); "
        "(grade|material|steel|spec) of (plate|gusset|connection plate); pl (grade|material); "
        "astm plate (grade|spec)",
        "",
        "{} plate; {} plates; {} plate material; plate is {}; plate material {}; plate of {}; plates {}; "
        "plate {}; gusset of {}; {} gusset; plate to {}; plate conforming to {}",
    ),
    "plate_thickness_in": (
        "(plate|ply|gusset|connection plate) (thickness|thk|thick|t); "
        "(thickness|thk) of (plate|gusset|ply|connection plate); thickness; thk; pl (thickness|thk)",
        "tp; t_p",
        "{} plate; {} thick plate; {} thk plate; {} thk. plate; PL {}; plate {} thick; {} gusset; "
        "{} thick gusset; plate {}; {} PL; gusset {} thick",
    ),
    "plate_width_in": (
        "(plate|whitmore|gusset|pl) (width|w); (width|breadth) of (plate|gusset|connection plate); "
        "whitmore section width; breadth of whitmore section",
        "Ww; bp; b_p",
        "{} wide plate; plate {} wide; plate measures {} across; {} wide PL; plate {} across; {} wide; "
        "plate {} in width; {} in width; plate is {} wide",
    ),
    "gusset_length_in": (
        "gusset (length|buckling length|unbraced length|effective length|free length); "
        "(length|buckling length|unbraced length) of gusset; whitmore (buckling|unbraced) length; "
        "thornton length",
        "",
        "gusset buckles over {}; gusset unbraced {}; gusset unbraced for {}; gusset free over {}; gusset {} long",
    ),
    "weld_size_in": (
        "(fillet|weld|fillet weld) (size|leg|leg size); leg (of|size of) (fillet|weld|fillet weld); "
        "size of (fillet|weld|fillet weld)",
        "D_w",
        "{} fillet; {} fillet weld; {} fillets; {} weld; fillets with {} legs; {} leg fillet; fillet of {}; "
        "welded with {} fillets; {} fillet welds",
    ),
    "weld_length_in": (
        "(weld|fillet|fillet weld|weld line|weld run) length; "
        "length of (weld|fillet|fillet weld|each weld|weld line); weld run",
        "Lw; L_w",
        "{} long weld; {} long fillet; {} total weld; welded {} long; weld runs {}; welded for {}; "
        "weld {} long; fillet {} long; {} weld length",
    ),
    "weld_lines": (
        "weld lines; (number|no.|count) of (welds|weld lines|fillets|fillet lines|lines of weld); "
        "weld (count|line count); lines of (weld|fillet); num welds; fillet lines",
        "",
        "{} weld lines; {} lines of weld; {} welds; welded along {} lines; {} fillet lines; "
        "{} parallel welds; weld along {} lines; {} lines of fillet",
    ),
    "electrode_ksi": (
        "(weld|welding|) electrode (class|strength|type|); filler (metal|metal strength|); "
        "weld metal (strength|); welding rod; class of electrode",
        "FEXX; F_EXX",
        "{}; {} electrodes; {} electrode; filler metal {}; welded with {}; {} filler metal; {} rods; use {}; "
        "electrodes {}; {} weld metal",
    ),
    "weld_angle_deg": (
        "(weld|) (load|loading) angle; angle (of|of the|) (load to weld|load|force to weld|weld load); "
        "weld load angle; angle to (weld axis|weld); load to weld angle",
        "theta",
        "load at {} to the weld; load inclined {} to weld; force inclined {} to weld; "
        "force at {} to the weld axis; load acts at {} to weld",
    ),
}
