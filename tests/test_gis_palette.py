"""Looks at every colour table with simulated eyes and in grey."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from gis import palette

TABLES = {
    "GRADE": palette.GRADE,
    "IDLE": palette.IDLE,
    "OUTCOME": palette.OUTCOME,
    "USE_GROUP": palette.USE_GROUP,
    "COUNTED_ROLE": palette.COUNTED_ROLE,
    "BAND": palette.BAND,
}
# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array([
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
])
WHITE = np.array([0.95047, 1.0, 1.08883])
LEAST_DELTA_E = {"BAND": 15.0}  # a ramp steps evenly and needs less
USUAL_DELTA_E = 17.0


def seen(colours: list[str], sight: str) -> np.ndarray:
    """Return CIE L*a*b* (D65) of each colour as that eye sees it."""
    srgb = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in colours]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ np.array(SIGHT[sight]).T, 0, 1) @ TO_XYZ.T / WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


def closest(colours: list[str], sight: str) -> float:
    lab = seen(colours, sight)
    return min(float(np.linalg.norm(a - b)) for a, b in combinations(lab, 2))


def solid(table: palette.Table) -> list[str]:
    return [swatch.colour for swatch in table.swatches if not swatch.hatched]


def test_the_simulation_finds_the_red_green_palette_that_fails() -> None:
    red_green = ["#1a9850", "#91cf60", "#fee08b", "#d73027"]
    assert closest(red_green, "deutan") < 17
    grey = seen(red_green, "normal")[:, 0]
    assert abs(grey[0] - grey[3]) < 8


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("name", TABLES)
def test_solid_colours_of_a_table_stay_apart_for_every_eye(name: str, sight: str) -> None:
    assert closest(solid(TABLES[name]), sight) >= LEAST_DELTA_E.get(name, USUAL_DELTA_E)


@pytest.mark.parametrize("name", TABLES)
def test_hatched_classes_of_a_table_have_different_hatches(name: str) -> None:
    hatches = [swatch.hatch for swatch in TABLES[name].swatches if swatch.hatched]
    assert len(set(hatches)) == len(hatches)


@pytest.mark.parametrize("name", TABLES)
def test_no_answer_is_hatched_and_never_a_pale_colour(name: str) -> None:
    table = TABLES[name]
    assert table.swatches[table.code(table.missing)].hatched


def test_grades_a_to_d_darken_in_grey_by_seventeen_at_least_and_all_six_by_nine() -> None:
    grey = seen(solid(palette.GRADE), "normal")[:, 0]
    assert (np.diff(grey) <= -9).all()
    four = seen(["#bfe3f5", "#6aaed6", "#b5651d", "#4d0f1a"], "normal")[:, 0]
    assert (np.diff(four) <= -17).all()
    assert [palette.GRADE.swatches[palette.GRADE.code(word)].colour for word in "ABCD"] == [
        "#bfe3f5",
        "#6aaed6",
        "#b5651d",
        "#4d0f1a",
    ]


def test_a_rising_quantity_darkens_in_grey() -> None:
    assert (np.diff(seen(solid(palette.BAND), "normal")[:, 0]) <= -15).all()


def test_use_groups_are_the_words_of_the_contract() -> None:
    assert set(palette.USE_GROUP.words) == {
        "industrial", "mining", "storage", "research", "residential_commercial", "public_service", "infrastructure",
        "transport", "green", "special", "reserved", "vacant", "agricultural_facility", "non_construction", "unmapped",
    }  # fmt: skip


def test_missing_and_empty_words_take_the_class_of_no_answer() -> None:
    values = pd.Series(["A", None, "", np.nan, pd.NA, "T"], dtype="object")
    missing = palette.GRADE.code("")
    assert palette.GRADE.codes(values).tolist() == [
        palette.GRADE.code("A"), missing, missing, missing, missing, palette.GRADE.code("T"),
    ]  # fmt: skip
    assert palette.IDLE.codes(pd.Series(["no", None], dtype="str")).tolist() == [0, palette.IDLE.code("unknown")]
    assert palette.GRADE.codes(pd.Series([], dtype="str")).tolist() == []


def test_a_word_without_a_colour_is_refused_by_name() -> None:
    with pytest.raises(palette.WordWithoutColour) as caught:
        palette.OUTCOME.codes(pd.Series(["pass", "maybe", "perhaps"]))
    assert caught.value.words == ("maybe", "perhaps")


def test_a_value_on_a_break_belongs_to_the_band_above() -> None:
    codes = palette.bands(pd.Series([0.0, 4.9999, 5.0, 100.0, np.nan, -1.0]), [5, 10, 20, 40])
    assert codes.tolist() == [0, 0, 1, 4, 5, 0]
    with pytest.raises(ValueError, match="rising"):
        palette.bands(pd.Series([1.0]), [5, 5, 20, 40])


def test_a_policy_with_its_own_labels_gets_the_grade_colours_in_order() -> None:
    table = palette.ranked(["优先发展", "鼓励提升", "监管调控", "落后整治"])
    assert [swatch.colour for swatch in table.swatches[:4]] == ["#bfe3f5", "#6aaed6", "#b5651d", "#4d0f1a"]
    assert table.swatches[table.code("")].hatched
    assert palette.ranked(["A", "B", "C", "D"]) is palette.GRADE
    assert len(palette.ranked(list("一二三四五六")).swatches) == 9
    with pytest.raises(palette.WordWithoutColour):
        palette.ranked(list("一二三四五六七"))
