"""The Cloud Function of the catalogue."""

from app.kit.http import public_get
from app.kit.limits import PUBLIC
from app.recovery.catalog import policy
from app.recovery.catalog.models import Catalog, ListCatalog

CACHE_SECONDS = 300


@public_get(limits=PUBLIC, cache_seconds=CACHE_SECONDS)
def catalog_list(request: ListCatalog) -> Catalog:  # noqa: ARG001  # it has no parameters
    """Answer everything a donor can give to. Reads nothing."""
    return policy.CATALOG
