"""A bureau's folder or zip → raw tables: what each sheet is, where each cell came from, and what cannot be read."""

import pyarrow as pa

from parcels.delivery.delivered import Delivery, InputFile, RawTable
from parcels.delivery.reading import read

__all__ = ["Delivery", "InputFile", "RawTable", "read"]

# Arrow's own allocator never gives back what it took for a moment: of 100,000 parcels 70 MB.
pa.set_memory_pool(pa.system_memory_pool())
