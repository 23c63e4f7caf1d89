"""Checks that need code: one module per AWS service or view, named in rule files as ``module.function``."""
