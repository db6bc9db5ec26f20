"""A search space of models: the function that builds one, and how it is trained."""

from __future__ import annotations

from typing import Any, Callable, Optional

from .hyperparameters import HyperParameters


class HyperModel:
    """Builds and trains a model from hyperparameters; to be subclassed.

    Args:
        name: for people.
        tunable: False: hyperparameters that it asks for keep their defaults unless they were
            declared to the tuner.
    """

    def __init__(self, name: Optional[str] = None, tunable: bool = True) -> None:
        self.name = name
        self.tunable = tunable

    def build(self, hp: HyperParameters) -> Any:
        """The model for `hp`, compiled."""
        raise NotImplementedError

    def declare_hyperparameters(self, hp: HyperParameters) -> None:
        """Asks for hyperparameters that `fit` needs, so that they are known from the start."""

    def fit(self, hp: HyperParameters, model: Any, *args: Any, **kwargs: Any) -> Any:
        """Trains the model with the arguments of `search`.

        Returns:
            A `History`, a dict of metrics, or the objective's value.
        """
        return model.fit(*args, **kwargs)


class BuildFunction(HyperModel):
    """A hypermodel that is a function of the hyperparameters."""

    def __init__(self, build: Callable[[HyperParameters], Any]) -> None:
        super().__init__(name=getattr(build, "__name__", None))
        self._build = build

    def build(self, hp: HyperParameters) -> Any:
        return self._build(hp)


def get_hypermodel(hypermodel: Any) -> Optional[HyperModel]:
    """The hypermodel that a tuner's argument means: one, a function, or nothing."""
    if hypermodel is None or isinstance(hypermodel, HyperModel):
        return hypermodel
    if hasattr(hypermodel, "build") and hasattr(hypermodel, "fit"):
        return hypermodel  # type: ignore[no-any-return]
    if callable(hypermodel):
        return BuildFunction(hypermodel)
    raise ValueError(
        "The hypermodel must be a function of the hyperparameters or a HyperModel; got "
        f"{hypermodel!r}."
    )
