"""A map as a picture for paper: north up, a round scale, scale bar, north arrow and legend; no coordinates, no host."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from pathlib import Path
from typing import NamedTuple, TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from PIL import Image, ImageChops, ImageDraw, ImageFont
from pyproj import CRS
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import TransverseMercatorConversion

from gis.palette import Hatch
from parcels.words import say

Floats: TypeAlias = npt.NDArray[np.float64]

FONT = Path(__file__).parent.parent / "gis" / "assets" / "fonts" / "NotoSansCJKsc-GBK.otf"
DPI = 200
CM_PER_INCH = 2.54
FINER = 2  # edges are drawn this many times finer and shrunk, or slanting lines would be stairs
ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)  # scales an officer can measure with a ruler: 1:500, 1:1000, 1:2000, 1:2500 …
LEAST_METRES = 20.0  # of ground across the figure: a point still has surroundings
INK = "#222222"
PAPER = "#ffffff"
HATCH_STEP = 9
BAR_SHARE = 0.25  # of the figure's width, at most
TEXT = 21
SMALL = 18
PAD = 12


@dataclass(frozen=True)
class Layer:
    """One kind of thing on the figure: its legend, shapes in any stated CRS, and how they are drawn.

    `fill` '' leaves them open; `names` (index of `shapes`) is written on each shape, blanks are not.
    """

    label: str
    shapes: gpd.GeoSeries
    fill: str = ""
    edge: str = "#444444"
    width: float = 1.0
    hatch: Hatch = ""
    names: pd.Series | None = None


class Figure(NamedTuple):
    """A PNG that is 1:`denominator` when printed `width_cm` wide."""

    png: bytes
    denominator: int
    width_cm: float


class _Frame(NamedTuple):
    west: float
    north: float
    pixel: float  # metres
    width: int
    height: int

    def pixels(self, coords: Floats, finer: int = 1) -> list[tuple[float, float]]:
        at = (coords - (self.west, self.north)) / (self.pixel, -self.pixel) * finer
        return [(float(x), float(y)) for x, y in at]

    def box(self) -> tuple[float, float, float, float]:
        return (
            self.west, self.north - self.height * self.pixel, self.west + self.width * self.pixel, self.north,
        )  # fmt: skip


def local_plane(crs: object, around: gpd.GeoSeries) -> CRS:
    """Return a transverse Mercator plane on the datum of `crs` centred on `around`: there, up is true north."""
    degrees = around.to_crs(CRS(crs).geodetic_crs)
    west, south, east, north = degrees.total_bounds
    middle = TransverseMercatorConversion(
        latitude_natural_origin=(south + north) / 2, longitude_natural_origin=(west + east) / 2
    )
    return ProjectedCRS(conversion=middle, geodetic_crs=CRS(crs).geodetic_crs)


def figure(
    layers: Sequence[Layer],
    focus: gpd.GeoSeries,
    *,
    width_cm: float = 16.0,
    height_cm: float = 10.0,
    margin: float = 0.25,
    notes: Sequence[str] = (),
) -> Figure:
    """Return the layers, the lowest first, around `focus` with `margin` of its extent on every side.

    Every layer needs a CRS on the datum of `focus`. Empty and missing shapes are passed over. The legend lists the
    layers that show; `notes` are lines under it. Raises ValueError where `focus` has no shape.
    """
    drawn = focus[focus.notna() & ~focus.is_empty]
    if drawn.empty or drawn.crs is None:
        raise ValueError("a figure needs a shape with a CRS to look at")
    plane = local_plane(drawn.crs, drawn)
    frame, denominator = _frame(drawn.to_crs(plane).total_bounds, width_cm, height_cm, margin)
    canvas = Image.new("RGB", (frame.width * FINER, frame.height * FINER), PAPER)
    shown = [(layer, _within(layer, plane, frame)) for layer in layers]
    for layer, shapes in shown:
        _paint(canvas, layer, shapes, frame)
    picture = canvas.resize((frame.width, frame.height), Image.Resampling.LANCZOS)
    for layer, shapes in shown:
        _write_names(picture, layer, shapes, frame)
    _scale_bar(picture, frame, denominator)
    _north_arrow(picture)
    ImageDraw.Draw(picture).rectangle((0, 0, frame.width - 1, frame.height - 1), outline=INK, width=2)
    whole = _with_legend(picture, [layer for layer, shapes in shown if len(shapes) and layer.label], notes)
    out = io.BytesIO()
    whole.save(out, "PNG", dpi=(DPI, DPI))
    return Figure(out.getvalue(), denominator, width_cm)


def _frame(bounds: Sequence[float], width_cm: float, height_cm: float, margin: float) -> tuple[_Frame, int]:
    """Return the window around `bounds` [m], at the largest round scale that holds them with their margin."""
    west, south, east, north = bounds
    width, height = round(width_cm / CM_PER_INCH * DPI), round(height_cm / CM_PER_INCH * DPI)
    paper = 0.01 * CM_PER_INCH / DPI  # metres of paper a pixel
    across = max(east - west, LEAST_METRES) * (1 + 2 * margin)
    along = max(north - south, LEAST_METRES) * (1 + 2 * margin)
    denominator = _round_up(max(across / (width * paper), along / (height * paper)))
    pixel = denominator * paper
    middle, centre = (west + east) / 2, (south + north) / 2
    return _Frame(middle - width * pixel / 2, centre + height * pixel / 2, pixel, width, height), denominator


def _round_up(value: float) -> int:
    power = 10.0 ** floor(log10(value))
    return round(next(step for step in ROUND if step * power >= value * (1 - 1e-9)) * power)


def _within(layer: Layer, plane: CRS, frame: _Frame) -> gpd.GeoSeries:
    """Return the layer's shapes on the plane, cut to the window."""
    some = layer.shapes[layer.shapes.notna() & ~layer.shapes.is_empty].to_crs(plane)
    cut = gpd.GeoSeries(shapely.clip_by_rect(some.to_numpy(), *frame.box()), index=some.index, crs=plane)
    return cut[~cut.is_empty]


def _paint(canvas: Image.Image, layer: Layer, shapes: gpd.GeoSeries, frame: _Frame) -> None:
    parts = shapely.get_parts(shapes.to_numpy())
    polygons = [part for part in parts if part.geom_type == "Polygon"]
    if layer.fill and polygons:
        mask = Image.new("L", canvas.size, 0)
        for polygon in polygons:
            mask = _marked(mask, polygon, frame)
        mask = ImageChops.darker(mask, _hatched(canvas.size, layer.hatch)) if layer.hatch else mask
        canvas.paste(layer.fill, mask=mask)
    pen = ImageDraw.Draw(canvas)
    for line in _lines(parts):
        pen.line(
            frame.pixels(shapely.get_coordinates(line), FINER), fill=layer.edge,
            width=max(1, round(layer.width * FINER)), joint="curve",
        )  # fmt: skip


def _lines(parts: Iterable[shapely.Geometry]) -> list[shapely.Geometry]:
    lines: list[shapely.Geometry] = []
    for part in parts:
        if part.geom_type == "Polygon":
            lines += [part.exterior, *part.interiors]
        elif part.geom_type in {"LineString", "LinearRing"}:
            lines.append(part)
    return lines


def _marked(mask: Image.Image, polygon: shapely.Polygon, frame: _Frame) -> Image.Image:
    """Return the mask with one polygon added; its holes stay open, what lies in a hole stays covered."""
    if not polygon.interiors:
        ImageDraw.Draw(mask).polygon(frame.pixels(shapely.get_coordinates(polygon.exterior), FINER), fill=255)
        return mask
    own = Image.new("L", mask.size, 0)
    pen = ImageDraw.Draw(own)
    pen.polygon(frame.pixels(shapely.get_coordinates(polygon.exterior), FINER), fill=255)
    for hole in polygon.interiors:
        pen.polygon(frame.pixels(shapely.get_coordinates(hole), FINER), fill=0)
    return ImageChops.lighter(mask, own)


def _hatched(size: tuple[int, int], hatch: Hatch) -> Image.Image:
    row, column = np.indices((size[1], size[0]))
    step = HATCH_STEP * FINER
    rising, falling = (row + column) % step < FINER, (row - column) % step < FINER
    lines = {"/": rising, "\\": falling, "x": rising | falling}[hatch]
    return Image.fromarray(np.where(lines, 255, 0).astype(np.uint8), "L")


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), size)


def _write_names(picture: Image.Image, layer: Layer, shapes: gpd.GeoSeries, frame: _Frame) -> None:
    if layer.names is None:
        return
    pen, font = ImageDraw.Draw(picture), _font(SMALL)
    named = layer.names.reindex(shapes.index)
    at = frame.pixels(shapely.get_coordinates(shapely.point_on_surface(shapes.to_numpy())))
    for name, (x, y) in zip(named, at, strict=True):
        if not isinstance(name, str) or not name:
            continue
        half = font.getlength(name) / 2 + PAD / 2
        if half <= x <= frame.width - half and SMALL <= y <= frame.height - SMALL:  # half a name names nothing
            pen.text((x, y), name, font=font, fill=INK, anchor="mm", stroke_width=3, stroke_fill=PAPER)


def _scale_bar(picture: Image.Image, frame: _Frame, denominator: int) -> None:
    """Draw a bar of a round length, its ends named in metres or kilometres, and the scale in figures."""
    most = frame.width * frame.pixel * BAR_SHARE
    power = 10.0 ** floor(log10(most))
    metres = max(step * power for step in ROUND if step * power <= most)
    length = round(metres / frame.pixel)
    pen, font = ImageDraw.Draw(picture), _font(SMALL)
    words = say("reports.figure.scale", denominator=denominator)
    left, base = 2 * PAD, frame.height - 2 * PAD
    wide = max(length + 5 * PAD, round(pen.textlength(words, font=font)) + PAD)
    pen.rectangle((left - PAD, base - 5.5 * SMALL // 2 - PAD, left + wide, base + PAD), fill=PAPER)
    half = length // 2
    pen.rectangle((left, base - 8, left + half, base), fill=INK, outline=INK)
    pen.rectangle((left + half, base - 8, left + length, base), fill=PAPER, outline=INK)
    pen.text((left, base - 12), "0", font=font, fill=INK, anchor="lb")
    pen.text((left + length, base - 12), _distance(metres), font=font, fill=INK, anchor="mb")
    pen.text((left, base - 14 - SMALL), words, font=font, fill=INK, anchor="lb")


def _distance(metres: float) -> str:
    kilometre = 1000.0
    return f"{metres / kilometre:g} km" if metres >= kilometre else f"{metres:g} m"


def _north_arrow(picture: Image.Image) -> None:
    """Draw an arrow that points up, where the plane has north."""
    pen = ImageDraw.Draw(picture)
    x, top, tall, half = picture.width - 40, 40, 52, 13
    pen.ellipse((x - 34, 6, x + 34, top + tall + 12), fill=PAPER)
    pen.polygon([(x, top), (x - half, top + tall), (x, top + tall - 12)], fill=INK)
    pen.polygon([(x, top), (x + half, top + tall), (x, top + tall - 12)], outline=INK, fill=PAPER)
    pen.text((x, top - 3), say("reports.figure.north"), font=_font(SMALL), fill=INK, anchor="mb")


def _with_legend(picture: Image.Image, layers: Sequence[Layer], notes: Sequence[str]) -> Image.Image:
    """Return the picture with its legend and notes under it, as many lines as they need."""
    font, swatch = _font(TEXT), round(TEXT * 1.6)
    places, x, row, line = [], PAD, 0, round(TEXT * 1.7)
    for layer in layers:
        wide = swatch + PAD + ceil(font.getlength(layer.label)) + 2 * PAD
        if x > PAD and x + wide > picture.width:
            x, row = PAD, row + 1
        places.append((x, row))
        x += wide
    rows = (row + 1 if layers else 0) + len(notes)
    whole = Image.new("RGB", (picture.width, picture.height + rows * line + (PAD if rows else 0)), PAPER)
    whole.paste(picture, (0, 0))
    pen = ImageDraw.Draw(whole)
    for layer, (left, at) in zip(layers, places, strict=True):
        top = picture.height + PAD + at * line
        _swatch(whole, layer, (left, top, left + swatch, top + TEXT))
        pen.text((left + swatch + PAD, top - 4), layer.label, font=font, fill=INK)
    first = picture.height + PAD + (rows - len(notes)) * line
    for at, note in enumerate(notes):
        pen.text((PAD, first + at * line - 4), note, font=font, fill=INK)
    return whole


def _swatch(picture: Image.Image, layer: Layer, box: tuple[int, int, int, int]) -> None:
    size = (box[2] - box[0], box[3] - box[1])
    if layer.fill:
        mask = _hatched((size[0] * FINER, size[1] * FINER), layer.hatch).resize(size) if layer.hatch else None
        picture.paste(layer.fill, box, mask) if mask else picture.paste(layer.fill, box)
    ImageDraw.Draw(picture).rectangle(box, outline=layer.edge, width=max(1, round(layer.width)))
