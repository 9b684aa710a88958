"""What is written is read back the same: every section, unit, schema and way to place a body."""

from pathlib import Path

import ifcopenshell
import ifcopenshell.validate
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.errors import ServingError
from serving.ifc.worker import members_of, read_models
from serving.ifc.writer import SCHEMAS, UNIT_MM, Placing, Style, Texts, write_model
from structural.geometry.contact import contact_of
from structural.geometry.prisms import (
    ANGLE,
    BOX,
    CHANNEL,
    I_SHAPE,
    PLATE,
    ROUND,
    SECTIONS,
    TEE,
    Prisms,
    frame_from,
)
from structural.problems.clash_detector.members import Members
from structural.problems.clash_detector.request import BEAM, BRACE, COLUMN, DUCT, PIPE, PLATE_KIND

LIMITS = {"members": 1000, "triangles": 1_000_000, "pairs": 100_000}
_SIZES = {
    I_SHAPE: (400.0, 180.0, 8.6, 13.5),
    BOX: (200.0, 150.0, 8.0, 8.0),
    ROUND: (168.3, 168.3, 7.1, 7.1),
    PLATE: (420.0, 16.0, 16.0, 16.0),
    CHANNEL: (254.0, 76.2, 9.5, 11.1),
    ANGLE: (150.0, 100.0, 12.0, 12.0),
    TEE: (200.0, 180.0, 8.6, 13.5),
}
_KINDS = {I_SHAPE: BEAM, BOX: COLUMN, ROUND: PIPE, PLATE: PLATE_KIND, CHANNEL: BRACE, ANGLE: BRACE, TEE: BEAM}


def members(sections: list[int], seed: int = 0, **trims: float) -> Members:
    """Return members of these sections, turned and placed at random."""
    n, rng = len(sections), np.random.default_rng(seed)
    sizes = np.array([_SIZES[section] for section in sections])
    given = {name: np.full(n, trims.get(name, 0.0)) for name in (
        "cope_length", "cope_depth", "opening_at", "opening_length", "opening_height",
    )}  # fmt: skip
    prisms = Prisms(
        section=np.array(sections),
        depth=sizes[:, 0],
        width=sizes[:, 1],
        web=sizes[:, 2],
        flange=sizes[:, 3],
        length=rng.uniform(600, 9000, n),
        origin=rng.uniform(-20_000, 20_000, (n, 3)),
        frame=frame_from(rng.normal(size=(n, 3)), rng.normal(size=(n, 3))),
        **given,
    )
    return Members(np.array([_KINDS[section] for section in sections]), prisms)


def texts_of(some: Members) -> Texts:
    names = [f"M-{row}" for row in range(len(some))]
    return Texts(names, [SECTIONS[code] for code in some.prisms.section], [row % 2 for row in range(len(some))])


def read(text: str, folder: Path, count: int) -> tuple[Members, np.ndarray, np.ndarray]:
    """Return the members of a file in the order they were written, which are exact, and where the local origin is."""
    path = folder / "written.ifc"
    path.write_text(text)
    order = {"models": [str(path)], "limits": LIMITS, "careful": False, "skipped": []}
    model, prisms, _ = read_models(order, lambda *_: None)
    assert len(prisms) == count
    elements = model.elements[:count]
    place = np.argsort([int(element.name.split("-")[1]) for element in elements])
    found, exact = members_of(prisms, [element.kind for element in elements])
    return found.take(place), exact[place], model.origin_mm


def assert_same_solids(found: Members, meant: Members, moved: np.ndarray, turn_deg: float = 0.0) -> None:
    """Assert that members are the same solids: an end may have become the start, a plate may be told edge first."""
    angle = np.radians(turn_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1.0]])
    a, b = found.prisms, meant.prisms
    np.testing.assert_array_equal(found.kind, meant.kind)
    np.testing.assert_array_equal(a.section, b.section)
    np.testing.assert_allclose((a.origin + a.end) / 2, (b.origin + b.end) / 2 @ turn.T + moved, atol=0.02)
    both = (
        np.sort(np.stack([a.depth, a.width, a.length]), axis=0),
        np.sort(np.stack([b.depth, b.width, b.length]), axis=0),
    )
    np.testing.assert_allclose(both[0], both[1], atol=0.02)
    np.testing.assert_allclose(a.web, b.web, atol=0.02)
    np.testing.assert_allclose(a.flange, b.flange, atol=0.02)
    oriented = np.abs(np.einsum("nij,nkj->nik", a.frame, b.frame @ turn.T))
    same = a.section != PLATE
    np.testing.assert_allclose(oriented[same], np.tile(np.eye(3), (same.sum(), 1, 1)), atol=1e-6)


@settings(max_examples=8)
@given(st.sampled_from(SCHEMAS), st.sampled_from(list(UNIT_MM)), st.sampled_from(list(Placing)), st.integers(0, 10**6))
def test_every_section_comes_back(tmp_path_factory, schema: str, unit: str, placing: Placing, seed: int) -> None:
    """In every schema and unit and however it is placed; asymmetric sections keep their handedness."""
    some = members(list(_SIZES) * 2, seed)
    style = Style(schema, unit, (4.1e8, 5.3e9, -2e4), 33.0, placing)
    text = write_model(some, texts_of(some), style)
    found, exact, origin = read(text, tmp_path_factory.mktemp("ifc"), len(some))
    assert exact.all()
    assert_same_solids(found, some, np.array(style.site_mm) - origin, style.turn_deg)
    turn = np.radians(style.turn_deg)
    open_ones = np.flatnonzero(np.isin(some.prisms.section, (CHANNEL, ANGLE)))
    side = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    np.testing.assert_allclose(found.prisms.frame[open_ones, 1], some.prisms.frame[open_ones, 1] @ side.T, atol=1e-6)


def test_fillets_and_rounded_corners_change_no_prism(tmp_path: Path) -> None:
    some = members([I_SHAPE, BOX])
    found, exact, origin = read(
        write_model(some, texts_of(some), Style(fillet_ratio=1.5, corner_ratio=1.5)), tmp_path, 2
    )
    assert exact.all()
    assert_same_solids(found, some, -origin)


@pytest.mark.parametrize("placing", list(Placing))
@pytest.mark.parametrize(
    "trims",
    [
        {"cope_length": 85.0, "cope_depth": 30.0},
        {"opening_at": 300.0, "opening_length": 220.0, "opening_height": 160.0},
        {
            "cope_length": 85.0,
            "cope_depth": 30.0,
            "opening_at": 300.0,
            "opening_length": 220.0,
            "opening_height": 160.0,
        },
    ],
    ids=["cope", "opening", "both"],
)
def test_a_cope_and_an_opening_come_back(tmp_path: Path, placing: Placing, trims: dict[str, float]) -> None:
    """With fillets, and beside a twin of the same profile and length that is not cut."""
    cut, whole = members([I_SHAPE], 1, **trims), members([I_SHAPE], 1)
    one, two = cut.prisms, whole.prisms
    joined = {name: np.concatenate([getattr(one, name), getattr(two, name)]) for name in Prisms.__dataclass_fields__}
    both = Members(np.tile(cut.kind, 2), Prisms(**joined))
    text = write_model(both, texts_of(both), Style(placing=placing, fillet_ratio=1.4))
    found, exact, origin = read(text, tmp_path, 2)
    assert exact.all()
    assert_same_solids(found, both, -origin)
    for name in ("cope_length", "cope_depth", "opening_at", "opening_length", "opening_height"):
        np.testing.assert_allclose(getattr(found.prisms, name), getattr(both.prisms, name), atol=0.05, err_msg=name)
    # beside the top of the start nothing but the cope makes room
    probe = members([PLATE], 1)
    above = both.prisms.origin + both.prisms.frame[:, 2] * 195.0 + both.prisms.frame[:, 0] * 40.0
    small = Prisms(**{name: np.repeat(getattr(probe.prisms, name), 2, axis=0) for name in Prisms.__dataclass_fields__})
    small.length[:], small.depth[:], small.width[:] = 4.0, 4.0, 4.0
    small.frame[:] = both.prisms.frame
    small.origin[:] = above - origin
    hit = contact_of(found.prisms, small).depth > 0
    assert hit.tolist() == ["cope_length" not in trims, True]


def test_the_same_members_give_the_same_bytes_and_others_do_not() -> None:
    some = members(list(_SIZES))
    one, same = (write_model(some, texts_of(some), Style()) for _ in range(2))
    assert one == same
    assert write_model(members(list(_SIZES), 1), texts_of(some), Style()) != one


def test_services_keep_their_kind_in_old_schemas(tmp_path: Path) -> None:
    """IFC2X3 tells pipes from ducts by their type alone."""
    some = members([ROUND, PLATE])
    some.kind[:] = (PIPE, DUCT)
    found, _, _ = read(write_model(some, texts_of(some), Style("IFC2X3")), tmp_path, 2)
    assert found.kind.tolist() == [PIPE, DUCT]


def test_written_files_are_valid_by_their_schema() -> None:
    """IfcOpenShell's own check of types, optional values and inverse relations finds nothing."""
    for schema in SCHEMAS:
        some = members(list(_SIZES), cope_length=0.0)
        file = ifcopenshell.file.from_string(write_model(some, texts_of(some), Style(schema)))
        logger = ifcopenshell.validate.json_logger()
        ifcopenshell.validate.validate(file, logger)
        assert logger.statements == [], schema


@pytest.mark.parametrize("style", [Style(schema="IFC5"), Style(unit="mile")], ids=["schema", "unit"])
def test_a_style_that_is_not_written_is_refused(style: Style) -> None:
    some = members([BOX])
    with pytest.raises(ServingError, match="IFC is written as IFC2X3"):
        write_model(some, texts_of(some), style)
