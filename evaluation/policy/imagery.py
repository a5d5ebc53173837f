"""What policies of kind `imagery` hold: from which index value on a parcel is worth a look on the ground."""

from typing import ClassVar, Literal

from pydantic import Field

from evaluation.policy.model import Cited, Number, Period, Policy, Text
from gis.raster import LEAST_CORE_PIXELS


class Bound(Period):
    """The index value from which a parcel is a lead, with the days it holds; null = not set."""

    value: Number
    source: Text


class Screen(Cited):
    """One screening of parcels on images: index at least a bound, over at least so many core pixels (POLICY §13)."""

    id: Text
    label: Text
    index: Literal["ndvi", "ndbi"]
    at_least: list[Bound]
    least_pixels: int = Field(ge=LEAST_CORE_PIXELS)


class ImageryPolicy(Policy):
    """A bureau's own screening on images: no official threshold is known, and an image is never more than a lead."""

    kinds: ClassVar[tuple[str, ...]] = ("imagery",)

    kind: Literal["imagery"]
    rules: list[Screen]
