"""Every page opens, empty and with the demo, and says what the csv says."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from parcels.words import say, word
from screens.components.runs import VARIABLE

if TYPE_CHECKING:
    from conftest import Demo

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("overview", "atlas", "firms", "reclaim", "zones", "expansion", "health", "policies")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def opened(name: str) -> AppTest:
    """Run one page alone, as the navigation would."""
    script = f"from screens.components import chosen\nfrom screens import {name}\nchosen.sidebar()\n{name}.page()\n"
    return AppTest.from_string(script, default_timeout=120).run()


def texts(page: AppTest) -> str:
    parts = [*page.title, *page.markdown, *page.text, *page.caption, *page.info, *page.warning, *page.subheader]
    return "\n".join(str(part.value) for part in parts)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_without_any_run_says_what_to_do(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    page = opened(name)
    assert not page.exception
    assert say("screens.empty.how") in texts(page)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_with_the_demo(name: str, demo: "Demo", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(demo.workspace))
    page = opened(name)
    assert not page.exception, page.exception
    assert say(f"screens.page.{name}") in texts(page)


def test_the_overview_counts_what_the_csv_holds(demo: "Demo", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(demo.workspace))
    said = texts(opened("overview"))
    firms = pd.read_csv(demo.run / "firms.csv", dtype=str, encoding="utf-8-sig")
    parcels = pd.read_csv(demo.run / "parcels.csv", dtype=str, encoding="utf-8-sig")
    for grade, count in firms["grade"].value_counts().items():
        assert f"{grade}　{count}" in said
    for state, count in parcels["idle"].value_counts().items():
        assert f"{word('idle', state)}　{count}" in said


def test_the_table_of_firms_shows_the_digits_of_the_csv(demo: "Demo", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(demo.workspace))
    shown = opened("firms").dataframe[0].value
    firms = pd.read_csv(demo.run / "firms.csv", dtype=str, encoding="utf-8-sig").set_index("uscc")
    assert len(shown) == len(firms)
    for uscc, score in zip(shown["统一社会信用代码"], shown["得分（分）"], strict=True):
        wanted = firms.at[uscc, "score"]
        assert (pd.isna(score) and pd.isna(wanted)) or f"{score:.4f}" == wanted


def test_the_list_for_reclaim_balances_its_mu(demo: "Demo", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(demo.workspace))
    page = opened("reclaim")
    shown = page.dataframe[0].value
    total = f"{shown['面积（亩）'].sum():.4f}"
    assert total in texts(page)


def test_firms_at_a_cliff_are_told_before_publication(demo: "Demo", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(demo.workspace))
    page = opened("firms")
    page.toggle(key="cliffs").set_value(True).run(timeout=300)
    assert not page.exception, page.exception
    assert "离分档线这么近的" in texts(page)


def test_a_bureau_fills_a_blank_in_a_file_of_its_own(
    demo: "Demo", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluation.policy.load import load
    from screens.components import filling

    monkeypatch.setenv(VARIABLE, str(tmp_path))
    policy = load("huangyan-2022")
    empty = filling.blanks(policy)
    assert any(path.startswith("classes") or path == "classes" for path in empty)
    page = AppTest.from_string("from screens.components import filling\nfilling.draw()\n", default_timeout=120).run()
    page.selectbox[0].set_value("huangyan-2022").run(timeout=120)
    given = next(one for one in page.text_input if one.key == "value-huangyan-2022-scoring.cap")
    given.set_value("1.5")
    for label, value in (
        (say("screens.filling.text"), "本县办法第八条"),
        (say("screens.filling.by"), "张三"),
        (say("screens.filling.title"), "某县办法"),
    ):
        next(one for one in page.text_input if one.label == label).set_value(value)
    page.button[0].click().run(timeout=120)
    assert not page.exception, page.exception
    assert [message.value for message in page.error] == []
    own = load(tmp_path / "policies" / "my-huangyan-2022.yaml")
    assert own.inherits == "huangyan-2022"
    assert own.data["scoring"]["cap"] == 1.5
    assert policy.data["scoring"]["cap"] is None, "the shipped policy stays as it was"


def test_the_best_class_of_a_policy_with_its_own_labels_has_the_best_colour() -> None:
    from types import SimpleNamespace

    from gis import palette
    from screens.components.tiling import themes

    firms = pd.DataFrame({
        "grade_initial": ["丁", "甲", "乙", "丙"],
        "grade": ["丁", "甲", "乙", "T"],
        "rank": [4, 1, 2, 3],
    })
    table = themes(SimpleNamespace(verdicts=SimpleNamespace(firms=firms)))["grade"].table
    assert [swatch.word for swatch in table.swatches[:4]] == ["甲", "乙", "丙", "丁"]
    assert table.swatches[0].colour == palette.GRADE.swatches[palette.GRADE.code("A")].colour
    with pytest.raises(palette.WordWithoutColour):
        table.codes(pd.Series(["戊"]))
