"""A dated price list: what is read from a file, checked."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.errors import InfraError

Basis = Literal["list", "recalled", "derived", "assumed"]


class Price(BaseModel):
    """One price in US dollars, and how well it is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    usd: float = Field(ge=0, allow_inf_nan=False)
    basis: Basis
    note: str = ""


class Ratio(BaseModel):
    """What is paid of a list price (0 to 1), and how well that is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float = Field(gt=0, le=1)
    basis: Basis
    note: str = ""


class PriceList(BaseModel):
    """Prices of one region on one day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    region: str
    as_of: date
    hours_a_month: float = Field(gt=0, le=744)
    prices: dict[str, Price]
    ratios: dict[str, Ratio]

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> "PriceList":
        """Return the list of a parsed file; raises `InfraError` naming what is wrong in it."""
        try:
            return cls.model_validate(mapping)
        except ValidationError as error:
            places = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
            raise InfraError(f"price list: {places}") from error

    def usd(self, name: str) -> float:
        """Return a price; raises `InfraError` for one that the list lacks."""
        if name not in self.prices:
            raise InfraError(f"the price list of {self.region}, {self.as_of}, has no price {name!r}; add it")
        return self.prices[name].usd

    def ratio(self, name: str) -> float:
        """Return a ratio; raises `InfraError` for one that the list lacks."""
        if name not in self.ratios:
            raise InfraError(f"the price list of {self.region}, {self.as_of}, has no ratio {name!r}; add it")
        return self.ratios[name].value
