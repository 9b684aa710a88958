"""The files of a clash check."""

import zipfile
from pathlib import Path

import pytest

from flows.clash_outputs import Outputs, check_outputs, write_outputs
from flows.errors import FlowError
from serving.clash_report.report import build_report
from serving.clash_report.rules import ClashRules
from tests.clash_scenes import clash, element, model

pytest.importorskip("matplotlib", reason="pictures need the 'train' extra")


def report():
    """Return a report of one clash."""
    beam = element(0, low=(-2000, -50, -100), high=(2000, 50, 100))
    pipe = element(1, "pipe", low=(-40, -2000, -40), high=(40, 2000, 40))
    return build_report(model(beam, pipe), ("m.ifc",), [clash(0, 1)], ClashRules(), model_version="1-a")


def test_every_file_that_is_asked_for_is_written(tmp_path):
    """BCF with an image at the clash, page and picture; an older file is replaced, nothing else is left behind."""
    paths = [tmp_path / name for name in ("out.bcf", "out.html", "out.png")]
    paths[1].write_text("old")
    told = []
    write_outputs(
        report(), Outputs(paths[0], "3.0", paths[1], paths[2]), lambda what, share: told.append((what, share))
    )
    with zipfile.ZipFile(paths[0]) as archive:
        images = [archive.read(name) for name in archive.namelist() if name.endswith("/snapshot.png")]
    assert len(images) == 1
    assert images[0].startswith(b"\x89PNG")
    assert paths[1].read_text(encoding="utf-8").startswith("<!doctype html>")
    assert paths[2].read_bytes().startswith(b"\x89PNG")
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert told[-1] == ("drawing the picture", 1.0)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ({"bcf": "no/such/folder/out.bcf"}, "there is no folder"),
        ({"html": "."}, "cannot be written"),
        ({"png": "model.ifc"}, "is a model that is checked"),
        ({"png": "sub/../model.ifc"}, "is a model that is checked"),
        ({"html": "a", "png": "./a"}, "two results would be written to one file"),
        ({"bcf_version": "2.0"}, "--bcf-version 2.1 or 3.0"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_work(tmp_path, monkeypatch, names, told):
    """The message names the file and what to do."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    wanted = {name: value if name == "bcf_version" else Path(value) for name, value in names.items()}
    with pytest.raises(FlowError, match=told.replace(".", r"\.")):
        check_outputs(Outputs(**wanted), [Path("model.ifc")])


def test_a_disk_that_takes_nothing_is_a_plain_error(tmp_path):
    """The file of before stays."""
    path = tmp_path / "out.html"
    path.mkdir()
    with pytest.raises(FlowError, match="cannot be written"):
        write_outputs(report(), Outputs(html=path), lambda what, share: None)
