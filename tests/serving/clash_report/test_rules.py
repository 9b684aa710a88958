"""Rules files: exclusion sets and tolerances by class of member."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from serving.clash_report.rules import ClashRules, apply_rules, parse_exclusion, read_rules
from serving.errors import RequestError
from tests.clash_scenes import element

ELEMENTS = (
    element(0, "beam", name="B-01", storey="Level 1", assembly="A1"),
    element(1, "column", name="C-01", storey="Level 1", assembly="A1", material="S355"),
    element(2, "pipe", name="Insulation 1", storey="Level 2", system="heating", file=1),
    element(3, "pipe", name="P-1", storey="Level 2", system="heating", file=1),
)
PAIRS = np.array([(0, 1), (0, 2), (0, 3), (1, 3), (2, 3)])


def kept(document):
    """Return which of the pairs rules keep."""
    return apply_rules(read_rules(document), ELEMENTS, PAIRS).kept.tolist()


@pytest.mark.parametrize(
    ("entry", "left_out"),
    [
        ({"between": [{"name": "insulation*"}, {}]}, [1, 4]),
        ({"between": [{"kind": "pipe"}, {"kind": ["beam", "plate"]}]}, [1, 2]),
        ({"between": [{"kind": "beam"}, {"kind": "pipe"}]}, [1, 2]),
        ({"between": [{"file": 2}, {"file": 2}]}, [4]),
        ({"between": [{"ifc_class": "IFCFLOW*", "name": "P-?"}, {}]}, [2, 3, 4]),
        ({"between": [{"storey": "level 1"}, {"storey": "level 2"}]}, [1, 2, 3]),
        ({"same": "assembly"}, [0]),
        ({"same": "system"}, [4]),
        ({"same": "file"}, [0, 4]),
        ({"same": "material"}, []),
        ({"between": [{"kind": "beam"}, {}], "same": "storey"}, [0]),
        ({"between": [{"material": "S*"}, {"guid": ELEMENTS[0].guid}]}, [0]),
    ],
)
def test_what_an_entry_leaves_out(entry, left_out):
    """Either order of the two members, any case, whole texts; members without a text have none in common."""
    assert [row for row, stays in enumerate(kept({"ignore": [entry]})) if not stays] == left_out


def test_a_pair_is_counted_once_under_the_first_entry_that_fits():
    """The counts add up to the pairs that were left out."""
    rules = read_rules(
        {"ignore": [{"same": "system", "reason": "one trade"}, {"between": [{"kind": "pipe"}, {}]}, {"same": "storey"}]}
    )
    ruled = apply_rules(rules, ELEMENTS, PAIRS)
    assert ruled.ignored == {"one trade": 1, "kind=pipe × any member": 3, "same storey": 1}
    assert sum(ruled.ignored.values()) == (~ruled.kept).sum()


def test_the_first_limits_that_fit_count_and_the_rest_is_that_of_all_pairs():
    """Pipe and beam have a tolerance of their own and the common penetration; pipe and anything the other way round."""
    rules = read_rules(
        {
            "tolerance_mm": 30,
            "minimum_penetration_mm": 2,
            "tolerances": [
                {"between": [{"kind": "pipe"}, {"kind": "beam"}], "tolerance_mm": 80},
                {"between": [{"kind": "pipe"}, {}], "minimum_penetration_mm": 9, "tolerance_mm": 60},
            ],
        }
    )
    ruled = apply_rules(rules, ELEMENTS, PAIRS)
    assert ruled.tolerance_mm.tolist() == [30, 80, 80, 60, 60]
    assert ruled.minimum_penetration_mm.tolist() == [2, 2, 2, 9, 9]
    assert rules.widest_tolerance_mm == 80


def test_an_empty_file_is_the_default_rules():
    """YAML of nothing is None."""
    assert read_rules(None) == ClashRules()
    assert ClashRules().widest_tolerance_mm == 50.0


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"tolerance": 5}, "tolerance: there is no such field"),
        ({"ignore": [{"between": [{"colour": "red"}, {}]}]}, "ignore[0].between[0].colour: there is no such field"),
        ({"ignore": [{"between": [{}]}]}, "ignore[0].between"),
        ({"ignore": [{}]}, "ignore[0]: say which pairs"),
        ({"ignore": [{"same": "colour"}]}, "ignore[0].same: Input should be 'assembly'"),
        ({"tolerances": [{"same": "storey"}]}, "tolerances[0]: give `tolerance_mm`"),
        ({"tolerance_mm": float("nan")}, "tolerance_mm: "),
        ({"tolerance_mm": 1e9}, "tolerance_mm: Input should be less than or equal to 200"),
        ({"ignore": [{"between": [{"name": ""}, {}]}]}, "ignore[0].between[0].name[0]"),
        ({"ignore": [{"between": [{"name": []}, {}]}]}, "ignore[0].between[0].name"),
        ({"ignore": [{"same": "file"}] * 201}, "ignore: Tuple should have at most 200"),
        (["x"], "document: must be a mapping of fields"),
        ({"\x1b[2J": 1}, "·[2J: there is no such field"),
    ],
)
def test_faults_are_named_by_their_place(document, told):
    """Every fault says where it stands, and nothing of it steers a terminal."""
    with pytest.raises(RequestError) as raised:
        read_rules(document)
    assert told in str(raised.value)
    assert str(raised.value).isprintable()


def test_a_pattern_that_takes_ages_elsewhere_is_quick_here():
    """Twenty stars against a long name that almost fits."""
    long = (element(0, name="a" * 200),)
    selector = read_rules({"ignore": [{"between": [{"name": "*a" * 20 + "b"}, {}]}]}).ignore[0].between[0]
    assert selector.fits(long).tolist() == [False]


@pytest.mark.parametrize(
    ("word", "title", "left_out"),
    [
        ("kind=plate", "kind=plate × any member", []),
        ("kind=pipe:name=B*", "kind=pipe × name=B*", [1, 2]),
        ("kind=pipe,name=Ins*", "kind=pipe name=Ins* × any member", [1, 4]),
        ("same=assembly", "same assembly", [0]),
        ("file=2:file=2", "file=2 × file=2", [4]),
    ],
)
def test_words_of_the_command_line(word, title, left_out):
    """A word is an entry in short."""
    entry = parse_exclusion(word)
    assert entry.title == title
    assert np.flatnonzero(entry.fits(ELEMENTS, PAIRS)).tolist() == left_out


@pytest.mark.parametrize("word", ["", "plate", "kind=", "kind=wall", "same=colour", "kind=pipe,kind=duct", "file=3"])
def test_words_that_say_nothing_are_refused(word):
    """The word is quoted with what to write instead."""
    with pytest.raises(RequestError, match="--exclude"):
        parse_exclusion(word)


def test_the_example_of_the_guide_is_a_rules_file():
    """What people copy from the page works."""
    page = (Path(__file__).resolve().parents[3] / "docs" / "clashes.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    rules = read_rules(yaml.safe_load(example))
    assert (len(rules.tolerances), len(rules.ignore)) == (2, 3)
