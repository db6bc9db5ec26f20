"""Every combination once, of a space that is only known as far as trials have gone.

A trial's choices, in the order in which it was asked, are a path in a tree. The next trial follows
an earlier path up to some choice and takes a value there that no trial with that beginning took;
the sampler chooses the rest. When no choice of any path has a value left, all have been tried.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Sequence, Set, Tuple

from .registry import Asked

Path = Tuple[Asked, ...]


class Grid:
    """The paths tried so far.

    Args:
        values: every value of a parameter, by its name.
    """

    def __init__(self, values: Callable[[str], Optional[List[Any]]]) -> None:
        self._values = values
        self._paths: List[Path] = []
        self._tried: Dict[Path, Set[Any]] = {}

    def add(self, asked: Sequence[Asked]) -> None:
        """A trial took this path."""
        path = tuple(asked)
        self._paths.append(path)
        for i, choice in enumerate(path):
            self._tried.setdefault(path[:i], set()).add(choice.value)

    def has(self, asked: Sequence[Asked]) -> bool:
        """Whether a trial took exactly this path."""
        return tuple(asked) in self._paths

    def __len__(self) -> int:
        return len(self._paths)

    def next(self) -> Optional[Dict[str, Any]]:
        """How the next new path begins; None when there is none left. Empty before the first."""
        if not self._paths:
            return {}
        for path in reversed(self._paths):
            for i in range(len(path) - 1, -1, -1):
                tried = self._tried[path[:i]]
                for value in self._values(path[i].name) or ():
                    if value not in tried:
                        return {**{each.name: each.value for each in path[:i]}, path[i].name: value}
        return None
