"""Which elements are checked, which representation is their body, and what is counted instead of dropped."""

from typing import Any

import pytest

from tests.serving.ifc.building import Building
from tests.serving.ifc.reading import read, volumes

SIZE = (100, 200, 3000)


def whole(
    model: Building, name: str, parts: list[Any], items: tuple[Any, ...] = (), relation: str = "Aggregates"
) -> Any:
    """Add a beam that is made of parts; without ``items`` it has no shape of its own."""
    beam = model.beam(name, list(items))
    if not items:
        beam.Representation = None
    create = getattr(model.file, f"createIfcRel{relation}")
    create(model.guid(), beam.OwnerHistory, None, None, beam, parts)
    return beam


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4", "IFC4X3_ADD2"])
@pytest.mark.parametrize("piece", ["IfcBuildingElementPart", "IfcBuildingElementProxy"])
def test_the_pieces_that_a_beam_is_made_of_are_checked_as_beams(tmp_path, schema, piece):
    """They are of no class that says what they are; the beam has no shape of its own."""
    model = Building(schema)
    parts = [model.beam(name, [model.bar(SIZE)], (x, 0, 0), piece) for name, x in (("web", 0), ("flange", 100))]
    beam = whole(model, "built-up", parts)
    model.beam("post", [model.bar(SIZE)], (190, 0, 0), "IfcColumn")
    found = read(tmp_path, model)
    assert {element.name: element.kind for element in found.model.elements} == {
        "web": "beam", "flange": "beam", "post": "column"
    }  # fmt: skip
    assert found.model.elements[found.names.index("web")].assembly == beam.GlobalId
    assert [item.kind for item in found.findings if "post" in (found.names[item.a], found.names[item.b])].count(
        "hard"
    ) == 1
    assert not found.model.not_checked


def test_what_has_a_shape_and_is_not_checked_is_counted(tmp_path):
    """By class; openings are no things, and what nothing is drawn of is nothing to miss."""
    model = Building()
    beam = model.beam("beam", [model.bar(SIZE)])
    model.opening(beam, model.bar((50, 50, 50)))
    for name in ("IfcFooting", "IfcFooting", "IfcBuildingElementProxy", "IfcMechanicalFastener", "IfcElementAssembly"):
        model.beam("other", [model.bar(SIZE)], ifc_class=name)
    model.beam("wall", [model.bar(SIZE)], ifc_class="IfcWall").Representation = None
    found = read(tmp_path, model)
    assert found.names == ("beam",)
    assert dict(found.model.not_checked) == {
        "IfcFooting": 2, "IfcBuildingElementProxy": 1, "IfcMechanicalFastener": 1, "IfcElementAssembly": 1
    }  # fmt: skip


def test_what_is_not_checked_is_counted_over_all_files(tmp_path):
    steel, concrete = Building(), Building("IFC2X3", "ft")
    for model in (steel, concrete):
        model.beam("beam", [model.bar(SIZE)])
        model.beam("slab", [model.bar(SIZE)], ifc_class="IfcSlab")
    assert dict(read(tmp_path, steel, concrete).model.not_checked) == {"IfcSlab": 2}


@pytest.mark.parametrize("relation", ["Aggregates", "Nests"])
def test_a_whole_is_not_searched_against_its_own_parts(tmp_path, relation):
    """A beam that is drawn itself has a stiffener among its parts; both are searched against others."""
    model = Building()
    stiffener = model.beam("stiffener", [model.bar((100, 10, 200))], (0, 0, 500), "IfcPlate")
    whole(model, "beam", [stiffener], (model.bar(SIZE),), relation)
    model.beam("post", [model.bar(SIZE)], (90, 0, 0), "IfcColumn")
    found = read(tmp_path, model)
    pairs = {frozenset((found.names[item.a], found.names[item.b])) for item in found.findings}
    assert pairs == {frozenset(("beam", "post")), frozenset(("stiffener", "post"))}


def test_a_whole_of_which_only_the_axis_is_drawn_is_not_missed(tmp_path):
    """Its parts are checked; one whose parts have no shape either is told to have none."""
    model = Building()
    axis = model.file.createIfcPolyline([model.point((0, 0, 0)), model.point((0, 0, 3000))])
    for name, size in (("drawn", SIZE), ("not drawn", None)):
        part = model.beam(f"part {name}", [model.bar(size or SIZE)], ifc_class="IfcPlate")
        if size is None:
            part.Representation = None
        beam = whole(model, name, [part], (axis,))
        only = beam.Representation.Representations[0]
        only.RepresentationIdentifier, only.RepresentationType = "Axis", "Curve3D"
    found = read(tmp_path, model)
    troubled = {element.name for element in found.model.elements if element.trouble}
    assert found.names == ("part drawn",)
    assert troubled == {"not drawn", "part not drawn"}


def drawn(model: Building, *representations: tuple[str | None, float]) -> Any:
    """Return a beam with representations of these identifiers, in this order, each a bar of its own height."""
    beam = model.beam("beam", [])
    beam.Representation.Representations = [
        model.file.createIfcShapeRepresentation(model.body, name, "SweptSolid", [model.bar((100, 200, height))])
        for name, height in representations
    ]
    return beam


@pytest.mark.parametrize(
    ("representations", "height"),
    [
        ([("Reference", 1000), ("Body", 2000)], 2000),
        ([("Body", 2000), ("Reference", 1000)], 2000),
        ([("Clearance", 9000), ("Body", 2000)], 2000),
        ([("Body-FallBack", 1000), ("Body", 2000)], 2000),
        ([("Reference", 1000), ("Facetation", 2000)], 2000),
        ([("Reference", 1000)], 1000),
        ([(None, 1000)], 1000),
    ],
)
@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4"])
def test_the_body_is_taken_of_several_representations(tmp_path, schema, representations, height):
    """In whichever order they are; what stands in for a body where there is none."""
    model = Building(schema)
    drawn(model, *representations)
    found = read(tmp_path, model)
    assert volumes(found) == pytest.approx({"beam": 0.02 * height})
    assert found.exact.all() == (not found.model.elements[0].trouble)


def test_room_to_be_kept_clear_is_no_body(tmp_path):
    """A valve's clearance is not the valve."""
    model = Building()
    drawn(model, ("Clearance", 1000))
    model.beam("post", [model.bar(SIZE)])
    found = read(tmp_path, model)
    assert found.names == ("post",)
    assert found.model.elements[1].trouble == "it has no geometry that can be read"


def test_what_stands_in_is_taken_where_the_body_cannot_be_made(tmp_path):
    """The kernel makes nothing of the body, and the file gives a mesh too."""
    model = Building()
    beam = drawn(model, ("Body", 2000), ("Facetation", 1000))
    nothing = model.file.createIfcExtrudedAreaSolid(
        model.file.createIfcRectangleProfileDef("AREA", None, None, 0.0, 0.0),
        model.axes(),
        model.direction((0, 0, 1)),
        1.0,
    )
    beam.Representation.Representations[0].Items = [nothing]
    assert volumes(read(tmp_path, model)) == pytest.approx({"beam": 20.0})


@pytest.mark.parametrize("inward", [False, True])
def test_a_body_with_voids_is_a_solid(tmp_path, inward):
    """Facets outside and facets of a hollow inside it, which exporters turn this way and that."""
    model = Building()
    f = model.file

    def shell(low: float, high: float, *, inward: bool) -> Any:
        corners = [(x, y, z) for x in (low, high) for y in (low, high) for z in (low, high)]
        faces = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
        return model.faceted(corners, [face[::-1] if inward else face for face in faces]).Outer

    body = f.createIfcFacetedBrepWithVoids(shell(0, 1000, inward=False), [shell(100, 900, inward=inward)])
    model.beam("hollow", [body])
    found = read(tmp_path, model)
    assert found.undecided == found.without_geometry == 0
    assert volumes(found) == pytest.approx({"hollow": 1000.0 - 512.0})


def test_a_tapered_extrusion_is_a_solid(tmp_path):
    """The kernel writes the faces of its ends twice."""
    model = Building()
    f, at = model.file, model.file.createIfcAxis2Placement2D(model.point((0, 0)), model.direction((1, 0)))
    start, end = (f.createIfcRectangleProfileDef("AREA", None, at, 100.0, depth) for depth in (400.0, 200.0))
    body = f.createIfcExtrudedAreaSolidTapered(start, model.axes(), model.direction((0, 0, 1)), 3000.0, end)
    model.beam("haunch", [body])
    found = read(tmp_path, model)
    assert found.undecided == 0
    assert volumes(found) == pytest.approx({"haunch": 90.0})


@pytest.mark.parametrize("turned", [False, True])
def test_a_set_of_triangles_that_is_written_badly_is_a_solid(tmp_path, turned):
    """A face is there twice, or some look inward, and the file says the set is closed."""
    model = Building()
    points = model.file.createIfcCartesianPointList3D(
        [[float(x), float(y), float(z)] for x in (0, 100) for y in (0, 200) for z in (0, 3000)]
    )
    sides = [(1, 2, 4, 3), (5, 7, 8, 6), (1, 5, 6, 2), (3, 4, 8, 7), (1, 3, 7, 5), (2, 6, 8, 4)]
    faces = [list(face) for a, b, c, d in sides for face in ((a, b, c), (a, c, d))]
    faces = [*faces[:5], *(face[::-1] for face in faces[5:])] if turned else [*faces, faces[3]]
    model.beam("beam", [model.file.createIfcTriangulatedFaceSet(points, None, True, faces)])
    found = read(tmp_path, model)
    assert found.undecided == 0
    assert volumes(found) == pytest.approx({"beam": 60.0})
