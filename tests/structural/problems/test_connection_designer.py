"""The connection designer's truth, rules, sampler and encoding."""

import math

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.concern import CONFIG_DIR
from structural.errors import StructuralError
from structural.problem import Role
from structural.problems.connection_designer import PROBLEM, end_plate, lap, truth
from structural.problems.connection_designer.catalogue import (
    CLAUSES,
    DETAILED_FAMILIES,
    DISPLAY_NAMES,
    FAMILIES,
    LIMIT_STATES,
    Family,
)
from structural.problems.connection_designer.costs import CostTable
from structural.problems.connection_designer.decoding import decode
from structural.problems.connection_designer.encoding import (
    CHANNELS,
    PIXELS,
    TOKEN_FEATURES,
    encode,
    encode_joint,
    scalar_names,
)
from structural.problems.connection_designer.layout import bolt_pattern, effective_bolts, elastic_shares
from structural.problems.connection_designer.limits import request_limits
from structural.problems.connection_designer.request import (
    BEAM_TO_COLUMN_FLANGE,
    BEAM_TO_GIRDER_WEB,
    BOLT_DIAMETERS_IN,
    BOLT_GRADES,
    DEFAULTS,
    JOINT_TYPES,
    once,
    resolve,
    resolve_one,
)
from structural.problems.connection_designer.strengths import slip_is_required_to_be_prevented
from structural.records import field_names
from structural.tables import concatenate, take

SAMPLE = {"bolt_diameter": 1.0, "bolt_count": 8, "bolt_grade": "A325", "tributary_load_kips": 250.0}


def ask(**fields):
    """Return one question: the design's sample with these fields changed."""
    row = DEFAULTS | SAMPLE | fields
    return {name: np.array([row[name]]) for name in PROBLEM.names(Role.QUESTION)}


def answer(**fields):
    """Return the labels of one question as plain values."""
    return {name: column[0].item() for name, column in PROBLEM.label(ask(**fields)).items()}


def detailed(family, **fields):
    """Return applicable, capacity, limit state and cost of one family for one question."""
    result = truth.detail(resolve(ask(**fields)), CostTable())
    place = DETAILED_FAMILIES.index(family)
    state = LIMIT_STATES[result.state[0, place]]
    return bool(result.applicable[0, place]), float(result.capacity[0, place]), state, float(result.cost[0, place])


@pytest.fixture(scope="module")
def entries():
    """Return generated entries."""
    return PROBLEM.generate(6000, np.random.default_rng(5))


def test_sample_of_the_contract():
    """8 x 0.75 x 68 x pi/4 = 320.4 kip (J3.7, threads excluded, single shear), not slip-critical, about 1250 USD."""
    found = answer()
    assert found["connection_type"] == "bolted_bearing"
    assert found["capacity_kips"] == pytest.approx(8 * 0.75 * 68 * math.pi / 4, abs=1e-3)
    assert found["governing_limit_state"] == "bolt_shear"
    assert found["slip_critical"] is False
    assert found["cost_usd"] == pytest.approx(1250, abs=5)


def test_sample_by_asd():
    """427.3 / 2.00 = 213.6 kip; the weld is sized for the load and carries it."""
    _, capacity, state, _ = detailed(Family.BOLTED_BEARING, design_method="ASD")
    assert capacity == pytest.approx(8 * 68 * math.pi / 4 / 2.0)
    assert state == "bolt_shear"
    assert answer(design_method="ASD", tributary_load_kips=300.0)["connection_type"] != "bolted_bearing"


@pytest.mark.parametrize(
    ("method", "expected_kip"),
    [("LRFD", 13.3), ("ASD", 8.88)],
)
def test_slip_of_a_published_example(method, expected_kip):
    """AISC Design Examples v16.0, J.4B: 3/4 in. Group 120, class A, long slots, two slip planes, a bolt."""
    from structural.problems.connection_designer.strengths import bolt_slip

    joint = resolve(ask(bolt_diameter=0.75, hole_type="long_slot", design_method=method))
    assert bolt_slip(joint, 2.0)[0] == pytest.approx(expected_kip, rel=0.01)


def test_elastic_bolt_group_of_a_published_example():
    """Worked example of the elastic method: 6 x 2 bolts, pitch 3, gage 5.5, e = 16: polar sum 406, 0.352 P a bolt."""
    pattern = bolt_pattern(np.array([12.0]), np.array([2.0]), np.array([3.0]), np.array([5.5]))
    assert (pattern.x**2 + pattern.y**2).sum() == pytest.approx(406, rel=0.01)
    assert elastic_shares(pattern, [16.0]).max() == pytest.approx(0.352, rel=0.01)
    assert effective_bolts(pattern, [0.0])[0] == pytest.approx(12.0)


def test_plate_limits_of_a_published_example():
    """AISC Design Examples v16.0, II.B-1 web plate: 3/8 x 9 in., three 7/8 in. bolts, lev 1.5, leh 2 in. (LRFD)."""
    from structural.problems.connection_designer import beam, strengths

    joint = resolve(
        ask(
            bolt_diameter=0.875,
            bolt_count=3,
            joint_type=BEAM_TO_COLUMN_FLANGE,
            ply_thickness_in=0.375,
            edge_distance_in=1.5,
            spacing_in=3.0,
        )
    )
    limits = strengths.Candidates()
    rows, one = np.array([3.0]), np.array([1.0])
    yielding = beam._plate_limits(joint, limits, joint.thickness, (rows, one))
    assert yielding[0] == pytest.approx(101, rel=0.01)
    assert limits.smallest()[0][0] == pytest.approx(65.9, rel=0.01)  # shear rupture


def test_weld_group_of_a_published_example():
    """AISC Design Examples v16.0, II.B-2: 5/16 in. fillets, two of 8-15/16 in. along and one of 6 in. across: 169."""
    question = ask(bolt_count=4, ply_thickness_in=0.375, ply_width_in=6.0, spacing_in=3.0, edge_distance_in=2.96875)
    joint = resolve(question | {"tributary_load_kips": np.array([90.0])})
    assert lap.overlap_in(joint)[0] == pytest.approx(8.9375)
    small = lap.welded(joint, CostTable())
    # 3/16 in., the least leg for a 3/8 in. ply, is 3/5 of the example's and carries 90 kip.
    assert LIMIT_STATES[small.state[0]] == "weld_strength"
    assert small.capacity[0] == pytest.approx(169 * 3 / 5, rel=0.01)
    # The greatest leg along the edge is 5/16 in., but the 6 in. ply yields first: 0.90 x 50 x 6 x 0.375.
    large = lap.welded(resolve(question | {"tributary_load_kips": np.array([900.0])}), CostTable())
    assert large.capacity[0] == pytest.approx(0.90 * 50 * 6 * 0.375)


def test_default_dimensions_keep_bolts_governing():
    """With no dimensions given, bearing, tearout and plies of a single-shear splice do not govern before the bolts."""
    for grade in ("A325", "A490"):
        for diameter in (0.5, 0.75, 1.0, 1.5):
            _, _, state, _ = detailed(Family.BOLTED_BEARING, bolt_diameter=diameter, bolt_grade=grade, bolt_count=8)
            assert state == "bolt_shear", (grade, diameter)


def test_slip_critical_follows_load_character():
    """Slip not tolerated, fatigue and oversized holes need slip-critical bolts; seismic and reversing do not."""
    for fields in ({"load_character": "slip_not_tolerated"}, {"hole_type": "oversized"}, {"load_character": "fatigue"}):
        found = answer(tributary_load_kips=100.0, **fields)
        assert found["connection_type"] == "bolted_slip_critical"
        assert found["slip_critical"] is True
    for character in ("seismic", "reversing"):
        assert answer(load_character=character)["slip_critical"] is False


def test_a307_cannot_be_pretensioned():
    """A307 bolts are barred from every bolted family where slip or load reversal asks for pretension."""
    found = answer(bolt_grade="A307", load_character="fatigue", tributary_load_kips=10.0)
    assert found["connection_type"] == "inadequate"
    assert found["governing_limit_state"] == "not_permitted"
    assert detailed(Family.BOLTED_BEARING, bolt_grade="A307", load_character="reversing")[0] is False


def test_eccentric_beam_needs_the_end_plate():
    """A bracket with the load 24 in. off is no simple connection."""
    found = answer(
        joint_type=BEAM_TO_COLUMN_FLANGE,
        supported_member="W24X104",
        supporting_member="W14X193",
        bolt_count=8,
        tributary_load_kips=90.0,
        eccentricity_in=24.0,
    )
    assert found["connection_type"] == "extended_end_plate"
    angles = detailed(
        Family.DOUBLE_ANGLE, joint_type=BEAM_TO_COLUMN_FLANGE, eccentricity_in=24.0, bolt_count=4, bolt_diameter=0.75
    )
    assert angles[0] is False


def test_end_plate_is_thicker_than_its_bolts_need():
    """The thick-plate procedure gives eighths that grow with the bolts."""
    small, large = (
        end_plate.plate_thickness_in(
            resolve(ask(joint_type=BEAM_TO_COLUMN_FLANGE, bolt_diameter=diameter, supported_member="W24X104"))
        )[0]
        for diameter in (0.75, 1.25)
    )
    assert 0.5 <= small < large
    assert (small * 8).is_integer()


def test_coped_beam_is_weaker():
    """A cope takes web depth and adds block shear: never stronger at a girder than at a column flange."""
    fields = {"bolt_diameter": 0.75, "bolt_count": 5, "supported_member": "W18X40"}
    for family in (Family.SHEAR_TAB, Family.DOUBLE_ANGLE):
        coped = detailed(family, joint_type=BEAM_TO_GIRDER_WEB, **fields)[1]
        whole = detailed(family, joint_type=BEAM_TO_COLUMN_FLANGE, **fields)[1]
        assert coped <= whole


@settings(max_examples=25)
@given(
    diameter=st.sampled_from(BOLT_DIAMETERS_IN),
    grade=st.sampled_from(BOLT_GRADES),
    joint_type=st.sampled_from(JOINT_TYPES),
    method=st.sampled_from(("LRFD", "ASD")),
)
def test_bolted_splices_grow_with_bolts(diameter, grade, joint_type, method):
    """Two more bolts never make a concentric bolted splice weaker while the pattern stays below 38 in."""
    fields = {"bolt_diameter": diameter, "bolt_grade": grade, "joint_type": "lap_splice", "design_method": method}
    capacities = [detailed(Family.BOLTED_BEARING, bolt_count=count, **fields)[1] for count in (4, 6, 8, 10)]
    assert all(np.diff(capacities) >= -1e-9)
    assert answer(**(fields | {"joint_type": joint_type}))["capacity_kips"] > 0


@settings(max_examples=25)
@given(load=st.floats(1.0, 2000.0), joint_type=st.sampled_from(JOINT_TYPES), count=st.integers(2, 24))
def test_adequate_or_named(load, joint_type, count):
    """Whatever is adequate carries the load; nothing cheaper that is adequate exists."""
    question = ask(tributary_load_kips=load, joint_type=joint_type, bolt_count=count, bolt_diameter=0.75)
    joint = resolve(question)
    result = truth.detail(joint, CostTable())
    verdict = truth.decide(joint, result)
    adequate = result.adequate(joint.load)[0]
    if FAMILIES[verdict.family[0]] is Family.INADEQUATE:
        assert not adequate.any()
    else:
        assert verdict.capacity[0] >= load
        assert verdict.cost[0] == result.cost[0][adequate].min()


def test_more_load_is_never_easier():
    """Once no family carries a load, none carries more."""
    loads = np.geomspace(20, 3000, 60)
    for joint_type in JOINT_TYPES:
        table = concatenate([ask(tributary_load_kips=float(load), joint_type=joint_type) for load in loads])
        failed = PROBLEM.label(table)["connection_type"] == "inadequate"
        assert failed[-1]
        assert not failed[0]
        assert np.all(np.diff(failed.astype(int)) >= 0)


def test_prices_equal_the_yaml():
    """The frozen defaults are the priced table of configs."""
    with (CONFIG_DIR / "connection_costs.yaml").open(encoding="utf-8") as stream:
        assert CostTable.from_mapping(yaml.safe_load(stream)) == CostTable()


def test_prices_are_checked():
    """Unknown keys, missing families and prices that are not positive are refused by name."""
    with pytest.raises(StructuralError, match="bolt_price"):
        CostTable.from_mapping({"bolt_price": 3.0})
    with pytest.raises(StructuralError, match="shop_hours"):
        CostTable(shop_hours={"welded": 2.0})
    with pytest.raises(StructuralError, match="shop_usd_per_hour"):
        CostTable(shop_usd_per_hour=0.0)


def test_prices_move_the_answer():
    """Dear field welding keeps bolts, cheap field welding takes them."""
    table = ask(bolt_count=24, bolt_grade="A490", tributary_load_kips=300.0)
    free = {str(family): 0.1 for family in DETAILED_FAMILIES}
    cheap = CostTable(field_hours=free | {"bolted_bearing": 20.0}, shop_hours=free)
    assert truth.label(table, cheap)["connection_type"][0] == "welded"
    dear = CostTable(weld_metal_usd_per_lb=10_000.0)
    assert truth.label(table, dear)["connection_type"][0] == "bolted_bearing"


def test_entries_obey_the_contract(entries):
    """Every column is there in order and kind, in range, and every physics rule holds."""
    assert tuple(entries) == tuple(column.name for column in PROBLEM.columns)
    for column in PROBLEM.columns:
        values = entries[column.name]
        if column.categories:
            assert set(values.tolist()) <= set(column.categories)
        if column.minimum is not None:
            given_values = values[~np.isnan(values.astype(float))]
            assert given_values.min() >= column.minimum, column.name
            assert given_values.max() <= column.maximum, column.name
    for rule in PROBLEM.rules:
        assert rule.holds(entries).all(), rule.name


def test_rules_find_broken_physics(entries):
    """A capacity below the load, too many kips a bolt, slip-critical A307 and crowded bolts are each found."""
    rules = {rule.name: rule.holds for rule in PROBLEM.rules}
    row = int(np.flatnonzero(entries["connection_type"] == "bolted_bearing")[0])
    one = take(entries, slice(row, row + 1))
    load = one["tributary_load_kips"]
    assert not rules["adequate_carries_load"](one | {"capacity_kips": load * 0.9})[0]
    assert not rules["capacity_grows_with_bolts"](one | {"capacity_kips": np.array([50_000.0])})[0]
    slip = {"slip_critical": np.array([True]), "bolt_grade": np.array(["A307"])}
    assert not rules["slip_critical_is_pretensionable"](one | slip)[0]
    assert not rules["slip_critical_is_bolted"](one | slip)[0]
    assert not rules["request_is_detailable"](one | {"spacing_in": one["bolt_diameter"] * 1.5})[0]
    assert not rules["request_is_detailable"](one | {"bolt_grade": np.array(["A999"])})[0]


def test_no_class_is_rare(entries):
    """Every family makes at least 3 % of the entries (4 % on average)."""
    shares = {str(family): np.mean(entries["connection_type"] == str(family)) for family in FAMILIES}
    assert min(shares.values()) > 0.03, shares


def test_sampler_is_pure_and_without_twins(entries):
    """The same seed gives the same questions and no question comes twice."""
    again = PROBLEM.generate(6000, np.random.default_rng(5))
    assert all(np.array_equal(again[name], entries[name], equal_nan=again[name].dtype.kind == "f") for name in entries)
    rows = list(zip(*(entries[name].tolist() for name in PROBLEM.names(Role.QUESTION)), strict=True))
    assert len({str(row) for row in rows}) == len(rows)
    bare = np.isnan(entries["spacing_in"]) & (entries["joint_type"] == "lap_splice")
    assert bare.any()


def test_slices_name_every_row(entries):
    """Each slice gives one group a row."""
    for cut in PROBLEM.slices:
        groups = cut.group(entries)
        assert groups.shape == (6000,)
        assert len(np.unique(groups)) > 1


def test_encoding_of_one_is_that_of_many(entries):
    """A row encodes alike alone and among others, which is what keeps serving equal to training."""
    many = encode(take(entries, slice(0, 200)))
    assert many.raster.shape == (200, len(CHANNELS), PIXELS, PIXELS)
    assert many.tokens.shape == (200, 24, len(TOKEN_FEATURES))
    assert many.scalars.shape == (200, len(scalar_names()))
    assert np.isfinite(many.scalars).all()
    assert np.isfinite(many.tokens).all()
    for row in (0, 7, 77, 199):
        one = encode(take(entries, slice(row, row + 1)))
        np.testing.assert_array_equal(one.raster[0], many.raster[row])
        np.testing.assert_allclose(one.tokens[0], many.tokens[row], atol=1e-6)
        np.testing.assert_allclose(one.scalars[0], many.scalars[row], atol=1e-5)


def test_labels_of_one_are_those_of_many(entries):
    """A single question takes shorter ways to the same digits."""
    questions = {name: entries[name][:60] for name in PROBLEM.names(Role.QUESTION)}
    many = PROBLEM.label(questions)
    for row in range(60):
        one = PROBLEM.label(take(questions, slice(row, row + 1)))
        assert all(column[0] == many[name][row] for name, column in one.items())


def test_what_is_known_of_a_joint_stays_with_it():
    """A value is computed once a joint; rows taken from it start anew."""
    asked = []

    @once
    def load_of(joint):
        asked.append(len(joint))
        return joint.load

    both = resolve(concatenate([ask(), ask(tributary_load_kips=100.0)]))
    assert load_of(both) is load_of(both)
    assert load_of(both.take(np.array([1]))).tolist() == [100.0]
    assert asked == [2, 1]


def test_encoding_reads_questions_only(entries):
    """Labels are not needed and not looked at."""
    questions = {name: entries[name][:50] for name in PROBLEM.names(Role.QUESTION)}
    np.testing.assert_array_equal(encode(questions).scalars, encode(take(entries, slice(0, 50))).scalars)


def test_drawing_shows_bolts_and_load():
    """As many lit pixels as bolts; the load line moves off the centre with the eccentricity."""
    concentric, eccentric = encode(ask()), encode(ask(eccentricity_in=4.0))
    assert (concentric.raster[0, CHANNELS.index("bolts")] > 0).sum() == 8
    line = CHANNELS.index("load_line")
    assert eccentric.raster[0, line, 0].argmax() > concentric.raster[0, line, 0].argmax()
    assert concentric.tokens[0, :, TOKEN_FEATURES.index("present")].sum() == 8


def test_decoding_masks_what_rules_bar():
    """However sure the network is, a barred family is not answered; the capacity is that of the answer."""
    question = ask(load_character="slip_not_tolerated")
    encoded = encode(question)
    logits = np.array([[9.0, 1.0, 9.0, 9.0, 0.0, 9.0, 0.5]])
    log_ratio = np.log(np.arange(1.0, 8.0))[None]
    found = decode(logits, log_ratio, encoded.allowed, encoded.load)
    assert FAMILIES[found.family[0]] is Family.BOLTED_SLIP_CRITICAL
    assert found.capacity[0] == pytest.approx(500.0)


def test_limits_name_the_field():
    """Crowded bolts, an edge too near and an odd diameter are each named."""
    for field, value in (("spacing_in", 2.0), ("edge_distance_in", 0.7), ("bolt_diameter", 0.9), ("ply_width_in", 3.5)):
        broken = {limit.field for limit in request_limits(resolve(ask(**{field: value}))) if not limit.holds[0]}
        assert broken == {field}


def test_unknown_values_are_refused():
    """An unknown category or shape raises the package's error."""
    with pytest.raises(StructuralError, match="A999"):
        resolve(ask(bolt_grade="A999"))
    with pytest.raises(StructuralError, match="W99X999"):
        resolve(ask(supported_member="W99X999", joint_type=BEAM_TO_GIRDER_WEB))


def test_catalogue_is_whole():
    """Every family has a display name and every limit state a clause."""
    assert set(DISPLAY_NAMES) == set(FAMILIES)
    assert set(CLAUSES) == set(LIMIT_STATES)
    assert DISPLAY_NAMES[Family.BOLTED_BEARING] == "Bolted Connection"


def test_slip_rule_covers_every_row(entries):
    """slip_critical answers are exactly the bolted ones of joints where slip must be prevented."""
    needed = slip_is_required_to_be_prevented(resolve(entries))
    bolted = ~np.isin(entries["connection_type"], ["welded", "inadequate", "bolted_bearing"])
    np.testing.assert_array_equal(entries["slip_critical"], needed & bolted)


def test_one_request_on_numbers_is_what_many_give(entries):
    """Encoding, detailing and verdict of a single request are those of its row among many, to the bit."""
    asked = {name: entries[name][:400] for name in PROBLEM.names(Role.QUESTION)}
    many = resolve(asked)
    encoded = encode_joint(many)
    detailing = truth.detail(many, CostTable(), encoded.allowed)
    expected = (encoded, detailing, truth.decide(many, detailing))
    for row in range(400):
        one = resolve_one({name: column[row].item() for name, column in asked.items()})
        seen = encode_joint(one)
        own = truth.detail(one, CostTable(), seen.allowed)
        for record, of_many in zip((seen, own, truth.decide(one, own)), expected, strict=True):
            for name in field_names(type(record)):
                found, wanted = getattr(record, name), getattr(of_many, name)[row]
                assert np.shape(found) == np.shape(wanted), name
                np.testing.assert_array_equal(found, wanted, err_msg=f"{name} of row {row}")
        holds = [bool(limit.holds) for limit in request_limits(one)]
        assert holds == [bool(limit.holds[row]) for limit in request_limits(many)]


def test_one_request_with_an_unknown_word_is_refused():
    """A word that is no category, and a member that is no W shape, are named."""
    known = DEFAULTS | SAMPLE
    for wrong in ({"bolt_grade": "A999"}, {"hole_type": "square"}, {"supported_member": "W1X1"}):
        with pytest.raises(StructuralError, match=next(iter(wrong.values()))):
            resolve_one(known | wrong)
