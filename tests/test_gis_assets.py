"""Proves that the vendored browser files are the pinned ones, licensed, complete, and ask no other host."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from PIL import ImageFont

from gis import webmap

ASSETS = webmap.ASSETS
OURS = {"SHA256SUMS", "SOURCES.md", "vendor.sh", ".gitattributes", "mujian/map.js", "mujian/words.zh-CN.json"}
FONT = ASSETS / "fonts" / "NotoSansCJKsc-GBK.otf"
CODE = sorted(path for path in ASSETS.rglob("*") if path.suffix in {".js", ".css", ".svg"})

# Every address left in a shipped file after its comments, and why no browser ever asks for it. Nothing else passes.
ALLOWED = {
    "http://www.w3.org/2000/svg": "the name of the SVG language (XML namespace)",
    "http://www.w3.org/1999/xlink": "XML namespace",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "XML namespace in the drawing tool's metadata",
    "http://purl.org/dc/elements/1.1/": "XML namespace",
    "http://purl.org/dc/dcmitype/StillImage": "a word of the Dublin Core list, in metadata",
    "http://creativecommons.org/ns#": "XML namespace",
    "http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd": "XML namespace",
    "http://www.inkscape.org/namespaces/inkscape": "XML namespace",
    "https://leafletjs.com": "href of the attribution prefix, which map.js switches off",
    "https://github.com/Leaflet/Leaflet/": "text of an error message of the drawing tool",
}


def relative(path: Path) -> str:
    return path.relative_to(ASSETS).as_posix()


def without_comments(text: str) -> str:
    return re.sub(r"(?<![:\"'/])//[^\n]*", "", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))


def test_every_vendored_file_has_the_sum_written_down_and_every_sum_its_file() -> None:
    lines = (ASSETS / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    stated = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    there = {relative(path): path for path in ASSETS.rglob("*") if path.is_file() and relative(path) not in OURS}
    assert set(stated) == set(there)
    assert {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in there.items()} == stated


def test_every_folder_has_its_source_version_and_licence() -> None:
    sources = (ASSETS / "SOURCES.md").read_text(encoding="utf-8")
    folders = {path.name for path in ASSETS.iterdir() if path.is_dir()} - {"licences", "mujian", "fonts"}
    assert [folder for folder in folders if f"`{folder}/`" not in sources] == []
    assert len(list((ASSETS / "licences").glob("*.txt"))) == len(folders) + 1  # and the font
    assert "SIL OPEN FONT LICENSE" in (ASSETS / "licences" / "noto-sans-cjk.txt").read_text(encoding="utf-8")


def test_our_own_papers_name_no_registry_and_no_machine() -> None:
    for name in OURS:
        text = (ASSETS / name).read_text(encoding="utf-8")
        assert not re.search(r"registry\.|npmjs|/work/|/root/|/tmp/|/opt/", text), name


@pytest.mark.parametrize("path", CODE, ids=relative)
def test_no_shipped_file_holds_an_address_that_is_asked_for(path: Path) -> None:
    text = without_comments(path.read_text(encoding="utf-8"))
    assert set(re.findall(r"https?://[^\s\"'\\<>)]+", text)) - set(ALLOWED) == set()
    assert not re.search(r"(?:src|url\(|import|fetch\(|importScripts\()\s*=?\s*[\"']?//", text)


@pytest.mark.parametrize("path", [path for path in CODE if path.suffix == ".css"], ids=relative)
def test_every_picture_a_style_sheet_names_is_shipped(path: Path) -> None:
    named = re.findall(r"url\([\"']?([^)\"']+)", path.read_text(encoding="utf-8"))
    assert [name for name in named if not name.startswith("#") and not (path.parent / name).is_file()] == []


def test_our_script_writes_text_as_text_and_builds_no_code() -> None:
    script = (ASSETS / "mujian" / "map.js").read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function|fetch\(|XMLHttp", script
    )


def test_the_words_of_the_controls_are_chinese_plain_text() -> None:
    pending = [json.loads((ASSETS / "mujian" / "words.zh-CN.json").read_text(encoding="utf-8"))]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending.extend(value.values())
        else:
            assert value == webmap.safe_text(value)
            assert re.search(r"[\u4e00-\u9fff]", value)


def test_the_font_writes_rare_company_characters_and_stays_small() -> None:
    assert FONT.stat().st_size <= 6 * 1024 * 1024
    font = ImageFont.truetype(str(FONT), 24)
    assert font.getname()[0] == "Noto Sans CJK SC"
    missing = font.getmask("\U0010fffd").getbbox(), bytes(font.getmask("\U0010fffd"))
    for sign in "亩鉴喆堃昇玥镕犇淼囍㎡²№①":
        assert (font.getmask(sign).getbbox(), bytes(font.getmask(sign))) != missing, sign
