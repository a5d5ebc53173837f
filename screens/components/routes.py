"""The tile route: class codes and numbers of one run's parcels, as picture or vector tile; no name ever."""

from starlette.requests import Request
from starlette.responses import Response

from casework.workspace import RunUnreadable
from gis.tiles import Filter, NoSuchAttribute, NoSuchTile
from screens.components.tiling import layer

PRIVATE = {"Cache-Control": "private, max-age=3600"}
VECTOR = "application/vnd.mapbox-vector-tile"


def tile(request: Request) -> Response:
    """Answer /tiles/{run}/{version}/{z}/{x}/{y}.mvt or .<theme>.png?<theme>=codes; 404 where there is no such tile."""
    at = request.path_params
    z, x, y, kind = int(at["z"]), int(at["x"]), int(at["y"]), str(at["kind"])
    try:
        shapes = layer(at["run"], at["version"])
        only = _filter(request)
        if kind == "mvt":
            return Response(shapes.mvt(z, x, y, only), media_type=VECTOR, headers=PRIVATE)
        if kind.endswith(".png"):
            picture = shapes.png(z, x, y, kind.removesuffix(".png"), only)
            return Response(picture, media_type="image/png", headers=PRIVATE)
    except (NoSuchTile, NoSuchAttribute, RunUnreadable, ValueError):
        return Response(status_code=404)
    return Response(status_code=404)


def _filter(request: Request) -> Filter | None:
    """Return the class codes asked for by attribute; `?grade=` asks for none, and none is drawn."""
    only = {name: [int(code) for code in codes.split(",") if code] for name, codes in request.query_params.items()}
    return only or None
