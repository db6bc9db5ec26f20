"""The samplers as functions of their options: hone.samplers.tpe(n_startup=20).

They are made from the library's own list, so that every one is here; dir(hone.samplers) shows them.
"""

from hone import _plugins


def __getattr__(name: str) -> _plugins.Constructor:
    if name.startswith("_"):
        raise AttributeError(name)
    return _plugins.constructor(_plugins.SAMPLER, name)


def __dir__() -> list[str]:
    return _plugins.attributes(_plugins.SAMPLER)
