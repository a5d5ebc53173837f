"""The shipped grading profiles: their own examples run, nothing not seen is filled, unguarded values listed."""

import datetime as dt
from pathlib import Path

import pytest

from evaluation import policy
from evaluation.grading import examples, grade, published
from evaluation.policy import fill, guard
from evaluation.policy.grading import GradingPolicy

GRADING = (
    "template-five", "demo-five", "huaian-2024", "huangyan-2022", "sichuan-2020", "zhengzhou-2018", "jingde-2022",
    "changle-2023", "longyou-2021", "anhui-a", "gaoming-2018",
)  # fmt: skip


def grading(name: str) -> GradingPolicy:
    loaded = policy.load(name)
    assert isinstance(loaded, GradingPolicy)
    return loaded


@pytest.mark.parametrize("name", GRADING)
def test_a_profile_names_what_it_does_not_model(name: str) -> None:
    assert grading(name).not_modelled


@pytest.mark.parametrize("name", GRADING)
def test_a_profile_ships_no_differential_price(name: str) -> None:
    assert [c for c in grading(name).consequences if c.value is not None] == []


def test_what_was_not_seen_stays_blank() -> None:
    """POLICY §1.11, the column `blank`."""
    huangyan = grading("huangyan-2022")
    assert huangyan.classes is None
    assert {"cap", "floor", "missing", "zero_denominator"} <= set(huangyan.scoring.blanks())
    template = grading("template-five")
    assert all(item.weight is None and item.benchmark is None for item in template.indicators)
    assert (template.populations, template.classes, template.scoring.method) == (None, None, None)
    changle = grading("changle-2023")
    assert all(item.weight is None and item.benchmark is None for item in changle.indicators)
    assert changle.classes is not None
    assert (changle.classes[0].rounding, changle.classes[0].ties) == (None, None)
    zhengzhou = grading("zhengzhou-2018")
    assert all(item.weight is None for item in zhengzhou.indicators)
    anhui = grading("anhui-a")
    assert all(item.benchmark is None for item in anhui.indicators)
    longyou = grading("longyou-2021")
    assert [item.weight for item in longyou.indicators] == [30, 25, None, None, None, None, None, None]
    assert sum(item.weight or 0 for item in grading("sichuan-2020").indicators) == 100


def test_the_published_numbers_are_the_published_numbers() -> None:
    huangyan = grading("huangyan-2022")
    published = [(i.weight, i.benchmark.values[2022]) for i in huangyan.indicators if hasattr(i.benchmark, "values")]
    assert published == [
        (30, 24.097), (20, 136.16), (20, 2.694), (10, 4929.81), (10, 18.14), (10, 0.0302), (50, 11.5932), (50, 0.2352),
    ]  # fmt: skip


def test_an_example_that_lies_is_found(tmp_path: Path) -> None:
    text = (
        (Path(policy.load("huangyan-2022").file))
        .read_text(encoding="utf-8")
        .replace("score: 112.7552", "score: 112.7553")
    )
    (tmp_path / "huangyan-2022.yaml").write_text(text, encoding="utf-8")
    liar = policy.load(tmp_path / "huangyan-2022.yaml")
    assert isinstance(liar, GradingPolicy)
    assert next(str(wrong) for wrong in examples.differing(liar)) == (
        "样例“c1 规上（构造的输入，公布的公式）”的 c1：score 应为 112.7553，算得 112.7552"
    )


BAD = {
    "bad-date": ["in_force.from：“2024-02-30”不是日期"],
    "bounds-broken": ["“A”占 0.2，超过文件规定的上限 0.1", "“C”占 0.4，低于文件规定的下限 0.5"],
    "code-in-formula": ["读不下去"],
    "cuts-not-rising": ["逐档增大"],
    "duplicate-key": ["第 14 行 label：键“label”写了两次（前一次在第 3 行）"],
    "example-key": ["examples.1.firms.1.tax_wann：条件或公式用到的列不存在：tax_wann", "examples.2：缺少“expect”"],
    "inherits-nothing": ["要继承的口径“nowhere”找不到"],
    "last-cut": ["最后一档“C”的累计比例应是 1"],
    "lower-is-better": ["越低越好，不能用 ratio 计分"],
    "no-citation": ["第 8 行 indicators.tax_per_mu：缺少出处（source）"],
    "no-kind": ["缺少 kind"],
    "not-yaml": ["不是可读的 YAML"],
    "unknown-class": ["没有“E”这一档；可用：A、B、C"],
    "unknown-column": ["列不存在：scal"],
    "unknown-event": ["没有“否绝”这类事项"],
    "unknown-indicator": ["没有“rd_intensty”这个指标"],
    "unknown-key": ["不认识的键“wieght”", "缺少“weight”"],
    "unknown-source": ["引用了 sources 里没有的出处：s9"],
    "unknown-unit": ["不认识的单位“个百分点”"],
    "unlike-units": ["单位不同，不能相加减"],
    "unquoted-number": ["“320800”应是文字，请加引号"],
    "weights": ["“规上”的权重合计 90，与声明的总分 100 不符"],
    "wrong-status": ["只能写 official、mirror、press、public-code、secondary、unverified，现在是“官方”"],
    "wrong-unit": ["对不上"],
}


def test_a_folder_of_broken_profiles_prints_the_sentences_a_jurist_needs() -> None:
    with pytest.raises(policy.PolicyError) as raised:
        policy.load_all([Path(__file__).parent / "bad" / "policies"])
    said: dict[str, list[str]] = {}
    for problem in raised.value.problems:
        said.setdefault(problem.file.removesuffix(".yaml"), []).append(str(problem))
    assert set(said) == set(BAD)
    for name, sentences in BAD.items():
        told = said[name]
        assert len(told) == len(sentences), told
        assert all(any(sentence in one for one in told) for sentence in sentences), told


def test_a_bureaus_own_file_fills_blanks_and_confirms_and_says_by_whom(tmp_path: Path) -> None:
    base = grading("changle-2023")
    assert "indicators.tax_per_mu.weight" in fill.blanks(base)
    values = {"indicators.tax_per_mu.weight": 100.0, "indicators.tax_per_mu.benchmark": {"kind": "fixed", "value": 10.0},
              "classes.rounding": "half_up", "scoring.cap": "none"}  # fmt: skip
    filling = fill.Filling("张三", dt.date(2025, 3, 1), "附件二第三条", title="昌乐县实施细则", values=values)
    own = policy.load(fill.fill(base, filling, "changle-own", tmp_path))
    assert isinstance(own, GradingPolicy)
    assert own.indicators[0].weight == 100.0
    assert own.indicators[1].weight is None
    assert own.classes is not None
    assert (own.classes[0].rounding, own.classes[0].cite) == ("half_up", {"rounding": "own1"})
    confirmed = own.sources["own1"].confirmed
    assert confirmed is not None
    assert (confirmed.by, confirmed.text) == ("张三", "附件二第三条")
    more = fill.Filling("李四", dt.date(2025, 4, 1), "会议纪要", values={"classes.ties": "worse"})
    again = policy.load(fill.fill(base, more, "changle-own", tmp_path))
    assert isinstance(again, GradingPolicy)
    assert again.classes is not None
    assert (again.classes[0].rounding, again.classes[0].ties) == ("half_up", "worse")
    assert again.overrides
    assert [origin.id for origin in again.lineage] == ["changle-own", "changle-2023"]


def test_a_confirmed_source_decides_and_a_wrong_path_writes_nothing(tmp_path: Path) -> None:
    base = grading("sichuan-2020")
    assert fill.unconfirmed(base) == ["s3"]
    filling = fill.Filling("王五", dt.date(2025, 3, 1), "原文第五条", confirmed=("s3",))
    own = policy.load(fill.fill(base, filling, "sichuan-own", tmp_path))
    assert policy.source_decides(own, "s3")
    for path, value in (("indicators.nothing.weight", 1), ("classes.tie", "better"), ("classes.ties", "whatever")):
        wrong = fill.Filling("王五", dt.date(2025, 3, 1), "x", values={path: value})
        with pytest.raises(policy.PolicyError):
            fill.fill(base, wrong, "wrong", tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["sichuan-own.yaml"]


# A data year named in the file stands for 生效 (POLICY §0.2): its first day decides nothing there and stays listed.
UNGUARDED = {"huaian-2024": ["in_force.from"]}


@pytest.mark.parametrize("name", ["demo-five", "huaian-2024", "huangyan-2022", "zhengzhou-2018", "changle-2023"])
def test_every_deciding_value_of_a_profile_is_guarded_by_an_example_or_listed(name: str) -> None:
    assert [mutation.path for mutation in guard.unguarded(grading(name))] == UNGUARDED.get(name, [])


def test_a_profile_without_examples_has_all_its_values_listed(tmp_path: Path) -> None:
    text = Path(policy.load("huangyan-2022").file).read_text(encoding="utf-8")
    (tmp_path / "bare.yaml").write_text(text[: text.index("examples:")], encoding="utf-8")
    bare = policy.load(tmp_path / "bare.yaml")
    assert isinstance(bare, GradingPolicy)
    paths = {mutation.path for mutation in guard.unguarded(bare)}
    assert {
        "indicators.labour_productivity.benchmark.values.2022",
        "scoring.decimals",
        "data_years.1",
        "populations.above.test.is",
    } <= paths


@pytest.mark.parametrize("name", GRADING)
def test_a_profile_as_shipped_runs_and_names_the_blanks_that_stop_it(name: str) -> None:
    """No crash and no default: what was not seen is named with its key (POLICY §0.2 no. 2)."""
    shipped = grading(name)
    year = shipped.data_years[0] if isinstance(shipped.data_years, list) else 2023
    row = {"scale": "规上", "scale_at_year_end": "规上", "founded_on": f"{year}-01-01", "production_on": "2010-01-01",
           "industry_code": "3911", "zone_id": "z", "county": "x", "land_mu": 10, "state_mu": 10, "tax_wan": 300,
           "revenue_wan": 2000, "value_added_wan": 400, "energy_tce": 50, "staff": 20, "rd_wan": 3, "pollutant_eq": 2,
           "cod_t": 1, "nh3n_t": 1, "so2_t": 1, "nox_t": 1, "profit_wan": 10, "equity_wan": 100,
           "tech_invest_wan": 10, "electricity_kwh": 10_000}  # fmt: skip
    firms = [{**row, "uscc": f"f{i}", "tax_wan": 100 + 10 * i} for i in range(5)]
    book, land = examples.tiny(firms, year, [], [{**row, "uscc": f"f{i}"} for i in range(5)])
    end = shipped.in_force.end
    as_of = end if isinstance(end, dt.date) else dt.date(max(year, 2024), 12, 31)
    result = grade(book, shipped, year, as_of, land, land)
    stopped = result.firms[result.firms["status"] == "not_evaluable"]
    assert bool(result.blanks) == (len(stopped) > 0) == (name not in {"demo-five", "huaian-2024"})
    assert all(any(key in reason for key in result.blanks) for reason in stopped["reason"])
    assert stopped["grade"].isna().all()


@pytest.mark.parametrize("name", GRADING)
def test_every_blank_of_a_profile_has_an_address_where_a_bureau_can_fill_it(name: str) -> None:
    for path in fill.blanks(grading(name)):
        assert not any(part.isdigit() for part in path.split(".")), f"{path} cannot be named"


def test_a_published_list_that_does_not_add_up_is_reported() -> None:
    """POLICY §1.10: Chaohu is exactly 20/45/30/5 %, Jingning's 规下 list is eight short, Sichuan's share is off."""
    assert published.count_faults(120, {"A": 24, "B": 54, "C": 36, "D": 6}) == []
    assert published.count_faults(36, {"A": 4, "B": 21, "C": 0, "D": 3}) == [
        "公布总数 36 家，各档合计 28 家（A 4、B 21、C 0、D 3），相差 8 家"
    ]
    exact = published.reproduced_by({"A": 24, "B": 54, "C": 36, "D": 6}, {"A": 0.20, "B": 0.65, "C": 0.95, "D": 1.0})
    assert exact == ["half_up", "floor", "ceil"]
    assert published.share_fault(2131, 7546, 29.1) == "2131 ÷ 7546 = 28.2%，公布为 29.1%"
    assert not published.share_fault(2131, 7546, 28.2)
