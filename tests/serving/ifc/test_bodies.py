"""What real exporters write: units, sites far away, reused shapes, holes, cuts, curves."""

import math
from typing import Any

import numpy as np
import pytest

from serving.ifc.refusals import RefusedError
from serving.ifc.rewriting import outline_of
from tests.serving.ifc.building import Building
from tests.serving.ifc.reading import read, volumes


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4", "IFC4X3_ADD2"])
@pytest.mark.parametrize("unit", ["mm", "m", "ft", "in"])
def test_units_and_sites_far_away_change_nothing(tmp_path, schema, unit):
    """Three posts 6,000 km north, turned 30°: distances to a millionth of a millimetre, in any unit and schema."""
    model = Building(schema, unit, east_mm=5e8, north_mm=6e9, turn_deg=30.0)
    model.beam("a", [model.bar((100, 200, 3000))])
    model.beam("b", [model.bar((100, 200, 3000))], (130, 0, 0))
    model.beam("c", [model.mapped(model.bar((100, 200, 3000)))], (225, 0, 0))
    found = read(tmp_path, model)
    assert [item.kind for item in found.findings] == ["clearance", "hard"]
    np.testing.assert_allclose(found.findings.distance_mm, [30.0, -5.0], atol=1e-4)
    assert found.exact.all()
    assert np.abs(found.members.prisms.origin).max() < 1e5
    np.testing.assert_allclose(found.model.origin_mm[:2], [5e8, 6e9], atol=1e4)
    assert {element.storey for element in found.model.elements} == {"Level 1"}


@pytest.mark.parametrize("left", ["no units", "angles alone"])
def test_sizes_without_a_unit_are_not_guessed(tmp_path, left):
    """A kernel takes them for metres: a frame drawn in millimetres would be a kilometre wide and free of clashes."""
    model = Building()
    model.beam("a", [model.bar((100, 200, 3000))])
    (assigned,) = model.file.by_type("IfcUnitAssignment")
    if left == "no units":
        model.file.remove(assigned)
    else:
        assigned.Units = [unit for unit in assigned.Units if unit.UnitType == "PLANEANGLEUNIT"]
    with pytest.raises(RefusedError, match="names no length unit"):
        read(tmp_path, model)


@pytest.mark.parametrize("size", [0.0, -0.3048])
def test_a_unit_that_is_no_length_is_refused(tmp_path, size):
    model = Building(unit="ft")
    model.beam("a", [model.bar((100, 200, 3000))])
    (foot,) = model.file.by_type("IfcMeasureWithUnit")
    foot.ValueComponent = model.file.create_entity("IfcLengthMeasure", size)
    with pytest.raises(RefusedError, match="length unit is no length"):
        read(tmp_path, model)


def test_coordinates_of_the_country_within_the_bodies(tmp_path):
    """Facets given in national coordinates, as some exporters do."""
    model = Building("IFC4", "m")
    corners = [(x, y, z) for x in (0, 100) for y in (0, 100) for z in (0, 3000)]
    faces = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    for name, by in (("a", 0.0), ("b", 130.0)):
        model.beam(name, [model.faceted([(x + 6e8 + by, y + 5e9, z) for x, y, z in corners], faces)])
    (found,) = read(tmp_path, model).findings
    assert found.kind == "clearance"
    assert found.distance_mm == pytest.approx(30.0, abs=1e-3)


def test_two_files_are_searched_together(tmp_path):
    """A frame and a pipe from another file, in another unit; each element knows its file."""
    steel, services = Building("IFC2X3", "ft"), Building("IFC4", "m")
    steel.beam("post", [steel.bar((100, 200, 3000))])
    services.beam("pipe", [services.bar((3000, 50, 50), (-1000, 50, 1000))], ifc_class="IfcPipeSegment")
    found = read(tmp_path, steel, services)
    assert [element.file for element in found.model.elements] == [0, 1]
    assert found.model.schemas == ("IFC2X3", "IFC4")
    assert found.model.elements[1].kind == "duct"  # a rectangle in flow
    assert [item.kind for item in found.findings] == ["hard"]


def profiles(model: Building) -> dict[str, tuple[object, float]]:
    """Return profiles of every sort with their areas in mm²; rounded ones by the formula of the rounding."""
    f, at = model.file, model.file.createIfcAxis2Placement2D(model.point((0, 0)), model.direction((1, 0)))
    corner = 1 - math.pi / 4  # of the square of a fillet's radius
    square = f.createIfcPolyline([model.point(p) for p in ((0, 0), (200, 0), (200, 100), (0, 100), (0, 0))])
    hole = f.createIfcPolyline([model.point(p) for p in ((10, 10), (190, 10), (190, 90), (10, 90), (10, 10))])
    arc = f.createIfcTrimmedCurve(
        f.createIfcCircle(f.createIfcAxis2Placement2D(model.point((200, 50)), model.direction((1, 0))), 50.0),
        [f.create_entity("IfcParameterValue", 1.5 * math.pi)],
        [f.create_entity("IfcParameterValue", 2.5 * math.pi)],
        True,
        "PARAMETER",
    )
    lines = f.createIfcPolyline([model.point(p) for p in ((200, 100), (0, 100), (0, 0), (200, 0))])
    outline = f.createIfcCompositeCurve(
        [f.createIfcCompositeCurveSegment("CONTINUOUS", True, curve) for curve in (lines, arc)], False
    )
    points = f.createIfcCartesianPointList2D([(0.0, 0.0), (200.0, 0.0), (250.0, 50.0), (200.0, 100.0), (0.0, 100.0)])
    segments = [
        f.create_entity("IfcLineIndex", (1, 2)),
        f.create_entity("IfcArcIndex", (2, 3, 4)),
        f.create_entity("IfcLineIndex", (4, 5, 1)),
    ]
    return {
        "rectangle": (f.createIfcRectangleProfileDef("AREA", None, at, 200.0, 80.0), 16_000),
        "hollow": (
            f.createIfcRectangleHollowProfileDef("AREA", None, at, 200.0, 100.0, 8.0, 8.0, 16.0),
            20_000 - 4 * corner * 16**2 - (184 * 84 - 4 * corner * 8**2),
        ),
        "I": (
            f.createIfcIShapeProfileDef("AREA", None, at, 150.0, 300.0, 8.0, 12.0, 15.0),
            2 * 150 * 12 + 276 * 8 + 4 * corner * 15**2,
        ),
        "U": (f.createIfcUShapeProfileDef("AREA", None, at, 300.0, 100.0, 8.0, 12.0), 2 * 1200 + 276 * 8),
        "L": (f.createIfcLShapeProfileDef("AREA", None, at, 150.0, 100.0, 10.0), 1500 + 900),
        "T": (f.createIfcTShapeProfileDef("AREA", None, at, 200.0, 150.0, 8.0, 12.0), 1800 + 188 * 8),
        "C": (f.createIfcCShapeProfileDef("AREA", None, at, 200.0, 80.0, 3.0, 20.0), 3 * (200 + 2 * 77 + 2 * 17)),
        "round": (f.createIfcCircleProfileDef("AREA", None, at, 100.0), math.pi * 100**2),
        "pipe": (f.createIfcCircleHollowProfileDef("AREA", None, at, 100.0, 8.0), math.pi * (100**2 - 92**2)),
        "ellipse": (f.createIfcEllipseProfileDef("AREA", None, at, 100.0, 50.0), math.pi * 100 * 50),
        "polygon": (f.createIfcArbitraryClosedProfileDef("AREA", None, square), 20_000),
        "polygon with a void": (f.createIfcArbitraryProfileDefWithVoids("AREA", None, square, [hole]), 5_600),
        "with an arc": (f.createIfcArbitraryClosedProfileDef("AREA", None, outline), 20_000 + math.pi * 50**2 / 2),
        "with an indexed arc": (
            f.createIfcArbitraryClosedProfileDef("AREA", None, f.createIfcIndexedPolyCurve(points, segments, False)),
            20_000 + math.pi * 50**2 / 2,
        ),
    }


def test_every_sort_of_profile_has_its_area(tmp_path):
    """Straight ones exactly, rounded ones within 1.2 % of a thin wall's (chords of 0.2 mm)."""
    model = Building()
    known = profiles(model)
    for number, (name, (profile, _)) in enumerate(known.items()):
        model.beam(name, [model.extruded(profile, 2000.0)], (1000.0 * number, 0, 0))
    found = read(tmp_path, model)
    assert found.undecided == found.without_geometry == 0
    measured = volumes(found)
    for name, (_, area) in known.items():
        rounded = name in ("hollow", "I", "round", "pipe", "ellipse", "with an arc", "with an indexed arc")
        assert measured[name] * 1e6 / 2000 == pytest.approx(area, rel=0.012 if rounded else 1e-6), name


def test_cuts_and_holes_are_taken_off(tmp_path):
    """Half spaces, bounded ones, booleans of bodies, openings: what is left is what a saw would leave."""
    model = Building()
    f = model.file

    def flat(z: float, lean: float = 0.0) -> object:
        return f.createIfcPlane(model.axes((0, 0, z), (0, lean, 1)))

    def bar() -> object:
        return model.bar((100, 200, 2000), (-50, -100, 0))

    corner = f.createIfcPolyline([model.point(p) for p in ((-60, 0), (60, 0), (60, 200), (-60, 200), (-60, 0))])
    above = f.createIfcPolygonalBoundedHalfSpace(flat(1500), False, model.axes(), corner)
    bodies = {
        "square cut": f.createIfcBooleanClippingResult(
            "DIFFERENCE", bar(), f.createIfcHalfSpaceSolid(flat(1500), False)
        ),
        "skew cut": f.createIfcBooleanClippingResult(
            "DIFFERENCE", bar(), f.createIfcHalfSpaceSolid(flat(1500, 0.5), False)
        ),
        "notch": f.createIfcBooleanClippingResult("DIFFERENCE", bar(), above),
        "slot": f.createIfcBooleanResult(
            "DIFFERENCE", bar(), f.createIfcBlock(model.axes((-50, -40, 500)), 100.0, 80.0, 300.0)
        ),
    }
    for number, (name, body) in enumerate(bodies.items()):
        model.beam(name, [body], (1000.0 * number, 0, 0))
    holed = model.beam("hole", [bar()], (9000, 0, 0))
    model.opening(holed, model.bar((200, 80, 300), (-100, -40, 500)))
    measured = volumes(read(tmp_path, model))
    assert measured["square cut"] == pytest.approx(30.0)
    assert measured["skew cut"] == pytest.approx(30.0)
    assert measured["notch"] == pytest.approx(40.0 - 5.0)
    assert measured["slot"] == pytest.approx(40.0 - 2.4)
    assert measured["hole"] == pytest.approx(40.0 - 2.4)


def skew_cut(model: Building) -> Any:
    """Return a bar of which a leaning plane takes the upper end."""
    plane = model.file.createIfcPlane(model.axes((0, 0, 1500), (0, 0.5, 1)))
    half_space = model.file.createIfcHalfSpaceSolid(plane, False)
    bar = model.bar((100, 200, 2000), (-50, -60, 0))
    return model.file.createIfcBooleanClippingResult("DIFFERENCE", bar, half_space)


@pytest.mark.parametrize("identifier", ["Body", "body", "Facetation", "Body-FallBack", None])
def test_a_cut_is_taken_off_whatever_its_representation_is_called(tmp_path, identifier):
    """The fast kernel gets such a cut wrong, and its mesh is closed nevertheless."""
    model = Building()
    post = model.beam("post", [skew_cut(model)])
    post.Representation.Representations[0].RepresentationIdentifier = identifier
    assert volumes(read(tmp_path, model)) == pytest.approx({"post": 30.0 - 0.4})


def test_what_bears_is_known_with_the_meshes_and_without(tmp_path):
    """A post that its prism only approximates stands on a plate; the service keeps no meshes, the command does."""
    model = Building()
    model.beam("post", [skew_cut(model)])
    model.beam("plate", [model.bar((300, 400, 30), (-150, -200, -30))])
    model.beam("beside", [model.bar((100, 200, 2000), (80, -60, 0))])
    for with_meshes in (True, False):
        found = read(tmp_path, model, with_meshes=with_meshes)
        names = {tuple(sorted(found.names[place] for place in pair)) for pair in found.findings.pairs[found.bears]}
        assert names == {("plate", "post")}
        assert (found.model.elements[0].mesh is not None) == with_meshes


@pytest.mark.parametrize(
    ("kink_deg", "width_mm", "bears"), [(8.0, 100.0, True), (20.0, 100.0, False), (8.0, 130.0, False)]
)
def test_pieces_of_an_arch_bear_on_one_another_at_a_kink(tmp_path, kink_deg, width_mm, bears):
    """Cut square and drawn end to end they meet along an edge; members of two sizes, or at a corner, are no pieces."""
    model = Building()
    kink = math.radians(kink_deg)
    for name, width, turn, length in (("one", 100.0, 0.0, 2000.0), ("other", width_mm, kink, -2000.0)):
        outline = [(-width / 2, 0.0), (width / 2, 0.0), (width / 2 - 20, 200.0), (20 - width / 2, 200.0)]
        points = [
            (x * math.cos(turn) - z * math.sin(turn), y, x * math.sin(turn) + z * math.cos(turn))
            for x in (0.0, length)
            for y, z in outline
        ]
        sides = [[0, 1, 2, 3], [7, 6, 5, 4], [0, 4, 5, 1], [1, 5, 6, 2], [2, 6, 7, 3], [3, 7, 4, 0]]
        model.beam(name, [model.faceted(points, sides if length < 0 else [side[::-1] for side in sides])])
    found = read(tmp_path, model)
    assert not found.exact.any()
    assert [item.kind for item in found.findings] == ["touching"]
    assert found.bears.tolist() == [bears]


def test_a_mirrored_and_scaled_shape_is_a_solid_still(tmp_path):
    """A reused shape drawn at twice its size; and one whose operator mirrors it."""
    model = Building()
    model.beam("double", [model.mapped(model.bar((100, 200, 1000)), scale=2.0)])
    mirror = model.mapped(model.bar((100, 200, 1000)))
    mirror.MappingTarget.Axis1 = model.direction((-1, 0, 0))
    mirror.MappingTarget.Axis2 = model.direction((0, 1, 0))
    mirror.MappingTarget.Axis3 = model.direction((0, 0, 1))
    model.beam("mirror", [mirror], (5000, 0, 0))
    found = read(tmp_path, model)
    assert found.undecided == 0
    assert volumes(found) == pytest.approx({"double": 160.0, "mirror": 20.0})


def test_a_part_that_the_kernel_cannot_make_is_named(tmp_path):
    """A cone as second operand is not cut off: the member is there and said to be in doubt."""
    model = Building()
    cone = model.file.createIfcRightCircularCone(model.axes((0, 0, 500)), 400.0, 60.0)
    model.beam("bored", [model.file.createIfcBooleanResult("DIFFERENCE", model.bar((200, 200, 2000)), cone)])
    (element,) = read(tmp_path, model).model.elements
    assert "IfcRightCircularCone" in element.trouble


def test_cylinders_are_solids_and_holes(tmp_path):
    """The kernel makes nothing of them as they are written: alone, as a solid's only primitive, cut off a plate."""
    model = Building()
    f = model.file

    def cylinder(at: tuple[float, float, float]) -> Any:
        return f.createIfcRightCircularCylinder(model.axes(at), 1000.0, 50.0)

    model.beam("alone", [cylinder((0, 0, 0))])
    model.beam("solid", [f.createIfcCsgSolid(cylinder((500, 0, 0)))])
    bored = f.createIfcBooleanResult("DIFFERENCE", model.bar((200, 200, 20), (900, -100, 0)), cylinder((1000, 0, -100)))
    model.beam("bored", [bored])
    model.beam(
        "both", [f.createIfcCsgSolid(f.createIfcBooleanResult("UNION", cylinder((2000, 0, 0)), cylinder((3000, 0, 0))))]
    )
    found = read(tmp_path, model)
    assert found.undecided == found.without_geometry == 0
    area = math.pi * 50**2
    assert volumes(found) == pytest.approx(
        {"alone": area / 1e3, "solid": area / 1e3, "bored": (40_000 - area) * 20 / 1e6, "both": 2 * area / 1e3},
        rel=0.005,
    )


@pytest.mark.parametrize("indexed", [False, True])
def test_a_sheet_is_as_thick_as_its_centre_line_says(tmp_path, indexed):
    """A cold-formed channel with lips, mitred at its corners; the kernel makes something else of it."""
    model = Building()
    f = model.file
    points = [(60.0, 15.0), (60.0, 0.0), (0.0, 0.0), (0.0, 200.0), (60.0, 200.0), (60.0, 185.0)]
    if indexed:
        line = f.createIfcIndexedPolyCurve(f.createIfcCartesianPointList2D(points), None, False)
    else:
        line = f.createIfcPolyline([model.point(point) for point in points])
    model.beam("purlin", [model.extruded(f.createIfcCenterLineProfileDef("AREA", None, line, 2.0), 3000.0)])
    found = read(tmp_path, model)
    assert found.undecided == 0
    assert volumes(found) == pytest.approx({"purlin": 2.0 * (2 * 15 + 2 * 60 + 200) * 3000 / 1e6})


def test_a_centre_line_that_bounds_no_sheet_is_left_to_the_kernel():
    """Turning back on itself, of no thickness, closed, of one point."""
    straight = np.array([[0.0, 0.0], [100.0, 0.0]])
    assert outline_of(straight, 4.0) == pytest.approx(np.array([[0, 2], [100, 2], [100, -2], [0, -2.0]]))
    assert outline_of(straight, 0.0) is None
    assert outline_of(straight[:1], 4.0) is None
    assert outline_of(np.vstack([straight, [[0.0, 0.0]]]), 4.0) is None
    assert outline_of(np.vstack([straight, [[50.0, 0.0]]]), 4.0) is None


def test_wholes_assemblies_and_open_shells(tmp_path):
    """An element whose parts have the shapes is none of its own; parts know it; an open shell is undecided."""
    model = Building()
    part = model.beam("plate", [model.bar((100, 200, 10))], ifc_class="IfcPlate")
    whole = model.file.create_entity("IfcBeam", GlobalId=model.guid(), Name="built-up beam")
    model.file.createIfcRelAggregates(model.guid(), None, None, None, whole, [part])
    corners = [(x, y, z) for x in (0, 100) for y in (0, 100) for z in (0, 3000)]
    faces = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4]]
    model.beam("open", [model.faceted(corners, faces)], (0, 0, 5))
    found = read(tmp_path, model)
    assert set(found.names) == {"plate", "open"}
    assert found.model.elements[found.names.index("plate")].assembly == whole.GlobalId
    assert found.undecided == 1
    assert [item.kind for item in found.findings] == ["undecided"]


@pytest.mark.parametrize("bad", [0, 2, 4])
@pytest.mark.parametrize("neighbour_too", [False, True])
def test_a_placement_that_cannot_be_used_takes_no_other_member_with_it(tmp_path, bad, neighbour_too):
    """The kernel stops at an axis along the reference direction; what comes after it is checked all the same."""
    model = Building()
    beams = [model.beam(str(number), [model.bar((100, 200, 3000))], (130 * number, 0, 0)) for number in range(5)]
    for beam in beams[bad : bad + 2] if neighbour_too else beams[bad : bad + 1]:
        beam.ObjectPlacement.RelativePlacement.RefDirection = model.direction((0, 0, 1))
    found = read(tmp_path, model)
    lost = {str(bad), str(bad + 1)} & set("01234") if neighbour_too else {str(bad)}
    assert set(found.names) == set("01234") - lost
    troubled = {element.name: element.trouble for element in found.model.elements if element.trouble}
    assert troubled == dict.fromkeys(lost, "it has no geometry that can be read (IfcLocalPlacement)")


def test_limits_on_triangles_and_pairs(tmp_path):
    """Each names what is too much."""
    model = Building()
    for number in range(4):
        model.beam(str(number), [model.bar((100, 200, 3000))], (110 * number, 0, 0))
    with pytest.raises(RefusedError, match="more than 40 triangles"):
        read(tmp_path, model, triangles=40)
    with pytest.raises(RefusedError, match=r"more than 2 pairs .* smaller tolerance_mm"):
        read(tmp_path, model, pairs=2)
    with pytest.raises(RefusedError, match="has 4 members; at most 3"):
        read(tmp_path, model, members=3)
