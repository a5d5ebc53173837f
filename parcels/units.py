"""Units as bureaus write them, what they measure, and the factor to the unit a column keeps."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from functools import cache

import pandas as pd

# dimension → {size in the dimension's base: the ways a unit of that size is written (NFKC, lower case)}
SIZES: dict[str, dict[str, str]] = {
    "area": {
        "1": "m2 平方米 平米 平方公尺 m",
        "2000/3": "亩 mu",
        "20000000/3": "万亩",
        "10000": "公顷 ha hm2 万平方米 万m2",
        "1000000": "平方公里 平方千米 km2",
        "0.09290304": "平方英尺 ft2 sqft",
    },
    "money": {
        "0.0001": "元 yuan 人民币元 元人民币",
        "0.1": "千元",
        "1": "万元 wan 万 万元人民币 人民币万元",
        "100": "百万元",
        "10000": "亿元 亿 亿元人民币",
    },
    "energy": {"0.001": "千克标煤 千克标准煤 kgce", "1": "吨标煤 吨标准煤 tce", "10000": "万吨标煤 万吨标准煤"},
    "electricity": {
        "1": "千瓦时 kwh kw·h kw.h 度",
        "1000": "兆瓦时 mwh",
        "10000": "万千瓦时 万kwh 万度",
        "100000000": "亿千瓦时",
    },
    "mass": {"0.001": "千克 公斤 kg", "1": "吨 t 立方米 m3 方", "10000": "万吨 万立方米 万m3"},
    "length": {"0.01": "厘米 cm", "1": "m 米", "1000": "km 公里"},
    "people": {"1": "人 名 人次", "10000": "万人"},
    "time": {"1": "年 year"},
    "months": {"1": "月 个月"},
    "share": {"0.001": "‰", "0.01": "% 百分比", "1": "ratio"},
    "count": {"1": "个 层 分 当量 家 宗 吨当量 当量吨"},
}
UNITS = {
    dimension: {unit: Fraction(size) for size, units in sizes.items() for unit in units.split()}
    for dimension, sizes in SIZES.items()
}
DENOMINATORS = UNITS["area"]


class UnitUnknown(ValueError):
    """A unit no column knows, or one that measures something else; `unit`, `wanted` and `known` say it."""

    def __init__(self, unit: str, wanted: str) -> None:
        self.unit, self.wanted, self.known = unit, wanted, known(wanted)
        super().__init__(f"unit {unit!r} cannot become {wanted!r}; known: {'、'.join(self.known)}")


def spelled(unit: str) -> str:
    """Return a unit in one spelling: ㎡, m², M2 and ｍ２ are m2."""
    text = unicodedata.normalize("NFKC", unit).strip().lower()
    return re.sub(r"^单位[:：]?|[\s^]", "", text)


def dimensions(unit: str) -> frozenset[str]:
    """Return what a unit may measure (m is a length, and careless for ㎡); empty for no unit at all."""
    text = spelled(unit)
    if "/" in text:
        above, _, below = text.partition("/")
        return frozenset({"money/area"}) if above in UNITS["money"] and below in DENOMINATORS else frozenset()
    return frozenset(dimension for dimension, units in UNITS.items() if text in units)


@cache
def factor(unit: str, wanted: str) -> Fraction:
    """Return what a value in `unit` is multiplied by to be in `wanted`, exactly. Raises UnitUnknown."""
    shared = dimensions(unit) & dimensions(wanted)
    if "length" in shared and len(shared) > 1:
        shared = frozenset({"length"})
    if not shared:
        raise UnitUnknown(unit, wanted)
    one, other, dimension = spelled(unit), spelled(wanted), min(shared)
    if one == other:
        return Fraction(1)
    if dimension == "money/area":
        return _per_area(one) / _per_area(other)
    return UNITS[dimension][one] / UNITS[dimension][other]


def known(wanted: str) -> tuple[str, ...]:
    """Return the units that can become `wanted`."""
    if dimensions(wanted) == {"money/area"}:
        return ("万元/亩", "万元/公顷", "元/平方米", "亿元/平方公里")
    return tuple(unit for dimension in sorted(dimensions(wanted)) for unit in UNITS[dimension])


def _per_area(unit: str) -> Fraction:
    above, _, below = unit.partition("/")
    return UNITS["money"][above] / DENOMINATORS[below]


def convert(values: pd.Series, unit: str, wanted: str) -> pd.Series:
    """Return numbers in `unit` as numbers in `wanted`: 15 亩 are 10,000 ㎡ exactly. Raises UnitUnknown."""
    size = factor(unit, wanted)
    return values if size == 1 else values * float(size.numerator) / float(size.denominator)
