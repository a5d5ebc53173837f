"""A demo delivery: a small invented county with every verdict in it, and the key that says where."""

from parcels.demo.handover import POLICIES, DemoPaths, DemoRefused, write

__all__ = ["POLICIES", "DemoPaths", "DemoRefused", "write"]
