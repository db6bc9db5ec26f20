"""What a sampler or a pruner has of each Optuna study that it serves."""

import os
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from optuna.study import Study

T = TypeVar("T")


class PerStudy(Generic[T]):
    """One thing for each study, made when it is first asked for.

    It is made of a study in memory, which is its process' own: the child of a fork, and who unpickles
    it, makes it anew.
    """

    def __init__(self) -> None:
        self._made: dict[tuple[int, int], tuple[T, Any]] = {}
        self._pid = os.getpid()

    def of(self, study: Study, make: Callable[[], T]) -> T:
        """That of `study`."""
        self.is_new_process()
        key = (id(study._storage), study._study_id)
        if key not in self._made:
            # The storage is kept, so that its id stays its own.
            self._made[key] = (make(), study._storage)
        return self._made[key][0]

    def is_new_process(self) -> bool:
        """Is this the first call in another process? What was made is forgotten then."""
        if self._pid == os.getpid():
            return False
        self._pid = os.getpid()
        self._made = {}
        return True

    def __getstate__(self) -> dict[str, Any]:
        return {"_made": {}, "_pid": -1}
