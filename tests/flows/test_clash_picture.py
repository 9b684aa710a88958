"""The picture of a clash check."""

import io

import pytest

from serving.clash_report.report import build_report
from serving.clash_report.rules import ClashRules
from tests.clash_scenes import clash, element, model

matplotlib_image = pytest.importorskip("matplotlib.image", reason="pictures need the 'train' extra")

EVIL = r"$\frac{1}{0}$ $x$ <b> \undefined{ 梁"


def report(count, version="1-a"):
    """Return a report of so many clashes between members of hostile names."""
    parts = [
        element(row, name=f"{EVIL}{row}", low=(0, 900 * row, 0), high=(5000, 900 * row + 90, 200))
        for row in range(count)
    ]
    pipe = element(99, "pipe", name=EVIL, low=(2000, -500, 50), high=(2100, 6000, 150))
    found = [
        clash(row, count, distance=-5.0 * (row + 1), point_mm=(2050.0, 900.0 * row, 100.0)) for row in range(count)
    ]
    return build_report(model(*parts, pipe), (EVIL,), found, ClashRules(), model_version=version)


@pytest.mark.filterwarnings("error:Glyph")
@pytest.mark.parametrize("count", [0, 3])
def test_a_picture_is_a_png_whatever_the_names(count):
    """Names with formulas are texts, those of other scripts raise no warning; a model without clashes has one too."""
    from flows.clash_picture import draw_picture

    image = matplotlib_image.imread(io.BytesIO(draw_picture(report(count))), format="png")
    assert image.shape[0] > 800
    assert image.std() > 0.01


def test_pixels_become_the_same_pixels_in_png():
    """What a snapshot shows is what is stored."""
    import numpy as np

    from flows.clash_picture import png_of

    image = np.random.default_rng(1).integers(0, 255, (12, 16, 3), dtype=np.uint8)
    read = matplotlib_image.imread(io.BytesIO(png_of(image)), format="png")
    np.testing.assert_array_equal((read[..., :3] * 255).round().astype(np.uint8), image)
