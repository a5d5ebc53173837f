"""Geometry and maps: the room that knows neither firms nor policy and raises typed exceptions."""
