"""Renderings of the Report."""
