"""The contract's own words put to the command line: its examples pasted as they stand, its tiny worlds by hand."""

import csv
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.zone.share import Standard, judged
from tests.test_cli import said

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
    folder = huaian_county(tmp_path / "d", **{CODES[0]: ""})
    code, _ = evaluate(folder, tmp_path / "out", "demo-five", year=2017)
    assert code == 0
    firms = rows(tmp_path / "out" / "firms.csv")
    assert {(row["status"], row["score"], row["rank"]) for row in firms} == {("not_evaluable", "", "")}


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
