"""A4 Word pages in the official-document face: lines, tables, pictures, and blanks that people fill by hand."""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.enum.table import WD_ALIGN_VERTICAL
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from parcels.words import say

FIXED = datetime(2020, 1, 1, tzinfo=UTC)  # a creation date of its own would change every byte
FONT = "仿宋_GB2312"  # the official-document face; Word falls back to the machine's 仿宋 where it is absent
GREY = RGBColor(0x66, 0x66, 0x66)
INK = RGBColor(0, 0, 0)
BODY, SMALL = 10.5, 8.5
MIME = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BLANK = re.compile(r"(〔待填[^〕]*〕)")


class Paper:
    """A Word document that is written from top to bottom; every 〔待填…〕 in a line is marked yellow."""

    def __init__(self, *, size: float = BODY, margins_cm: tuple[float, float] = (2.2, 1.8)) -> None:
        self.document: Any = Document()
        self.size = size
        properties = self.document.core_properties
        properties.created = properties.modified = FIXED
        properties.author = say("reports.card.author")
        for name in ("Normal", "Title", "Heading 1", "Heading 2"):
            style = self.document.styles[name]
            style.font.name = FONT
            style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
            style.font.color.rgb = INK
        self.document.styles["Normal"].font.size = Pt(size)
        self.document.styles["Heading 2"].paragraph_format.space_before = Pt(6)
        self.document.styles["Heading 2"].paragraph_format.space_after = Pt(2)
        for section in self.document.sections:
            section.page_width, section.page_height = Cm(21.0), Cm(29.7)
            section.left_margin = section.right_margin = Cm(margins_cm[0])
            section.top_margin = section.bottom_margin = Cm(margins_cm[1])

    def title(self, text: str, size: float | None = None) -> None:
        """Write a centred title."""
        paragraph = self.document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.space_after = Pt(4)
        run = paragraph.add_run(printable(text))
        run.bold, run.font.size = True, Pt(size or 1.6 * self.size)

    def heading(self, text: str) -> None:
        """Write a heading of the second level."""
        self.document.add_heading(printable(text), level=2)

    def line(self, text: str, depth: int = 0, *, bold: bool = False, centred: bool = False) -> None:
        """Write a line, indented by `depth`."""
        paragraph = self._paragraph(depth)
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _write(paragraph, text, bold=bold)

    def small(self, text: str, depth: int = 0) -> None:
        """Write a line in small grey print."""
        run = self._paragraph(depth).add_run(printable(text))
        run.font.size, run.font.color.rgb = Pt(SMALL), GREY

    def table(
        self,
        rows: Iterable[Sequence[str]],
        widths_cm: Sequence[float],
        *,
        heads: Sequence[int] = (),
        tall_cm: float = 0,
    ) -> None:
        """Write a ruled table; the columns named in `heads` are bold, rows at least `tall_cm` high to write in."""
        cells = list(rows)
        table = self.document.add_table(rows=len(cells), cols=len(widths_cm), style="Table Grid")
        table.autofit = False
        for column, width in zip(table.columns, widths_cm, strict=True):
            column.width = Cm(width)
        for at, row in enumerate(cells):
            table.rows[at].height = Cm(tall_cm) if tall_cm else None
            for column, (text, width) in enumerate(zip(row, widths_cm, strict=True)):
                cell = table.cell(at, column)
                cell.width, cell.vertical_alignment = Cm(width), WD_ALIGN_VERTICAL.CENTER
                cell.paragraphs[0].paragraph_format.space_after = Pt(0)
                _write(cell.paragraphs[0], text, bold=column in heads)

    def picture(self, png: bytes, width_cm: float) -> None:
        """Place a picture, centred."""
        paragraph = self._paragraph(0)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.add_run().add_picture(io.BytesIO(png), width=Cm(width_cm))

    def bytes(self) -> bytes:
        """Return the document."""
        buffer = io.BytesIO()
        self.document.save(buffer)
        return undated(buffer.getvalue())

    def _paragraph(self, depth: int) -> Any:
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.left_indent = Cm(0.6 * depth)
        paragraph.paragraph_format.space_after = Pt(1)
        return paragraph


def undated(docx: bytes) -> bytes:
    """Return a Word file whose parts carry no time of day: the same document is the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(zipfile.ZipInfo(part.filename, FIXED.timetuple()[:6]), old.read(part), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def printable(text: str) -> str:
    """Return `text` without the control characters that XML cannot hold."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\t\n　")


def _write(paragraph: Any, text: str, *, bold: bool = False) -> None:
    for part in BLANK.split(printable(text)):
        if not part:
            continue
        run = paragraph.add_run(part)
        run.bold = bold
        if BLANK.fullmatch(part):
            run.font.highlight_color = WD_COLOR_INDEX.YELLOW
