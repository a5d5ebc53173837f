"""A bureau's folder or zip → raw tables: what each sheet is, where each cell came from, and what cannot be read."""

from parcels.delivery.delivered import Delivery, InputFile, RawTable
from parcels.delivery.reading import read

__all__ = ["Delivery", "InputFile", "RawTable", "read"]
