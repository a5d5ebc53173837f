"""Land codes by scheme and edition → classes and groups; the standard cited per row (POLICY.md §6)."""

from parcels.landuse.classify import (
    groups,
    groups_by_name,
    listed_code,
    lost_zero,
    names,
    normalise,
    plain_name,
    require_scheme,
    statuses,
    unlisted,
    unschemed,
    use_groups,
)
from parcels.landuse.crosswalk import crosswalk, new_classes, pairs
from parcels.landuse.of_parcels import groups_of_parcels
from parcels.landuse.schemes import collisions, detect_scheme, disagreements
from parcels.landuse.tables import (
    CUSTOM,
    SCHEMES,
    UNMAPPED,
    USE_GROUPS,
    SchemeMissing,
    SchemeUnknown,
    contested,
    table,
)

__all__ = [
    "CUSTOM",
    "SCHEMES",
    "UNMAPPED",
    "USE_GROUPS",
    "SchemeMissing",
    "SchemeUnknown",
    "collisions",
    "contested",
    "crosswalk",
    "detect_scheme",
    "disagreements",
    "groups",
    "groups_by_name",
    "groups_of_parcels",
    "listed_code",
    "lost_zero",
    "names",
    "new_classes",
    "normalise",
    "pairs",
    "plain_name",
    "require_scheme",
    "statuses",
    "table",
    "unlisted",
    "unschemed",
    "use_groups",
]
