"""The headings of the demo's files, as different offices write them: column of CONTRACT §3 → heading."""

from collections.abc import Mapping
from typing import TypeAlias

import pandas as pd

from parcels.demo.shapefile import Field

Frame: TypeAlias = pd.DataFrame

PARCELS = (
    Field("parcel_id", "宗地代码"),
    Field("supervision_no", "电子监管号"),
    Field("zone_id", "所属园区"),
    Field("location", "坐落"),
    Field("holder", "使用权人"),
    Field("holder_uscc", "信用代码"),
    Field("tenure", "权属性质"),
    Field("use_name", "土地用途"),
    Field("supply_kind", "供应方式"),
    Field("area_registered_m2", "登记面积", "N"),
    Field("area_approved_m2", "批准面积", "N"),
    Field("area_contract_m2", "合同面积", "N"),
    Field("price_wan", "成交价款", "N"),
    Field("contract_text", "签订日期"),
    Field("delivery_date", "交地日期", "D"),
    Field("agreed_start", "约定开工", "D"),
    Field("agreed_completion", "约定竣工", "D"),
    Field("actual_start", "实际开工", "D"),
    Field("actual_completion", "实际竣工", "D"),
    Field("construction_state", "建设状态"),
    Field("area_to_develop_m2", "应动工面积", "N"),
    Field("area_developed_m2", "已动工面积", "N"),
    Field("invest_total_wan", "项目总投资", "N"),
    Field("invest_paid_wan", "已投资额", "N"),
    Field("fixed_invest_wan", "GDZCTZZE", "N"),
    Field("suspended_since", "中止日期", "D"),
    Field("term_end", "终止日期", "D"),
    Field("far_agreed", "约定容积率", "N"),
    Field("far_actual", "现状容积率", "N"),
    Field("footprint_m2", "基底面积", "N"),
    Field("floor_m2", "建筑面积", "N"),
)
ACTUAL = {"number": "TBBH", "code": "DLBM", "name": "DLMC", "supply_state": "GYZT", "area_m2": "TBMJ"}
PLANNED = {"code": "YDYHFLDM", "name": "YDYHFLMC", "area_m2": "YDMJ"}
ZONES = {
    "zone_id": "开发区代码",
    "name": "开发区名称",
    "level": "级别",
    "kind": "开发区类型",
    "approved_area_ha": "核准面积",
    "approved_on": "批准日期",
    "province": "省份",
    "city": "地市",
    "county": "区县",
    "boundary": "边界类型",
}
BUILDINGS = {"building_id": "幢号", "parcel_id": "宗地代码", "floors": "层数", "height_m": "建筑高度",
             "floor_m2": "建筑面积"}  # fmt: skip
RESTRICTED = {"kind": "管控类型", "name": "名称"}
FIRMS = {
    "uscc": "统一社会信用代码",
    "name": "企业名称",
    "industry_code": "行业代码",
    "industry_edition": "行业分类版本",
    "scale": "规上规下",
    "size": "企业规模",
    "founded_on": "成立日期",
    "production_on": "投产日期",
    "address": "地址",
    "lon": "经度",
    "lat": "纬度",
    "zone_id": "所属开发区代码",
    "county": "区县",
    "operating_state": "经营状态",
}
FIGURES = {
    "uscc": ("统一社会信用代码", ""),
    "name": ("企业名称", ""),
    "tax_wan": ("实缴税金", "万元"),
    "tax_refund_wan": ("退税", "万元"),
    "revenue_wan": ("营业收入", "万元"),
    "output_wan": ("工业总产值", "万元"),
    "value_added_wan": ("工业增加值", "万元"),
    "energy_tce": ("综合能耗", "吨标煤"),
    "energy_basis": ("能耗口径", ""),
    "electricity_kwh": ("用电量", "千瓦时"),
    "water_t": ("用水量", "吨"),
    "pollutant_eq": ("主要污染物排放当量", ""),
    "rd_wan": ("研发经费", "万元"),
    "staff": ("年平均职工人数", "人"),
    "profit_wan": ("利润总额", "万元"),
    "assets_wan": ("资产总额", "万元"),
    "liabilities_wan": ("负债总额", "万元"),
    "equity_wan": ("所有者权益", "万元"),
    "tech_invest_wan": ("技改投资", "万元"),
    "months_stopped": ("停产月数", "月"),
    "half_stopped_months": ("半停产月数", "月"),
    "arrears_wage": ("欠薪年数", "年"),
    "arrears_tax": ("欠税年数", "年"),
    "arrears_interest": ("欠息年数", "年"),
    "arrears_fee": ("欠费年数", "年"),
    "subsidy_wan": ("政府补贴", "万元"),
    "rollover_loans": ("是否靠续贷维持", ""),
    "scale_at_year_end": ("年末规模类型", ""),
}
MONTHS = {"uscc": "统一社会信用代码", "month": "月份", "electricity_kwh": "用电量", "insured": "参保人数"}
HOLDINGS = {
    "uscc": "统一社会信用代码",
    "parcel_id": "宗地代码",
    "kind": "用地方式",
    "area_m2": "用地面积",
    "floor_m2": "建筑面积",
    "share": "份额",
    "from": "起始日期",
    "to": "结束日期",
}
EVENTS = {
    "uscc": "统一社会信用代码",
    "year": "年度",
    "kind": "事项类型",
    "value": "数值",
    "unit": "计量单位",
    "reason": "事由",
    "authority": "认定部门",
    "evidence": "依据文件",
}
DELAYS = {"parcel_id": "宗地代码", "cause": "原因", "from": "起始日期", "to": "结束日期", "document": "证明文件"}
AGREEMENTS = {"parcel_id": "宗地代码", "signed_on": "补充协议签订日期", "new_start": "变更后约定开工",
              "new_completion": "变更后约定竣工"}  # fmt: skip
APPRAISALS = {
    "zone_id": "开发区代码",
    "cycle": "考核年度",
    "cycle_years": "周期年数",
    "group": "考核组别",
    "score": "得分",
    "rank": "名次",
    "zones_ranked": "参评开发区数",
    "result": "考核结果",
}
ZONE_YEARS = {
    "zone_id": ("开发区代码", ""),
    "year": ("年度", ""),
    "A": ("已建成城镇建设用地", "公顷"),
    "A1": ("住宅用地", "公顷"),
    "A2": ("工矿仓储用地", "公顷"),
    "B": ("未建成城镇建设用地", "公顷"),
    "B21": ("已达到供地条件土地", "公顷"),
    "C": ("不可建设土地", "公顷"),
    "D": ("已供应国有建设用地", "公顷"),
    "D22": ("有偿已到期未处置", "公顷"),
    "G": ("闲置土地", "公顷"),
    "floor_m2": ("总建筑面积", "平方米"),
    "footprint_m2": ("建筑基底面积", "平方米"),
    "population": ("常住人口", "人"),
    "tax_wan": ("税收总额", "万元"),
    "output_wan": ("工业总产值", "万元"),
    "invest_wan": ("固定资产投资总额", "万元"),
}


def headed(frame: Frame, headings: Mapping[str, str]) -> Frame:
    """Return `frame` in these columns, in this order, under their headings; a column it lacks is blank."""
    full = frame.reindex(columns=[*headings, *(["geometry"] if "geometry" in frame else [])])
    return full.rename(columns=dict(headings))
