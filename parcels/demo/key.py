"""Keep the answer key of a demo delivery: what was planted, and what must come out.

DIR.key.csv, UTF-8 with BOM, one planted answer a row:

file          output file in which to look (firms.csv, parcels.csv, zones.csv, expansion.csv, findings.csv, faults.csv)
subject_kind  firm, parcel, zone; row or cell for faults.csv
subject_id    the credit code, 宗地代码 or zone code; for faults.csv the delivered file, sheet, row and column:
              `宗地.shp#12`, `企业.xlsx/2024年指标#17`, `企业.xlsx/2024年指标#17:用电量`
rule          firms.csv and parcels.csv: the column (grade, status, idle …). zones.csv: rule/reading@basis
              (industrial_land_70/N1.K1.X2@planned). expansion.csv: policy/condition. findings.csv: rule id, with
              /reading where it has one and #column where the answer is not the outcome (idle_clause1#stage).
              faults.csv: the kind of the fault
expected      the value in that column; the outcome for zones.csv, expansion.csv and findings.csv (unless #column says
              otherwise); the severity for faults.csv
when          now, or later where it takes a policy beyond the six the demo is evaluated with (zombies, low efficiency)

Complete: of idle other than `no`, of grades by event or status, and of faults of warning level or above nothing comes
out that is not here.
"""

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

COLUMNS = ("file", "subject_kind", "subject_id", "rule", "expected", "when")


@dataclass
class Key:
    """The planted answers, in the order they were planted."""

    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, file: str, kind: str, subject: str, rule: str, expected: object, when: str = "now") -> None:
        """Add one answer: in `file`, of `subject`, `rule` is `expected`."""
        self.rows.append((file, kind, str(subject), rule, str(expected), when))

    def firm(self, uscc: str, rule: str, expected: object, when: str = "now") -> None:
        """Add an answer of firms.csv."""
        self.add("firms.csv", "firm", uscc, rule, expected, when)

    def parcel(self, parcel_id: str, rule: str, expected: object, when: str = "now") -> None:
        """Add an answer of parcels.csv."""
        self.add("parcels.csv", "parcel", parcel_id, rule, expected, when)

    def zone(self, zone_id: str, rule: str, expected: object) -> None:
        """Add an answer of zones.csv."""
        self.add("zones.csv", "zone", zone_id, rule, expected)

    def expansion(self, zone_id: str, rule: str, expected: object) -> None:
        """Add an answer of expansion.csv."""
        self.add("expansion.csv", "zone", zone_id, rule, expected)

    def fault(self, place: str, kind: str, severity: str) -> None:
        """Add a fault at `place`, a row or (with a colon) a cell of the delivery."""
        self.add("faults.csv", "cell" if ":" in place else "row", place, kind, severity)

    def frame(self) -> pd.DataFrame:
        """Return the key as a frame of texts, sorted."""
        return pd.DataFrame(self.rows, columns=list(COLUMNS), dtype="str").sort_values(list(COLUMNS), ignore_index=True)

    def write(self, path: Path) -> None:
        """Write the key to `path`."""
        self.frame().to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")
