"""The makers of the data tables in src/readiness_pack/data: one module a kind of source. See tools/make_tables.py."""
