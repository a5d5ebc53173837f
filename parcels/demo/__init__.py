"""A demo delivery: a small invented county with every verdict in it, and the key that says where."""

from parcels.demo.handover import DemoPaths, DemoTooSmall, write

__all__ = ["DemoPaths", "DemoTooSmall", "write"]
