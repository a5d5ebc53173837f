"""Plant the faults of the workbooks: codes a spreadsheet has eaten, words for numbers, lost years, stray sums."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import pandas as pd

from parcels.demo.county import County
from parcels.demo.land_faults import STRANGER
from parcels.demo.place import ALPHABET, COUNTY, credit_code
from parcels.demo.workbook import Sheet
from parcels.words import entry, say

Frame: TypeAlias = pd.DataFrame

CODE, NAME = "统一社会信用代码", "企业名称"


@dataclass
class Books:
    """The workbooks to be spoilt, and ordinary firms to spoil them with, each used once."""

    county: County
    sheets: dict[str, list[Sheet]]
    firms: Iterator[str]

    def sheet(self, name: str) -> tuple[str, Sheet]:
        """Return the file and the sheet of that name."""
        return next((file, sheet) for file, sheets in self.sheets.items() for sheet in sheets if sheet.name == name)

    def year(self, back: int) -> str:
        """Return the name of the figures' sheet so many years back."""
        return say("demo.sheets.year.name", year=self.county.years[-1 - back])

    def fault(self, name: str, row: int, kind: str, severity: str, heading: str = "") -> None:
        """Write a fault of the row at `row` (position in the sheet's data) into the key."""
        file, sheet = self.sheet(name)
        place = f"{file}/{name}#{sheet.first_row + row}"
        self.county.key.fault(f"{place}:{heading}" if heading else place, kind, severity)

    def row(self, name: str, code: str) -> int:
        """Return the position of a firm's row in a sheet."""
        return int(self.sheet(name)[1].rows[CODE].tolist().index(code))

    def write(self, name: str, row: int, heading: str, cell: object) -> None:
        """Write one cell as it is, whatever the column holds otherwise."""
        sheet = self.sheet(name)[1]
        sheet.rows[heading] = sheet.rows[heading].astype(object)
        sheet.rows.at[row, heading] = cell

    def append(self, name: str, cells: dict[str, Any]) -> int:
        """Add a row to a sheet; return its position."""
        sheet = self.sheet(name)[1]
        row = pd.DataFrame([cells]).reindex(columns=sheet.rows.columns).astype(object)
        sheet.rows = pd.concat([sheet.rows.astype(object), row], ignore_index=True)
        return len(sheet.rows) - 1


def recode(county: County, taken: Iterator[str]) -> dict[str, str]:
    """Give one firm a code of digits only (a spreadsheet can eat it) and one a wrong check character, everywhere."""
    digits = next(code for code in (credit_code(n, letters="") for n in range(10_000, 20_000)) if code.isdigit())
    right = credit_code(77_777)
    wrong = right[:17] + ALPHABET[(ALPHABET.index(right[17]) + 5) % len(ALPHABET)]
    roles = {"damaged": digits, "check": wrong}
    for code in roles.values():
        old = next(taken)
        county.firms["uscc"] = county.firms["uscc"].replace(old, code)
        county.holdings["uscc"] = county.holdings["uscc"].replace(old, code)
        county.parcels["holder_uscc"] = county.parcels["holder_uscc"].replace(old, code)
    return roles


def plant(books: Books, roles: dict[str, str]) -> None:
    """Spoil the sheets in place."""
    _lost_years(books)
    _codes(books, roles)
    _cells(books)
    _pending(books)
    _rows(books)
    _strangers(books)
    _habits(books)


def _codes(books: Books, roles: dict[str, str]) -> None:
    last = books.year(1)
    row = books.row(last, roles["damaged"])
    books.write(last, row, CODE, float(roles["damaged"]))
    books.fault(last, row, "uscc_damaged", "error", CODE)
    books.fault(last, row, "unmatched_firm", "error", CODE)
    books.fault("名录", books.row("名录", roles["damaged"]), "year_missing", "warning", CODE)
    wrong = roles["check"]
    for name in ("名录", "用地关系", *(books.year(back) for back in range(len(books.county.years)))):
        sheet = books.sheet(name)[1]
        for row in sheet.rows.index[sheet.rows[CODE] == wrong]:
            books.fault(name, int(row), "uscc_check", "warning", CODE)
    book = books.county.parcels
    for row in book.index[book["holder_uscc"] == wrong]:
        books.county.key.fault(f"{entry('demo.files.parcels')}#{row + 1}:信用代码", "uscc_check", "warning")


def _cells(books: Books) -> None:
    now, last, before = books.year(0), books.year(1), books.year(2)
    for name, heading, cell, kind, severity in (
        (now, "技改投资", "见附表", "number_unreadable", "error"),
        (now, "用水量", -500, "value_range", "error"),
        (last, "用电量", "12.3万度左右", "number_unreadable", "error"),
        (last, "停产月数", 13, "value_range", "error"),
        (before, "政府补贴", "约1200", "number_unreadable", "error"),
        ("名录", "成立日期", "1900-01-01", "date_sentinel", "warning"),
        ("名录", "企业规模", "特大型", "word_unknown", "error"),
        ("名录", "经度", "东经一百一十九度", "number_unreadable", "error"),
    ):
        row = books.row(name, next(books.firms))
        books.write(name, row, heading, cell)
        books.fault(name, row, kind, severity, heading)
    code = next(books.firms)
    books.write("名录", books.row("名录", code), "投产日期", "投产后补报")
    books.fault("名录", books.row("名录", code), "date_unreadable", "error", "投产日期")
    books.county.key.firm(code, "status", "not_evaluable")  # whether it is new is not known
    row = books.row("名录", next(books.firms))
    sheet = books.sheet("名录")[1]
    books.write("名录", row, "投产日期", sheet.rows.at[row, "成立日期"] - pd.Timedelta(days=400))
    books.fault("名录", row, "date_order", "warning", "投产日期")
    row = books.row(now, next(books.firms))
    books.write(now, row, "资产总额", books.sheet(now)[1].rows.at[row, "资产总额"] * 10_000)
    books.fault(now, row, "unit_suspect", "error", "资产总额")


def _lost_years(books: Books) -> None:
    for back, answer in ((1, None), (0, "not_evaluable")):
        code, name = next(books.firms), books.year(back)
        sheet = books.sheet(name)[1]
        sheet.rows = sheet.rows.drop(index=books.row(name, code)).reset_index(drop=True)
        books.fault("名录", books.row("名录", code), "year_missing", "warning", CODE)
        if answer:
            books.county.key.firm(code, "status", answer)


def _pending(books: Books) -> None:
    for one in books.county.pending:
        rows = books.sheet(one.sheet)[1].rows
        mine = rows[CODE] == one.uscc
        if one.parcel_id:
            mine &= rows["宗地代码"] == one.parcel_id
        books.fault(one.sheet, int(rows.index[mine][0]), one.kind, one.severity, one.heading)


def _rows(books: Books) -> None:
    register = books.sheet("名录")[1].rows
    twin = register.loc[books.row("名录", next(books.firms))].to_dict() | {"地址": entry("demo.other_location")}
    books.fault("名录", books.append("名录", twin), "id_duplicate", "warning", CODE)
    nameless = {CODE: None, NAME: entry("demo.nameless_firm"), "规上规下": "规下", "区县": entry("demo.county")}
    books.fault("名录", books.append("名录", nameless), "id_missing", "error", CODE)


def _strangers(books: Books) -> None:
    """Rows about firms, parcels and zones nobody delivered."""
    parcels, year = books.county.parcels, books.county.as_of.year
    stranger = credit_code(STRANGER + 1, letters="")
    lot = parcels.loc[parcels["use"] == "public_service", "parcel_id"].iloc[0]
    row = books.append("用地关系", {CODE: stranger, "宗地代码": lot, "用地方式": "占用", "用地面积": 1500.0})
    books.fault("用地关系", row, "unmatched_firm", "error", CODE)
    row = books.append("事项", {CODE: stranger, "年度": year, "事项类型": "加分", "数值": 1, "计量单位": "分"})
    books.fault("事项", row, "unmatched_firm", "error", CODE)
    row = books.append("事项", {CODE: next(books.firms), "年度": year, "事项类型": "表扬信", "事由": "信息报送及时"})
    books.fault("事项", row, "word_unknown", "error", "事项类型")
    lost = f"{COUNTY}009009GB00098"
    row = books.append("延期原因", {"宗地代码": lost, "原因": "政府原因", "起始日期": pd.Timestamp(year - 1, 1, 1)})
    books.fault("延期原因", row, "unmatched_parcel", "error", "宗地代码")
    other = {"开发区代码": "S990199", "考核年度": year, "周期年数": 1, "考核组别": entry("demo.group"), "得分": 81.0}
    books.fault("考核", books.append("考核", other), "unmatched_zone", "error", "开发区代码")


def _habits(books: Books) -> None:
    """What people do that is no fault: 元 where others write 万元, codes in small letters, a sum below the list."""
    name = books.year(2)
    file, sheet = books.sheet(name)
    sheet.units = {**sheet.units, "实缴税金": "元"}
    sheet.rows["实缴税金"] = (sheet.rows["实缴税金"] * 10_000).round(2)
    sheet.footer = {entry("demo.number"): "合计", "营业收入": float(sheet.rows["营业收入"].sum().round(2))}
    books.county.key.fault(f"{file}/{name}#{sheet.first_row + len(sheet.rows)}", "total_row", "info")
    for spoil in (str.lower, lambda code: f" {code[:8]} {code[8:]} "):
        row = books.row(name, next(books.firms))
        books.write(name, row, CODE, spoil(sheet.rows.at[row, CODE]))
