"""Splitters: folds that are drawn once for all candidates, some of them, and smaller ones."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Split = tuple[NDArray[Any], NDArray[Any]]


class Folds:
    """The splits of `cv`, drawn when they are first needed and then the same for every candidate,
    whatever `cv` does when it is asked again: only so are scores comparable.

    chosen: which folds split() gives, None for all. share: how much of each fold, from 0 to 1.
    """

    def __init__(self, cv: Any) -> None:
        self._cv = cv
        self._splits: list[Split] | None = None
        self._orders: list[tuple[NDArray[Any], NDArray[Any]]] = []
        self.chosen: list[int] | None = None
        self.share: float | None = None
        self.seed = 0

    def get_n_splits(self, *_: Any, **__: Any) -> int:
        """How many folds split() gives, once they are drawn."""
        return len(self.chosen if self.chosen is not None else self._splits or ())

    def split(self, X: Any, y: Any = None, **params: Any) -> Iterator[Split]:
        """Pairs of indices to train on and to test on."""
        if self._splits is None:
            self._splits = list(self._cv.split(X, y, **params))
        chosen = range(len(self._splits)) if self.chosen is None else self.chosen
        for i in chosen:
            yield self._splits[i] if self.share is None else self._smaller(i, self.share)

    def _smaller(self, i: int, share: float) -> Split:
        """The first part of the fold in an order of chance: a larger share holds a smaller one."""
        assert self._splits is not None
        if not self._orders:
            rng = np.random.RandomState(self.seed)
            self._orders = [
                (rng.permutation(len(train)), rng.permutation(len(test)))
                for train, test in self._splits
            ]
        train, test = (np.asarray(part) for part in self._splits[i])
        of_train, of_test = self._orders[i]
        return train[of_train[: int(share * len(train))]], test[of_test[: int(share * len(test))]]
