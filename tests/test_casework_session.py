"""What a session answers after a correction or a moved weight is what a full read, build and evaluate answers."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.session import Session
from evaluation.finding import Verdicts
from evaluation.grading.membership import membership
from evaluation.policy.load import load_all
from evaluation.run import evaluate
from parcels import splice
from parcels.book import Book, corrected, prepare
from parcels.columns import columns
from parcels.content import place_of
from parcels.corrections import COLUMNS, applied, key_text
from parcels.delivery import read
from parcels.demo import POLICIES, write
from parcels.memory import Memory, remembered, remembering

YEAR, DAY = 2025, date(2025, 12, 31)
LAND = {
    "areas",
    "drawings",
    "holdings",
    "links",
    "landcodes",
    "landuse",
    "zone",
    "intensity",
    "expansion",
    "_idle",
    "built",
}
WORDS = {"number": ["", "0", "1", "37.5", "20000", "-3"], "int": ["", "2", "7"], "date": ["", "2019-02-28", "2025-12-31"],
         "month": ["", "2025-03"], "bool": ["", "是", "否"], "text": ["", "甲", "0601", "S990122"]}  # fmt: skip


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Session:
    folder = tmp_path_factory.mktemp("tiny") / "in"
    write(folder, parcels=300, firms=120)
    return Session(folder)


def correction(table: str, key: str, column: str, value: str) -> pd.DataFrame:
    return pd.DataFrame([[table, key, column, value, "王芳", "2026-03-01", "核对原件"]], columns=COLUMNS)


def same(one: pd.DataFrame, other: pd.DataFrame, name: str) -> None:
    pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other), check_exact=True, obj=name)


def agree(kept: tuple[Book, Verdicts], whole: tuple[Book, Verdicts]) -> None:
    for table in whole[0].tables:
        same(kept[0].tables[table], whole[0].tables[table], table)
    for field in fields(Verdicts):
        one, other = getattr(kept[1], field.name), getattr(whole[1], field.name)
        if isinstance(other, pd.DataFrame):
            same(one, other, field.name)
    assert kept[1].questions == whole[1].questions
    same(kept[1].counted, whole[1].counted, "counted")


@settings(max_examples=8)
@given(data=st.data())
def test_any_corrected_cell_gives_the_verdicts_of_a_full_evaluate(opened: Session, data: st.DataObject) -> None:
    ready = opened._prepared
    wanted = pd.concat([
        drawn_correction(ready.tables, data) for _ in range(data.draw(st.integers(1, 3), label="how many"))
    ])
    policies = load_all(POLICIES)
    book = opened.book(wanted)
    whole = corrected(ready, wanted)
    agree((book, opened.evaluate(book, policies, YEAR, DAY)), (whole, evaluate(whole, policies, YEAR, DAY)))


def drawn_correction(tables: Mapping[str, pd.DataFrame], data: st.DataObject) -> pd.DataFrame:
    table = data.draw(st.sampled_from([name for name in tables if len(tables[name])]), label="table")
    one = data.draw(st.sampled_from([c for c in columns(table) if not c.key and c.type != "geometry"]), label="column")
    row = tables[table].iloc[data.draw(st.integers(0, len(tables[table]) - 1), label="row")]
    names = [c.column for c in columns(table) if c.key] or ["_source", "_row"]
    key = row[names[0]] if len(names) == 1 else tuple(row[names])
    value = data.draw(st.sampled_from([*one.values.values()] or WORDS[one.type]), label="value")
    return correction(table, key_text(key), one.column, value)


def test_a_corrected_tax_measures_no_land_again(opened: Session) -> None:
    policies = load_all(POLICIES)
    opened.evaluate(opened.book(), policies, YEAR, DAY)
    firm = opened._prepared.tables["firm_years"].query("year == 2025")["uscc"].iloc[0]
    opened.memory.worked.clear()
    book = opened.book(correction("firm_years", f"{firm}|2025", "tax_wan", "1.5"))
    opened.evaluate(book, policies, YEAR, DAY)
    assert "evaluation.grading.verdict.grade" in opened.memory.worked
    assert not [step for step in opened.memory.worked if set(step.split(".")) & LAND]


def test_a_moved_weight_grades_again_and_nothing_else(opened: Session) -> None:
    policies = load_all(POLICIES)
    book = opened.book()
    before = opened.evaluate(book, policies, YEAR, DAY)
    grading = next(one for one in policies if one.kind == "grading")
    first, *others = grading.indicators
    moved = grading.model_copy(update={"indicators": [first.model_copy(update={"weight": 60.0}), *others]})
    opened.memory.worked.clear()
    asked = [moved if one is grading else one for one in policies]
    after = opened.evaluate(book, asked, YEAR, DAY)
    graded = {f"evaluation.grading.{name}" for name in ("verdict.grade", "membership._by_firm")}
    told = {f"evaluation.run.{name}" for name in ("_firms", "_users", "_parcels", "_found", "shown")}
    assert set(opened.memory.worked) <= graded | told
    assert after.firms["score"].ne(before.firms["score"]).any()
    same(after.parcels.drop(columns=["grade"]), before.parcels.drop(columns=["grade"]), "parcels")


class Doubting(Memory):
    """A memory that asks every step by key of some keys as well, and holds that against what it said of all."""

    def __init__(self) -> None:
        super().__init__()
        self.held: Counter[str] = Counter()
        self.chance = np.random.default_rng(7)

    def near(self, name: str, by: Sequence[str], given: Any, work: Callable[[Any], Any]) -> Any:
        frames: list[pd.DataFrame] = []
        splice.each_frame(given, by, frames.append)
        made = work(given)
        every = pd.concat([splice._whose(frame, by) for frame in frames]).dropna().unique()
        for size in (1, 3, len(every) // 3):
            keys = pd.Index(self.chance.choice(every, min(size, len(every)), replace=False))
            here = splice.Here(keys, by)
            few = iter([splice._restricted(frame, here) for frame in frames])
            some = work(splice.each_frame(given, by, lambda _: next(few)))  # noqa: B023
            try:
                laid = splice._laid_in(made, some, here)
            except splice.Unfit:
                continue
            self.held[name] += 1
            for one, other in zip(shapes(laid), shapes(made), strict=True):
                same(one, other, name)
        return made


def shapes(made: Any) -> list[pd.DataFrame]:
    return [made] if isinstance(made, pd.DataFrame) else [frame for one in made for frame in shapes(one)]


def test_a_step_by_key_says_of_some_keys_what_it_says_of_them_among_all(opened: Session) -> None:
    memory = Doubting()
    with remembering(memory):
        evaluate(corrected(opened._prepared), load_all(POLICIES), YEAR, DAY)
    steps = {name.rsplit(".", 1)[1] for name in memory.held}
    firms = {"firm_frame", "_by_firm", "frame", "_users"}
    assert steps >= firms | {"_idle", "_held_to", "_said", "cited_by", "clock", "_by_parcel", "_parcels"}


def test_whether_marks_are_kept_at_all_is_asked_of_every_firm_when_one_is_corrected(opened: Session) -> None:
    """A firm without a mark in a register that keeps marks has none; in a register without marks it is unknown."""
    grading = next(one for one in load_all(POLICIES) if one.kind == "grading")
    first, *_ = grading.groups
    marked = grading.model_copy(
        update={
            "statuses": [],
            "populations": [first.model_copy(update={"test": {"column": "labels", "has": "高新技术企业"}})],
        }
    )
    frame = pd.DataFrame({"labels": ["高新技术企业", None, None, None], "has_year": True, "tax_wan": [1.0, 2.0, 3.0, 4.0]},
                         index=pd.Index(list("甲乙丙丁"), name="uscc"))  # fmt: skip
    with remembering(Memory()):
        before = membership(marked, frame)
        after = membership(marked, frame.assign(tax_wan=[1.0, 9.0, 3.0, 4.0]))
    assert before["status"].tolist() == ["evaluated", "exempt", "exempt", "exempt"]
    same(after, before, "membership")


def test_a_few_changed_keys_are_asked_alone_and_laid_into_the_answer() -> None:
    asked: list[list[str]] = []

    @remembered(by=("id",))
    def doubled(rows: pd.DataFrame, factor: int) -> pd.DataFrame:
        asked.append(list(rows["id"]))
        return pd.DataFrame({"id": rows["id"], "twice": rows["x"] * factor, "kept": rows["y"]})

    rows = pd.DataFrame({"id": [f"第{n}" for n in range(100)], "x": np.arange(100.0), "y": ["同"] * 100})
    other = rows.assign(x=rows["x"].where(rows["id"] != "第41", -1.0))
    with remembering(Memory()) as memory:
        first, second = doubled(rows, 2), doubled(other, 2)
        doubled(other, 3)
        doubled(other.iloc[::-1].reset_index(drop=True), 2)
    assert [len(one) for one in asked] == [100, 1, 100, 100]
    assert memory.few.total() == 1
    assert (second["twice"] != first["twice"]).sum() == 1
    assert second["twice"][41] == -2.0
    assert place_of(second["kept"].array, second["kept"].dtype) == place_of(first["kept"].array, first["kept"].dtype)


@pytest.mark.parametrize("cells", [["甲", None], [1.5, None], [pd.Timestamp("2025-01-01"), pd.NaT], pd.Categorical(["a", "b"]),
                                   pd.array([1, None], "Int64"), pd.array([True, None], "boolean"), [1, "一"]])  # fmt: skip
def test_a_cell_made_blank_or_moved_makes_its_row_another_one(cells: Any) -> None:
    column = pd.Series(cells)
    moved = column.iloc[[1, 0]].reset_index(drop=True)
    assert not splice.differing(pd.DataFrame({"x": column}), pd.DataFrame({"x": column.copy(deep=True)})).any()
    assert splice.differing(pd.DataFrame({"x": column}), pd.DataFrame({"x": moved})).all()


def test_a_number_that_turns_into_minus_nothing_is_another_one() -> None:
    assert splice.differing(pd.DataFrame({"x": [0.0, 1.0]}), pd.DataFrame({"x": [-0.0, 1.0]})).tolist() == [True, False]


def test_a_step_sees_only_the_columns_it_says_it_reads() -> None:
    @remembered(land=("a",))
    def cheat(tables: dict[str, pd.DataFrame]) -> float:
        return float(tables["land"]["b"].sum())

    land = {"land": pd.DataFrame({"a": [1.0], "b": [2.0]})}
    assert cheat(land) == 2.0
    with remembering(Memory()), pytest.raises(KeyError):
        cheat(land)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["a", "b"], ["ab", ""]), (["a", None], ["a", ""]), ([1.0, None], [1.0, 0.0]), (["1"], [1]),
        ([True, None], [True, False]), ([pd.Timestamp("2025-01-01")], [pd.Timestamp("2025-01-02")]),
        (pd.Categorical(["a", "b"]), pd.Categorical(["a", "c"])), (pd.Categorical(["a", "b"]), pd.Categorical(["b", "a"])),
    ],
)  # fmt: skip
def test_columns_that_differ_are_not_taken_for_each_other(one: list[object], other: list[object]) -> None:
    memory, calls = Memory(), []

    @remembered(t=("x",))
    def step(tables: dict[str, pd.DataFrame]) -> int:
        calls.append(1)
        return len(calls)

    with remembering(memory):
        for cells in (one, other, one, other):
            step({"t": pd.DataFrame({"x": cells})})
    assert len(calls) == 2


def test_the_same_texts_are_the_same_however_they_lie_in_memory() -> None:
    whole = pd.DataFrame({"x": pd.Series(["甲", None, "乙丙", "丁"], dtype="str")})
    masked = pd.DataFrame({"x": pd.Series(["甲", "x", "乙丙", "丁"], dtype="str").mask([False, True, False, False])})
    sliced = pd.concat([whole, whole]).iloc[4:].reset_index(drop=True)
    memory = Memory()

    @remembered(t=("x",))
    def step(tables: dict[str, pd.DataFrame]) -> int:
        return len(tables["t"])

    with remembering(memory):
        for frame in (whole, masked, sliced):
            step({"t": frame})
    assert (memory.asked, memory.worked.total()) == (3, 1)


def test_a_full_memory_forgets_what_was_not_asked_for_longest() -> None:
    memory = Memory(most=2)
    for name in ("a", "b", "a", "c", "b"):
        memory.answer(name, (), lambda: name)  # noqa: B023
    assert (memory.asked, memory.worked.total()) == (5, 4)


def test_a_correction_beside_the_delivery_and_one_of_the_session_agree(opened: Session, tmp_path: Path) -> None:
    ready = opened._prepared
    firm = ready.tables["firms"]["uscc"].iloc[3]
    wanted = correction("firms", firm, "scale", "规下")
    by_hand = opened.book(wanted)
    folder = tmp_path / "in"
    folder.mkdir()
    for each in ready.delivery.inputs:
        (folder / each.path).write_bytes(each.location.read_bytes())
    wanted.to_csv(folder / "corrections.csv", index=False, encoding="utf-8")
    beside = corrected(prepare(read(folder)))
    same(by_hand.tables["firms"], beside.tables["firms"], "firms")


def test_what_an_answer_was_made_of_is_kept_as_long_as_the_answer() -> None:
    memory = Memory(most=3)

    def whole(year: int) -> str:
        return memory.answer("whole", year, lambda: memory.answer("part", (), lambda: "p"))

    whole(2024)
    for name in ("a", "b", "c", "d"):
        memory.answer(name, (), str)
        whole(2024)
    whole(2025)
    assert memory.worked["part"] == 1


def test_a_column_written_to_in_place_is_told_apart_from_what_it_was() -> None:
    memory = Memory()
    for cells, other in (([1.0, 2.0], 3.0), (["甲", "乙"], "丙"), ([pd.Timestamp("2025-01-01"), pd.NaT], pd.NaT),
                         (pd.array([1, 2], "Int64"), 3), (pd.array([True, None], "boolean"), False)):  # fmt: skip
        frame = pd.DataFrame({"x": cells, "y": cells})
        before = memory.answer("read", frame, frame["x"].tolist)
        frame.loc[0, "x"] = other
        after = memory.answer("read", frame, frame["x"].tolist)
        assert before == list(cells)
        assert after[0] is other or after[0] == other


def test_columns_at_the_place_of_others_that_are_gone_are_read_anew() -> None:
    memory = Memory(most=2)
    for number in range(200):
        frame = pd.DataFrame({"x": [float(number)] * 1000, "y": pd.Series([f"第{number}"] * 1000, dtype="str")})
        said = memory.answer("read", frame, frame.iloc[0].tolist)
        assert said == [number, f"第{number}"]


def test_a_correction_leaves_every_other_column_where_it_lies(opened: Session) -> None:
    ready = opened._prepared
    firm = ready.tables["firms"]["uscc"].iloc[3]
    corrected_tables, _, _ = applied(ready.tables, correction("firms", firm, "scale", "规下"))
    one, other = corrected_tables["firms"], ready.tables["firms"]
    assert all(corrected_tables[name] is frame for name, frame in ready.tables.items() if name != "firms")
    moved = [
        name
        for name in other
        if place_of(one[name].array, one[name].dtype) != place_of(other[name].array, other[name].dtype)
    ]
    assert moved == ["scale"]
