"""Elastic constants of structural steel, ANSI/AISC 360-22 (symbols E and G)."""

E_KSI = 29_000.0
"""Modulus of elasticity, ksi."""
G_KSI = 11_200.0
"""Shear modulus, ksi."""
