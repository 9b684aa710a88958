"""Prices: what a detailed connection costs, made and erected.

`CostTable` is the priced table. Its defaults equal ``configs/connection_costs.yaml`` (a test keeps them equal); they
are planning assumptions for US work, meant to be replaced by a fabricator's own rates. Amounts are US dollars.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.elementwise import squared
from structural.errors import StructuralError
from structural.problems.connection_designer.catalogue import DETAILED_FAMILIES, Family
from structural.problems.connection_designer.request import BOLT_GRADES, FloatArray, Joint

STEEL_LB_PER_IN3 = 0.2836


def _default_grade_factors() -> dict[str, float]:
    return {"A307": 0.7, "A325": 1.0, "F1852": 1.1, "F3148": 1.35, "A490": 1.45, "F2280": 1.6}


def _default_shop_hours() -> dict[str, float]:
    return {
        "bolted_bearing": 4.0,
        "bolted_slip_critical": 4.4,
        "shear_tab": 2.4,
        "double_angle": 2.8,
        "welded": 3.4,
        "extended_end_plate": 5.5,
    }


def _default_field_hours() -> dict[str, float]:
    return {
        "bolted_bearing": 2.6,
        "bolted_slip_critical": 3.0,
        "shear_tab": 1.2,
        "double_angle": 1.6,
        "welded": 7.5,
        "extended_end_plate": 2.8,
    }


@dataclass(frozen=True, slots=True)
class CostTable:
    """Unit prices and hours; every number > 0.

    ``shop_hours`` and ``field_hours`` are the fixed hours of one connection of each family (drawing, handling,
    fit-up, erection, access for field welding); the rest is counted by the piece.
    """

    shop_usd_per_hour: float = 95.0
    field_usd_per_hour: float = 120.0
    plate_usd_per_lb: float = 1.6
    angle_usd_per_lb: float = 1.6
    bolt_fixed_usd: float = 2.0
    bolt_usd_per_in3: float = 4.2
    hole_shop_hours: float = 0.09
    bolt_field_hours: float = 0.13
    pretension_field_hours: float = 0.07
    faying_surface_usd_per_in2: float = 0.25
    weld_metal_usd_per_lb: float = 4.0
    shop_weld_lb_per_hour: float = 1.8
    field_weld_lb_per_hour: float = 0.8
    weld_inspection_usd_per_in: float = 1.1
    groove_weld_inspection_usd_per_in: float = 6.0
    bolt_grade_factor: Mapping[str, float] = field(default_factory=_default_grade_factors)
    shop_hours: Mapping[str, float] = field(default_factory=_default_shop_hours)
    field_hours: Mapping[str, float] = field(default_factory=_default_field_hours)

    def __post_init__(self) -> None:
        """Refuse prices that are not positive and tables that do not name every grade or family."""
        names: dict[str, tuple[str, ...]] = {
            "bolt_grade_factor": BOLT_GRADES,
            "shop_hours": tuple(map(str, DETAILED_FAMILIES)),
            "field_hours": tuple(map(str, DETAILED_FAMILIES)),
        }
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name in names and set(map(str, value)) != set(names[item.name]):
                raise StructuralError(f"{item.name} must name exactly {', '.join(names[item.name])}", field=item.name)
            numbers = list(value.values()) if item.name in names else [value]
            if not all(number > 0 for number in numbers):
                raise StructuralError(f"{item.name} must be greater than 0", field=item.name)

    @staticmethod
    def from_mapping(data: Mapping[str, Any]) -> "CostTable":
        """Build a table from parsed YAML; keys that are not prices raise `StructuralError`, missing ones default."""
        unknown = sorted(set(data) - {item.name for item in fields(CostTable)})
        if unknown:
            raise StructuralError(f"unknown prices: {', '.join(unknown)}", field=unknown[0])
        return CostTable(**data)

    def fixed_usd(self, family: Family) -> float:
        """Return the fixed cost of one connection of this family."""
        shop, site = self.shop_hours[family], self.field_hours[family]
        return shop * self.shop_usd_per_hour + site * self.field_usd_per_hour

    def plate_usd(self, volume_in3: FloatArray) -> FloatArray:
        """Return the cost of plate, cut, by volume."""
        return volume_in3 * STEEL_LB_PER_IN3 * self.plate_usd_per_lb

    def angle_usd(self, volume_in3: FloatArray) -> FloatArray:
        """Return the cost of angle, cut, by volume."""
        return volume_in3 * STEEL_LB_PER_IN3 * self.angle_usd_per_lb

    def bolts_usd(
        self, joint: Joint, bolts: FloatArray, holes: FloatArray, grip_in: FloatArray, pretensioned: FloatArray
    ) -> FloatArray:
        """Return the cost of bolts supplied and installed and of their holes, (n,).

        ``bolts`` and ``holes`` are counts, ``grip_in`` the thickness clamped, ``pretensioned`` 1.0 or 0.0.
        """
        factors = self._grade_factors(joint.grade)
        stem_in3 = squared(joint.diameter) * (grip_in + 2.0 * joint.diameter)
        supply = factors * (self.bolt_fixed_usd + self.bolt_usd_per_in3 * stem_in3)
        hours = self.bolt_field_hours + self.pretension_field_hours * pretensioned
        holes_usd = holes * self.hole_shop_hours * (0.5 + 0.5 * joint.diameter) * self.shop_usd_per_hour
        return bolts * (supply + hours * self.field_usd_per_hour) + holes_usd

    def _grade_factors(self, grade: NDArray[np.intp]) -> FloatArray | float:
        if grade.ndim == 0:
            return self.bolt_grade_factor[BOLT_GRADES[int(grade)]]
        factors: FloatArray = np.array([self.bolt_grade_factor[name] for name in BOLT_GRADES])[grade]
        return factors

    def fillet_usd(self, size_in: FloatArray, length_in: FloatArray, *, on_site: bool) -> FloatArray:
        """Return the cost of fillet weld of a leg size over a total length, deposited in the shop or on site."""
        weight = self._deposit_usd(0.5 * squared(size_in) * length_in, on_site=on_site)
        return weight + self.weld_inspection_usd_per_in * length_in

    def groove_usd(self, thickness_in: FloatArray, length_in: FloatArray) -> FloatArray:
        """Return the cost of complete-penetration groove weld made in the shop (45 degree bevel, 1/4 in. root)."""
        volume = (0.5 * squared(thickness_in) + 0.25 * thickness_in) * length_in
        return self._deposit_usd(volume, on_site=False) + self.groove_weld_inspection_usd_per_in * length_in

    def _deposit_usd(self, volume_in3: FloatArray, *, on_site: bool) -> FloatArray:
        rate = self.field_weld_lb_per_hour if on_site else self.shop_weld_lb_per_hour
        wage = self.field_usd_per_hour if on_site else self.shop_usd_per_hour
        return volume_in3 * STEEL_LB_PER_IN3 * (self.weld_metal_usd_per_lb + wage / rate)
