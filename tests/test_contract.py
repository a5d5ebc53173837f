"""The contract's own words put to the command line: its examples pasted as they stand, its tiny worlds by hand."""

import csv
import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.zone.share import Standard, judged
from parcels.book import build
from parcels.delivery import read
from tests.test_cli import said

if TYPE_CHECKING:
    from conftest import Demo

HERE = Path(__file__).parent / "contract"
CODES = ("91350100M000100Y43", "91110000600037341L", "914403001922038216", "911100001000002860")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def deliver(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def evaluate(folder: Path, out: Path, *policies: object, year: int = 2023, **more: object) -> tuple[int, str]:
    chosen = [part for one in policies for part in ("--policy", one)]
    rest = [part for name, value in more.items() for part in (f"--{name.replace('_', '-')}", value)]
    code, _, err = said("evaluate", folder, *chosen, "--year", year, "--out", out, *rest)
    return code, err


@pytest.mark.parametrize("name", ["huaian-2024", "qianxi"])
def test_an_example_of_the_contract_pasted_as_it_stands_is_sound(name: str) -> None:
    code, out, err = said("policies", "validate", HERE / f"{name}.yaml")
    assert (code, err) == (0, ""), out


def test_a_sentence_cut_by_a_comma_inside_braces_is_read_whole() -> None:
    from evaluation.policy.load import load

    sources = load(str(HERE / "qianxi.yaml")).sources
    assert sources["s1"].title == "开发区改革实施方案3(网络汇编,文中所指为黔西市)"
    assert sources["s1"].quote == "除基础设施、公共服务等用地外,工业用地性质不少于70%左右"


def test_a_misspelt_key_inside_braces_is_still_refused(tmp_path: Path) -> None:
    text = (HERE / "qianxi.yaml").read_text(encoding="utf-8").replace("softness: 左右", "softnes: 左右, laxity")
    (tmp_path / "p.yaml").write_text(text, encoding="utf-8")
    code, _, err = said("policies", "validate", tmp_path / "p.yaml")
    assert code == 1
    assert "softnes" in err
    assert "laxity" in err


def huaian_county(folder: Path, **industry: str) -> Path:
    """Four firms of one county, 10 亩 each; last year's means: tax 10, revenue 100 万元/亩, tax 2 万元/吨标煤."""
    firms = "".join(f"{u},甲,规上,{industry.get(u, '3911')},2010-01-01,x\n" for u in CODES)
    years = "".join(f"{u},{year},100,1000,50\n" for u in CODES for year in (2022, 2023))
    land = "".join(f"P{place},{u},10\n" for place, u in enumerate(CODES))
    return deliver(
        folder,
        企业="统一社会信用代码,企业名称,企业规模类型,行业代码,投产日期,区县\n" + firms,
        年度="统一社会信用代码,年度,实缴税金(万元),营业收入(万元),综合能耗(吨标煤)\n" + years,
        宗地="宗地代码,使用权人统一社会信用代码,登记面积(亩)\n" + land,
    )


def test_a_firm_of_unknown_industry_shows_its_score_but_takes_no_place(tmp_path: Path) -> None:
    folder = huaian_county(tmp_path / "d", **{CODES[0]: ""})
    code, _ = evaluate(folder, tmp_path / "out", HERE / "huaian-2024.yaml")
    assert code == 0
    firms = {row["uscc"]: row for row in rows(tmp_path / "out" / "firms.csv")}
    # every value is half of twice last year's mean: 45/2 + 35/2 + 20/2
    assert {row["score"] for row in firms.values()} == {"50.0000"}
    lost = firms[CODES[0]]
    assert (lost["status"], lost["rank"], lost["grade"]) == ("not_evaluable", "", "")
    assert "行业代码" in lost["reason"]
    assert {row["rank"] for row in firms.values() if row is not lost} == {"1"}


def test_a_policy_not_in_force_scores_nobody(tmp_path: Path) -> None:
    folder = huaian_county(tmp_path / "d")
    code, _ = evaluate(folder, tmp_path / "out", "demo-five", year=2023, as_of="2017-12-31")
    assert code == 0
    firms = rows(tmp_path / "out" / "firms.csv")
    assert {(row["status"], row["score"], row["rank"]) for row in firms} == {("not_evaluable", "", "")}
    assert rows(tmp_path / "out" / "indicators.csv") == []


MU = st.integers(1, 2_000_000_000)  # ten-thousandths of a 亩


@given(n=MU, rest=MU, u=st.one_of(st.just(0), MU), t=st.sampled_from(["0.7", "0.6", "0.65"]))
def test_share_bounds_and_shortage_are_those_of_decimal_arithmetic(n: int, rest: int, u: int, t: str) -> None:
    mu = {"numerator": n, "denominator": n + rest, "unmapped": u}
    frame = pd.DataFrame({f"{name}_mu": [value / 10_000] for name, value in mu.items()}).assign(unmeasured=0.0)
    got = judged(frame, Standard(float(t), "", 0.0, "", ""), 4).iloc[0]
    num, base, unmapped = (Decimal(value) / 10_000 for value in mu.values())
    lo, hi = up(num / (base + unmapped)), up((num + unmapped) / (base + unmapped))
    outcome = "pass" if lo >= Decimal(t) else "fail" if hi < Decimal(t) else "unknown"
    short = Decimal(0) if outcome == "pass" else up(Decimal(t) * base - num)
    assert (got["measured"], got["lo"], got["hi"]) == (float(up(num / base)), float(lo), float(hi))
    assert (got["outcome"], got["short_mu"]) == (outcome, float(short))


def up(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def faults_of(folder: Path, out: Path) -> list[tuple[str, str, str]]:
    return [(row["kind"], row["file"], row["row"]) for row in rows(out / "faults.csv")]


def test_firms_known_by_local_numbers_are_nowhere_checked_as_credit_codes(tmp_path: Path) -> None:
    folder = deliver(
        tmp_path / "d",
        a="地籍號,名稱\nL-001,甲\n0002,乙\n",
        b="地籍號,稅\nL-001,1000000\n0002,500000\n",
        c="宗地,地籍號,面積\nX1,L-001,1.5\nX2,0002,0.75\n",
    )
    (folder / "delivery.yaml").write_text(
        "tables:\n"
        "  firms: {file: a.csv, columns: {local_id: 地籍號, name: 名稱}, set: {scale: 规上}}\n"
        "  firm_years: {file: b.csv, columns: {local_id: 地籍號, tax_wan: {from: 稅, unit: 元}}, set: {year: 2023}}\n"
        "  parcels: {file: c.csv, columns: {parcel_id: 宗地, local_id: 地籍號,"
        " area_registered_m2: {from: 面積, unit: 公顷}}}\n",
        encoding="utf-8",
    )
    code, err = evaluate(folder, tmp_path / "out", "demo-five")
    assert (code, err) == (0, "")
    firms = {row["uscc"]: (row["land_mu"], row["tax_per_mu"]) for row in rows(tmp_path / "out" / "firms.csv")}
    assert firms == {"L-001": ("22.5000", "4.4444"), "0002": ("11.2500", "4.4444")}  # 100 ÷ 22.5, 50 ÷ 11.25 万元
    assert "uscc_check" not in {kind for kind, _, _ in faults_of(folder, tmp_path / "out")}


def test_several_firms_of_one_parcel_that_state_floors_only_are_told_why_their_land_is_unknown(tmp_path: Path) -> None:
    folder = huaian_county(tmp_path / "d")
    deliver(
        folder, 用地="统一社会信用代码,宗地代码,用地方式,建筑面积\n" + "".join(f"{u},P0,自有,1000\n" for u in CODES[:2])
    )
    evaluate(folder, tmp_path / "out", HERE / "huaian-2024.yaml")
    firms = {row["uscc"]: row["land_mu"] for row in rows(tmp_path / "out" / "firms.csv")}
    assert (firms[CODES[0]], firms[CODES[1]], firms[CODES[2]]) == ("", "", "10.0000")
    contested = [place for kind, *place in faults_of(folder, tmp_path / "out") if kind == "holding_contested"]
    assert contested == [["用地.csv", "2"], ["用地.csv", "3"]]


def typed(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """What the door says to a command as typed: `main` itself, with its words on usage."""
    import cli

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["mujian", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            cli.main()
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["evaluate", "d", "--year", "2025", "--out", "o"], "缺少 --policy。写法见 mujian evaluate --help。\n"),
        (
            ["evaluate", "d", "--policy", "x", "--year", "y", "--out", "o"],
            "--year 的值用不了，应为整数。写法见 mujian evaluate --help。\n",
        ),
        (
            ["evaluate", "d", "--policy", "x", "--year", "2025", "--as-of", "2025/1/1", "--out", "o"],
            "--as-of 的值用不了，应为形如 2025-12-31 的日期。写法见 mujian evaluate --help。\n",
        ),
        (["check", "--foo", "d"], "没有选项 --foo。写法见 mujian check --help。\n"),
        (["check", "nowhere"], "nowhere：没有这个文件或文件夹。请检查路径和权限。\n"),
    ],
)
def test_a_mistyped_command_is_answered_in_one_chinese_line(
    capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert typed(capsys, *words) == (2, "", told)


def test_a_folder_without_any_table_is_said_on_stderr(tmp_path: Path) -> None:
    code, _, err = said("check", deliver(tmp_path / "d"))
    assert code == 2
    assert "没有认出任何数据表" in err


@pytest.mark.parametrize("out", ["d/run", "d", "."])
def test_outputs_never_stand_among_the_inputs(tmp_path: Path, out: str) -> None:
    folder = huaian_county(tmp_path / "d")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    code, err = evaluate(folder, tmp_path / out, "demo-five")
    assert code == 2
    assert "没有写入" in err
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_a_demo_is_not_written_over_what_somebody_keeps_there(tmp_path: Path) -> None:
    folder = huaian_county(tmp_path / "d")
    code, _, err = said("demo", folder)
    assert code == 2
    assert "里有别的文件" in err
    assert len(list(folder.iterdir())) == 3


@pytest.mark.parametrize(("named", "lon", "lat"), [("GCJ-02", 116.39775, 39.91359), ("BD-09", 116.39138, 39.90725)])
def test_longitude_and_latitude_columns_of_a_web_map_are_brought_back(
    tmp_path: Path, named: str, lon: float, lat: float
) -> None:
    """Tian'anmen as web maps write it, 116.404 39.915; the figures of public converters, to a metre."""
    folder = deliver(tmp_path, firms=f"统一社会信用代码,企业名称,经度,纬度\n{CODES[0]},甲,116.404,39.915\n")
    (folder / "delivery.yaml").write_text(f"tables:\n  firms: {{file: firms.csv, crs: {named}}}\n", encoding="utf-8")
    book = build(read(folder))
    assert book.tables["firms"][["lon", "lat"]].iloc[0].tolist() == pytest.approx([lon, lat], abs=1e-5)
    assert "crs_asserted" in book.faults["kind"].tolist()


def test_the_reclaim_list_states_its_units_and_the_grading_book_speaks_chinese(demo: "Demo") -> None:
    from openpyxl import load_workbook

    sheet = load_workbook(demo.run / "收储清单.xlsx").worksheets[0]
    units = {sheet.cell(2, at).value: sheet.cell(3, at).value for at in range(1, sheet.max_column + 1)}
    assert (units["占地面积"], units["剩余面积"], units["上年度亩均税收"]) == ("亩", "亩", "万元/亩")
    book = load_workbook(demo.run / "企业评价.xlsx")
    assert book["指标明细"].cell(4, 3).value == "全员劳动生产率"
    assert {book["调整记录"].cell(row, 3).value for row in range(4, 9)} <= {"否决", "保护", "调档", "人工"}


@pytest.mark.parametrize(("value", "unit"), [("3", "%"), ("3%", "比例"), ("0.03", "比例"), ("3%", "百分比")])
def test_three_per_cent_is_three_per_cent_however_the_office_writes_it(tmp_path: Path, value: str, unit: str) -> None:
    from evaluation.grading.happened import events

    text = f"统一社会信用代码,年度,事项类型,数值,计量单位,事由\n{CODES[0]},2023,加分,{value},{unit},创新\n"
    book = build(read(deliver(tmp_path, 事项=text)))
    found = events(book.tables, 2023, dt.date(2023, 12, 31))
    assert found["unit"].tolist() == ["比例"]
    assert found["number"].tolist() == pytest.approx([0.03])


def test_land_use_codes_without_their_scheme_are_named_as_what_the_zone_question_lacks(tmp_path: Path) -> None:
    from parcels.questions import answers

    text = "地类编码,地类名称,图斑面积(亩),口径\n0601,工业用地,60,现状\n1004,城镇村道路用地,40,现状\n"
    folder = deliver(tmp_path, land=text)
    (folder / "delivery.yaml").write_text("tables:\n  landuse: {file: land.csv}\n", encoding="utf-8")
    assert answers(build(read(folder)))["zones"] == {
        "status": "partial",
        "lacks": ["landuse.scheme", "landuse.geometry"],
    }
