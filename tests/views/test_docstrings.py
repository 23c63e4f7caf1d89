"""The examples in the docstrings of views run."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module
from inspect import isfunction

import pytest

from readiness_pack.template import views

MODULES = sorted(module.name for module in pkgutil.iter_modules(views.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(import_module(f"{views.__name__}.{name}")).failed == 0


def test_everything_public_is_described() -> None:
    functions_and_classes = [getattr(views, name) for name in views.__all__ if callable(getattr(views, name))]
    assert [one for one in functions_and_classes if isfunction(one) and not one.__doc__] == []
    assert len(functions_and_classes) > 50
