"""QGIS itself opens verdicts.gpkg with its styles. Runs where QGIS is installed; CI does not ask for it."""

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Demo

SYSTEM_PYTHON = Path("/usr/bin/python3")  # QGIS brings its bindings to the system's Python, not to ours
OPEN = """
import json, sys
from qgis.core import QgsApplication, QgsVectorLayer
QgsApplication.setPrefixPath("/usr", True)
application = QgsApplication([], False)
application.initQgis()
said = {}
for name in ("parcels", "zones", "counted"):
    layer = QgsVectorLayer(sys.argv[1] + "|layername=" + name, name, "ogr")
    message, styled = layer.loadDefaultStyle()
    kinds = {str(category.value()) for category in layer.renderer().categories()}
    said[name] = [layer.isValid(), layer.featureCount(), layer.crs().authid(), styled,
                  layer.renderer().classAttribute(), sorted(kinds)]
print(json.dumps(said))
"""


def qgis(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a script in QGIS's own Python, without a screen."""
    command = [str(SYSTEM_PYTHON), "-c", *map(str, arguments)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    clean["QT_QPA_PLATFORM"] = "offscreen"
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=clean, check=False)


def test_qgis_opens_every_layer_with_its_style_by_itself(demo: "Demo") -> None:
    if not SYSTEM_PYTHON.exists() or qgis("import qgis.core").returncode:
        pytest.skip("no QGIS here: install Debian's python3-qgis to open the layers in QGIS itself")
    done = qgis(OPEN, demo.run / "verdicts.gpkg")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert "Warning" not in done.stderr
    assert {name: facts[4] for name, facts in said.items()} == {
        "parcels": "idle", "zones": "outcome", "counted": "role",
    }  # fmt: skip
    for valid, features, crs, styled, _, kinds in said.values():
        assert valid
        assert styled
        assert features > 0
        assert crs == "EPSG:4490"
        assert "unknown" in kinds or kinds == ["denominator", "excluded", "numerator", "unmapped"]
