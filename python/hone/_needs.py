"""Packages that a module of Hone works with, and that Hone does not install."""

from importlib import import_module
from typing import Any


def needed(module: str, package: str, by: str) -> Any:
    """The module, or an ImportError of one line that says what to install."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        # What the package itself misses is its own to say.
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise ImportError(f"{by} needs {package}: pip install {package}", name=module) from None
