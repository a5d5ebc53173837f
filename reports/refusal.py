"""Every refusal of the rooms in an officer's words: what, where, and what to do."""

from casework.workspace import RunUnreadable
from evaluation.policy.read import PolicyError
from gis import crs as systems
from gis.engines import NAMES, EngineUnavailable, EngineUnknown
from gis.geoparquet import NotGeoParquet
from gis.measure import NotPolygons
from gis.province import Foreign
from gis.wkb import NotPolygonColumn
from parcels.words import say
from reports.produce import NothingDelivered
from reports.run_folder import NotARun, NotWritten

REFUSALS = (
    *(PolicyError, NothingDelivered, NotARun, NotWritten, RunUnreadable, EngineUnknown, EngineUnavailable, OSError),
    *(NotGeoParquet, NotPolygonColumn, NotPolygons, Foreign, systems.CrsMissing, systems.CrsDiffer),
)


def lines(error: Exception) -> list[str]:  # noqa: PLR0911 - a table of errors, one line each
    """Return one line a problem. Raises the error itself if it is no refusal but a bug."""
    match error:
        case PolicyError():
            return [str(problem) for problem in error.problems]
        case NothingDelivered():
            return error.lines
        case EngineUnknown():
            return [say(f"cli.engine.bad.{error.what}", value=error.value, known="、".join(NAMES))]
        case EngineUnavailable():
            return [say(f"cli.engine.absent.{error.what}", detail=error.detail or say("cli.engine.none"))]
        case NotARun() | NotWritten() | RunUnreadable():
            return [str(error)]
        case FileNotFoundError():
            return [say("cli.os_error", path=error.filename or "", why=say("cli.absent"))]
        case OSError():
            return [say("cli.os_error", path=error.filename or "", why=error.strerror or error)]
    return _of_layers(error)


def _of_layers(error: Exception) -> list[str]:
    match error:
        case NotGeoParquet() if error.column:
            return [say("cli.areas.bad.column", path=error.path, column=error.column)]
        case NotGeoParquet():
            return [say("cli.areas.bad.format", path=error.path)]
        case NotPolygonColumn() | NotPolygons():
            return [say("cli.areas.bad.polygons", why=error)]
        case Foreign():
            return [say("cli.areas.bad.foreign", path=error.path, name=error.name)]
        case systems.CrsMissing():
            return [say("cli.areas.bad.crs", path=error.file)]
        case systems.CrsDiffer(one=one, other=other) if one and other:
            return [say("cli.areas.bad.differ", one=systems.name(one), other=systems.name(other))]
    raise error
