"""Published results checked against themselves: tables of counts, lists of firms, notices in words (POLICY §1.10)."""

import json
from pathlib import Path

import pytest
import xlsxwriter
from typer.testing import CliRunner

import cli
from evaluation.published import published

GOOD = "91350100M000100Y43"


def text(folder: Path, body: str, name: str = "公布.csv") -> Path:
    path = folder / name
    path.write_text(body, encoding="utf-8")
    return path


def said(path: Path, *options: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli.app, ["check", str(path), *options])
    return done.exit_code, done.output


def test_the_jingning_table_whose_counts_are_eight_short_is_reported(tmp_path: Path) -> None:
    path = text(tmp_path, "景宁县2022年度规下企业评价结果\n等级,家数\nA类,4\nB类,21\nC类,0\nD类,3\n合计,36\n")
    code, told = said(path)
    assert code == 1
    assert "公布总数 36 家，各档合计 28 家（A 4、B 21、C 0、D 3），相差 8 家" in told


def test_a_table_that_adds_up_is_said_to(tmp_path: Path) -> None:
    code, told = said(text(tmp_path, "类别,企业数量\nA,11\nB,21\nC,7\nD,0\n合计,39\n"))
    assert (code, told.strip()) == (0, "公布.csv 表“公布”　各档 A 11、B 21、C 7、D 0，合计 39 家，与公布总数一致")


def test_one_row_a_scope_is_checked_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "结果.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("汇总")
    rows = [
        ["2022年度评价结果"],
        ["范围", "总数", "A类", "B类", "C类", "D类"],
        ["规上", 39, 11, 21, 7, 0],
        ["规下", 36, 4, 21, 0, 3],
    ]
    for at, row in enumerate(rows):
        sheet.write_row(at, 0, row)
    book.close()
    results = published(path)
    assert [(one.scope, one.published, one.row, len(one.faults)) for one in results] == [
        ("规上", 39, 3, 0),
        ("规下", 36, 4, 1),
    ]


def test_a_stated_share_that_is_not_the_share_is_reported(tmp_path: Path) -> None:
    body = "等级,家数,占比\nA,2131,29.1%\nB,4661,61.8%\nC,754,10.0%\n合计,7546,100%\n"
    assert published(text(tmp_path, body))[0].faults == ("2131 ÷ 7546 = 28.2%，公布为 29.1%",)


def test_a_notice_in_words_is_read(tmp_path: Path) -> None:
    body = "本次共评价规下企业36家，其中A类企业4家、B类企业21家、C类企业0家、D类企业3家。规上39家：A类11家，B类21家，C类7家，D类0家。\n"
    results = published(text(tmp_path, body, "通知.txt"))
    assert [(one.published, sum(one.counts.values())) for one in results] == [(36, 28), (39, 39)]


def test_a_list_of_firms_is_counted_and_nobody_stands_twice(tmp_path: Path) -> None:
    body = (
        "2022年度评价结果（共6家）\n序号,企业名称,统一社会信用代码,得分,等级\n"
        f"1,甲厂,{GOOD},90,A类\n2,乙厂,,80,B类\n3,丙厂,,85,C类\n4,乙厂,,80,C类\n5,丁厂,91350100M000100Y44,60,优\n"
    )
    faults = " ".join(published(text(tmp_path, body))[0].faults)
    assert "公布总数 6 家，各档合计 4 家（A 1、B 1、C 2），相差 2 家" in faults
    assert "第 7 行 丁厂：等级“优”认不出" in faults
    assert "乙厂 出现两次且等级不同：第 4 行 B，第 6 行 C" in faults
    assert "第 7 行 信用代码 91350100M000100Y44" in faults
    assert "第 5 行 丙厂 85 分评为 C，高于 乙厂（80 分）" in faults


@pytest.mark.parametrize(("policy", "faults"), [("huaian-2024", 1), ("changle-2023", 1)])
def test_counts_are_held_against_a_policys_cuts_and_no_rounding_is_inferred(
    tmp_path: Path, policy: str, faults: int
) -> None:
    path = text(tmp_path, "等级,家数\nA,134\nB,439\nC,575\nD,100\n合计,1248\n")
    code, told = said(path, "--policy", policy)
    assert code == 1
    assert told.count("不能据此推断取整办法") == faults
    assert said(text(tmp_path, "等级,家数\nA,4\nB,8\nC,7\nD,1\n合计,20\n"), "--policy", "huaian-2024")[0] == 0


def test_a_published_table_inside_a_folder_is_told_beside_the_rest_and_as_data(tmp_path: Path) -> None:
    text(tmp_path, "等级,家数\nA,1\nB,1\n合计,3\n")
    code, told = said(tmp_path, "--json")
    body = json.loads(told)
    assert code == 1
    assert body["published"][0]["counts"] == {"A": 1, "B": 1}
    assert body["published"][0]["faults"] == ["公布总数 3 家，各档合计 2 家（A 1、B 1），相差 1 家"]


def test_a_table_of_land_is_no_published_result(tmp_path: Path) -> None:
    assert published(text(tmp_path, "宗地代码,面积\nA1,5\nB2,6\n")) == []
    assert published(text(tmp_path, "开发区代码,年度,A,B,C,D\nZ1,2025,100,20,30,40\n", "面积.csv")) == []
