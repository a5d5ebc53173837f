"""Rows of a sheet laid down a column at a time: a cell at a time, a hundred thousand rows take half a minute."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from reports.strings import TEXT, joined, run_together

Column: TypeAlias = Mapping[str, Any]  # kind of cell (text, whole, number) → Arrow array, a gap where no such cell

TEXTS = "text"
ROWS_AT_ONCE = 8_192  # as XML in memory; the file is the same for any number
MOST = 32_767  # UTF-16 units in one cell


class Sheet(Worksheet):  # type: ignore[misc]  # xlsxwriter is not typed
    """A worksheet of xlsxwriter that also takes whole columns, below what was written cell by cell.

    It leans on two inner sides of xlsxwriter, the table of shared strings and `_write_rows`; the tests compare a sheet
    laid so with one written by xlsxwriter alone.
    """

    first_row: int = 0
    columns: Sequence[Column] = ()
    look: Mapping[str, Any]

    def lay(self, first_row: int, columns: Sequence[Column], look: Mapping[str, Any]) -> None:
        """Lay columns of one length from `first_row` (from 0) on, each kind of cell in its format of `look`."""
        self.first_row, self.look = first_row, look
        shared = [{TEXTS: self._shared(column[TEXTS])} if TEXTS in column else {} for column in columns]
        self.columns = [{**column, **texts} for column, texts in zip(columns, shared, strict=True)]
        self._check_dimensions(first_row + self._size() - 1, max(len(columns) - 1, 0))

    def _shared(self, texts: Any) -> Any:
        """Return the places of texts in the workbook's table, which holds each text once."""
        coded = texts.dictionary_encode()
        place = self.str_table._get_shared_string_index  # noqa: SLF001 - there is no other way into the table
        places = [place(_cut(text)) for text in coded.dictionary.to_pylist()]
        self.str_table.count += len(texts) - texts.null_count - len(places)
        return pa.array(places, pa.int32()).take(coded.indices)

    def _size(self) -> int:
        return max((len(part) for column in self.columns for part in column.values()), default=0)

    def _write_rows(self) -> None:
        size = self._size()
        if size:
            self.dim_rowmax = self.first_row - 1
        super()._write_rows()
        for start in range(0, size, ROWS_AT_ONCE):
            self.fh.write(str(run_together(self._xml(start, min(ROWS_AT_ONCE, size - start))), "utf-8"))

    def _xml(self, start: int, count: int) -> Any:
        """Return some rows as XML, one text a row."""
        first = self.first_row + start + 1
        number = pa.array(range(first, first + count)).cast(TEXT)
        cells = [
            _cell(xl_col_to_name(at), number, part.slice(start, count), kind, self.look[kind])
            for at, column in enumerate(self.columns)
            for kind, part in column.items()
        ]
        return joined('<row r="', number, '">', *cells, "</row>", gap="")


def _cell(column: str, row: Any, values: Any, kind: str, look: Any) -> Any:
    """Return one cell a row as XML, a gap where there is no value."""
    style = look._get_xf_index()  # noqa: SLF001 - as xlsxwriter asks for it when it writes a cell
    shared = ' t="s"' if kind == TEXTS else ""
    return joined(f'<c r="{column}', row, f'" s="{style}"{shared}><v>', values.cast(TEXT), "</v></c>")


def _cut(text: str) -> str:
    """Return a text as long as a cell may be."""
    return text if len(text) <= MOST // 2 else text.encode("utf-16-le")[: 2 * MOST].decode("utf-16-le", "ignore")


def width(texts: Any) -> int:
    """Return how wide the longest text is, Chinese counting double; 0 where there is none."""
    once = texts.unique().drop_null()
    wide = pc.count_substring_regex(once, "[^\\x{0}-\\x{FF}]")
    return int(pc.max(pc.add(pc.utf8_length(once), wide)).as_py() or 0)
