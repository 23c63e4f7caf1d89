"""What maintainers run: the demo, and the scripts that make the tables under ``src/readiness_pack/data``."""
