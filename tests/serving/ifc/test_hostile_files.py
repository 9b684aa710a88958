"""Files made to harm: each is refused with its reason or read without harm, within time and memory."""

import re
import resource
import time
import zipfile
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import pytest

from serving.errors import RequestError
from serving.ifc.content import ModelContent
from serving.ifc.reader import IfcReader, Limits
from tests.serving.ifc.building import Building

LIMITS = Limits(file_bytes=1_000_000, memory_bytes=1_500_000_000, seconds=20.0)
SCHEMA = "'IFC4'"
END = b"\nENDSEC;\nEND-ISO-10303-21;\n"


def two_posts() -> Building:
    """Return a harmless model: two posts 30 mm apart."""
    model = Building()
    model.beam("a", [model.bar((100, 200, 3000))])
    model.beam("b", [model.bar((100, 200, 3000))], (130, 0, 0))
    return model


def changed(old: str, new: str) -> bytes:
    """Return the harmless model with a text replaced."""
    content = two_posts().content().decode()
    assert old in content
    return content.replace(old, new).encode()


def zip_bomb() -> bytes:
    """Return 50 MB of zeros as a small ifcZIP."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.ifc", bytes(50_000_000))
    return packed.getvalue()


def placed_on_itself() -> bytes:
    """Return a model in which two placements are relative to one another."""
    model = two_posts()
    one, other = (beam.ObjectPlacement for beam in model.file.by_type("IfcBeam"))
    one.PlacementRelTo, other.PlacementRelTo = other, one
    return model.content()


def spheres() -> bytes:
    """Return a body of sixty spheres united one by one, whose triangles would be counted by the million."""
    model = two_posts()
    body = model.file.createIfcSphere(model.axes(), 500.0)
    for number in range(60):
        ball = model.file.createIfcSphere(model.axes((13 * number, 7 * number, 3 * number)), 500.0 + number)
        body = model.file.createIfcBooleanResult("UNION", body, ball)
    model.beam("spheres", [body])
    return model.content()


def doubled_thirty_times() -> bytes:
    """Return a body that maps two of itself, thirty levels deep: a billion boxes."""
    model = two_posts()
    items = [model.bar((10, 10, 10))]
    for level in range(30):
        shape = model.file.createIfcShapeRepresentation(model.body, "Body", "SweptSolid", items)
        source = model.file.createIfcRepresentationMap(model.axes(), shape)
        places = [model.point((20 * 2**level * step, 0, 0)) for step in (0, 1)]
        items = [
            model.file.createIfcMappedItem(
                source, model.file.createIfcCartesianTransformationOperator3D(None, None, place, 1.0, None)
            )
            for place in places
        ]
    model.beam("billion", items)
    return model.content()


def half(end: bytes = b"") -> bytes:
    """Return half of the harmless model."""
    content = two_posts().content()
    return content[: len(content) // 2] + end


REFUSED = [
    pytest.param(half, 422, "not a complete IFC", id="truncated"),
    pytest.param(lambda: half(END), 422, "damaged at byte", id="truncated and ended"),
    pytest.param(zip_bomb, 413, "has 50000000 bytes; at most", id="zip bomb"),
    pytest.param(placed_on_itself, 422, "refers to itself", id="placed on itself"),
    pytest.param(lambda: changed("(130.,0.,0.)", "(NAN,0.,0.)"), 422, "damaged at byte", id="NaN coordinate"),
    pytest.param(lambda: changed("(130.,0.,0.)", "(1.E400,0.,0.)"), 422, "not a readable", id="infinite coordinate"),
    pytest.param(lambda: changed("3000.", "1.E300"), 422, "no member", id="absurd length"),
    pytest.param(lambda: changed(SCHEMA, "'AUTOMOTIVE_DESIGN'"), 422, "accepted are", id="wrong schema"),
    pytest.param(lambda: b"Dear Sirs,\n" * 50_000, 422, "not a complete IFC", id="a letter"),
    pytest.param(lambda: bytes(range(256)) * 2_000, 422, "not a complete IFC", id="binary"),
    pytest.param(
        lambda: two_posts().content().split(b"DATA;")[0] + b"DATA;\n" + bytes(range(256)) * 2_000 + END,
        422,
        "not a readable",
        id="binary in a STEP file",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("make", "status", "told"), REFUSED)
def test_refused_with_the_reason(tmp_path, make, status, told):
    """The client's error, naming the field; nothing of the server's disk is in it."""
    (tmp_path / "bad.ifc").write_bytes(make())
    with pytest.raises(RequestError, match=told) as caught:
        IfcReader(tmp_path, LIMITS).read("bad.ifc")
    assert caught.value.status == status
    assert caught.value.field == "model_ifc"
    assert str(tmp_path) not in str(caught.value)


def refusal_and_peak_kb(root: Path) -> tuple[str, int]:
    """Read the bad model; return what is said of it and the most memory that a process of the reader held."""
    try:
        IfcReader(root, Limits(seconds=3.0, memory_bytes=1_500_000_000)).read("bad.ifc")
    except RequestError as error:
        return str(error), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return "", 0


@pytest.mark.parametrize("make", [spheres, doubled_thirty_times])
def test_a_billion_triangles_end_with_the_time_or_the_memory(tmp_path, make):
    """The kernel is ended, whatever it is at.

    Read from a process of its own: the peak of children is that of all a process ever had.
    """
    (tmp_path / "bad.ifc").write_bytes(make())
    began_s = time.monotonic()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        told, peak_kb = apart.submit(refusal_and_peak_kb, tmp_path).result()
    assert re.search(r"could not be checked within|memory|triangles|processed", told)
    assert time.monotonic() - began_s < 15.0
    assert 0 < peak_kb < 1_600_000


def test_a_gigabyte_of_zeros_is_not_even_read(tmp_path):
    """A sparse file: its size is enough to refuse it."""
    with (tmp_path / "zeros.ifc").open("wb") as file:
        file.truncate(1_000_000_000)
    began_s = time.monotonic()
    with pytest.raises(RequestError, match="at most") as caught:
        IfcReader(tmp_path, LIMITS).read("zeros.ifc")
    assert caught.value.status == 413
    assert time.monotonic() - began_s < 1.0


def test_nor_is_it_digested(tmp_path):
    """What would be refused for its size is not read through first to see whether its answer is known."""
    with (tmp_path / "zeros.ifc").open("wb") as file:
        file.truncate(1_000_000_000)
    began_s = time.monotonic()
    with pytest.raises(RequestError, match="at most") as caught:
        ModelContent(tmp_path, LIMITS.file_bytes).digest("zeros.ifc", None)
    assert caught.value.status == 413
    assert time.monotonic() - began_s < 1.0


def test_a_member_that_kills_the_kernel_is_left_out(tmp_path):
    """A body that is its own operand: the member is named with its trouble, the others are checked."""
    model = two_posts()
    box = model.bar((100, 100, 1000))
    body = model.file.createIfcBooleanResult("UNION", box, box)
    body.SecondOperand = body
    model.beam("loop", [body])
    model.write(tmp_path / "loop.ifc")
    found = IfcReader(tmp_path, LIMITS).read("loop.ifc")
    assert [item.kind for item in found.findings] == ["clearance"]
    assert found.without_geometry == 1
    assert found.model.elements[2].name == "loop"
    assert found.model.elements[2].trouble


def test_what_is_drawn_as_a_member_that_kills_the_kernel_is_left_out_with_it(tmp_path):
    """A shape that twenty members reuse costs one crash, not twenty: the model would be given up."""
    model = two_posts()
    box = model.bar((100, 100, 1000))
    body = model.file.createIfcBooleanResult("UNION", box, box)
    body.SecondOperand = body
    first = model.mapped(body)
    for number in range(20):
        item = model.file.createIfcMappedItem(first.MappingSource, first.MappingTarget)
        model.beam(f"loop {number}", [item], (1000 * number, 0, 0))
    model.write(tmp_path / "loops.ifc")
    found = IfcReader(tmp_path, LIMITS).read("loops.ifc")
    assert [item.kind for item in found.findings] == ["clearance"]
    assert found.without_geometry == 20


def test_names_of_any_alphabet_are_kept_and_made_harmless(tmp_path):
    """Chinese and an emoji stay; terminal escapes and writing-direction overrides do not."""
    model = two_posts()
    for beam, name in zip(model.file.by_type("IfcBeam"), ("梁 \x1b[31m A", "<b>Σ\u202egnp"), strict=True):
        beam.Name = name
    model.write(tmp_path / "names.ifc")
    names = IfcReader(tmp_path, LIMITS).read("names.ifc").names
    assert names[0].startswith("梁")
    assert names[1].startswith("<b>Σ")
    assert all(name.isprintable() for name in names)
    assert not any(re.search("[\x1b\u202e]", name) for name in names)
