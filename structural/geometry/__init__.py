"""Exact geometry of straight structural members (prisms as unions of boxes) and the grids that a network reads.

NumPy only. Lengths are millimetres, angles radians. Everything works on arrays of members; one member is an array of
length one.
"""
