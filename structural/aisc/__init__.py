"""ANSI/AISC 360-22 in US customary units (in., kip, ksi), vectorised over NumPy arrays, LRFD and ASD.

Functions return nominal strengths; `structural.aisc.method.available` turns them into design (LRFD) or allowable (ASD)
strengths. Arguments broadcast against one another, so one member and a hundred thousand go through the same call.
Formulas follow ANSI/AISC 360-22 by equation number.
"""
