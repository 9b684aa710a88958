"""The shapes that are candidates, in the order in which they are preferred."""

from functools import cache

import numpy as np

from structural.shapes import ShapeTable, load_shapes


@cache
def catalogue() -> ShapeTable:
    """Return the W shapes sorted by preference: lighter first, then shallower, then by name."""
    shapes = load_shapes("W")
    return shapes.take(np.lexsort((shapes.name, shapes.d_in, shapes.weight_lb_ft)))
