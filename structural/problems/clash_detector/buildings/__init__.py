"""Whole buildings with joints as a detailer means them and errors put in: `draw_building`.

What the scenes of single pairs cannot show: neighbours that come near by chance, repeated profiles, grids that are
turned, members with many partners. NumPy only; a building is written as IFC and read back on the floors above.
"""

from structural.problems.clash_detector.buildings.drawing import draw_building
from structural.problems.clash_detector.buildings.parts import Building

__all__ = ["Building", "draw_building"]
