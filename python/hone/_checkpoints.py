"""Checkpoints: a directory for each trial, from which it goes on when it is run again.

They lie beside the file of the study: of hone.db where `hone run` has them, hone/STUDY/NUMBER/ckpt, of
another file in FILE.ckpt/STUDY/NUMBER/ckpt, since each file may have a study of the same name. Those of
a study in memory are in a temporary directory, which goes with the study. A fork begins with a copy of its
parent's. A copy is made beside its place and renamed, so that a process that is killed meanwhile
leaves no half of one.
"""

import os
import shutil
import threading
import warnings
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hone._study import Study
    from hone._trial import Trial

_STATE = "state.pickle"
_making = threading.Lock()


class Checkpoints:
    """Those of one study."""

    def __init__(self, study: "Study", given: str | os.PathLike[str] | None) -> None:
        kind, _, path = study.storage.partition(":")
        self.root: Path
        self.remove: weakref.finalize[..., Any] | None = None
        if given is not None:
            self.root = Path(os.path.abspath(given))
        elif kind == "memory":
            import tempfile

            self.root = Path(tempfile.mkdtemp(prefix="hone-"))
            self.remove = weakref.finalize(study, _remove, self.root, os.getpid())
        else:
            file = Path(path)
            home = "hone" if file.name == "hone.db" else file.name + ".ckpt"
            self.root = file.parent / home / study.name

    def of(self, number: int) -> Path:
        """Where the checkpoint of a trial is, if there is one."""
        return self.root / str(number) / "ckpt"

    def close(self) -> None:
        """The study in memory is gone."""
        if self.remove is not None:
            self.remove()

    def begin(self, trial: "Trial", parent: int) -> None:
        """What a trial goes on from: its own, or a copy of that of `parent`, -1: of none."""
        own = self.of(trial.number)
        if trial.attempts == 1:
            shutil.rmtree(own, ignore_errors=True)  # of a study that was deleted
        elif own.exists():
            return
        elif trial._checkpoint_bytes > 0:
            warnings.warn(
                f"trial {trial.number} starts over: its checkpoint is no longer in {own}",
                stacklevel=4,
            )
        if parent >= 0 and self.of(parent).exists():
            copy(self.of(parent), own)
            # Until that is known the parent waits, lest its next checkpoint be copied instead.
            trial._checkpointed(trial._forked_at, size_of(own))
            trial.study.sync()


def checkpoints_of(study: "Study", given: str | os.PathLike[str] | None) -> Checkpoints:
    """Those of a study, which threads that ask for them at once share."""
    with _making:
        if study._kept is None:
            study._kept = Checkpoints(study, given)
        return study._kept


def _remove(path: Path, pid: int) -> None:
    """Not by a child of a fork that ends like a program of its own."""
    if os.getpid() == pid:
        shutil.rmtree(path, ignore_errors=True)


def copy(source: Path, target: Path) -> None:
    """A whole directory: afterwards it is there, or nothing is."""
    begun = target.with_name(target.name + ".copy")
    shutil.rmtree(begun, ignore_errors=True)
    shutil.copytree(source, begun, symlinks=True)
    os.rename(begun, target)


def size_of(directory: Path) -> int:
    """Bytes that its files take on the disk; those of several names count once."""
    total = 0
    for where, _, names in os.walk(directory):
        for name in names:
            try:
                info = os.lstat(os.path.join(where, name))
            except FileNotFoundError:  # a temporary file that has been renamed
                continue
            total += (info.st_blocks * 512 or info.st_size) // max(info.st_nlink, 1)
    return total


def save_state(directory: Path, state: Any) -> None:
    """Pickles into the directory: the whole state, or the one of before."""
    import pickle

    path = directory / _STATE
    begun = path.with_name(_STATE + ".new")
    with open(begun, "wb") as file:
        pickle.dump(state, file)
    os.replace(begun, path)


def load_state(directory: Path, default: Any) -> Any:
    """What save_state has kept."""
    import pickle

    try:
        with open(directory / _STATE, "rb") as file:
            return pickle.load(file)
    except FileNotFoundError:
        return default
