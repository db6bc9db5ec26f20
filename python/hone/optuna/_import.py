"""An Optuna study as a Hone study. The library reads Optuna's files; a study that is elsewhere is
brought into a journal first."""

import os
import tempfile
import warnings
from collections.abc import Sequence

import optuna
from optuna.storages import BaseStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend

import hone
from hone import _hone
from hone._study import Study, storage_url
from hone.optuna._export import storage_of

_SQLITE = "sqlite:///"


def _file_of(source: str | os.PathLike[str]) -> str | None:
    """The path of the file that holds it; None where only Optuna can read it."""
    text = os.fspath(source)
    if not isinstance(source, str) or "://" not in text:
        return text
    path = text.removeprefix(_SQLITE)
    return path if text.startswith(_SQLITE) and path and "?" not in path else None


def _name_in(storage: str | BaseStorage, study_name: str | None) -> str:
    names = optuna.get_all_study_names(storage)
    if study_name is None and len(names) == 1:
        return names[0]
    if study_name not in names:
        listed = ", ".join(repr(name) for name in names) or "none"
        wanted = f"no study {study_name!r}" if study_name else f"{len(names)} studies"
        raise hone.NotFoundError(f"the storage holds {wanted}: give study_name=, of {listed}")
    assert study_name is not None
    return study_name


def import_study(
    source: "optuna.Study | BaseStorage | str | os.PathLike[str]",
    study_name: str | None = None,
    *,
    storage: str | os.PathLike[str] = "hone.db",
    name: str | None = None,
    metrics: Sequence[str] = (),
) -> Study:
    """Makes a Hone study of an Optuna study, with all its trials, and gives it.

    source: an Optuna study or storage, a URL ("sqlite:///optuna.db", or of any database that Optuna
    reads), or the path of an SQLite database or a journal file. study_name: which study of it, if
    there are several. storage: the file to put it in; the study appears there whole or not at all.
    name: how it is called here; as there by default. metrics: names of its objectives.

    What could not be taken over as it was is said in a warning. Raises hone.NotFoundError with the
    names that there are, hone.ExistsError when there is a study of that name here, and
    hone.UnsupportedError or hone.StorageError, which name the file.
    """
    if isinstance(metrics, str):
        metrics = (metrics,)
    url = storage_url(storage)
    made, notes = _read(source, study_name, (url, name, tuple(metrics)))
    for note in notes:
        warnings.warn(f"{made}: {note}", stacklevel=2)
    return hone.open(url, made)


_Options = tuple[str, str | None, tuple[str, ...]]
_Made = tuple[str, list[str]]  # the name of the new study, and what is to be said of it


def _read(
    source: "optuna.Study | BaseStorage | str | os.PathLike[str]",
    study_name: str | None,
    options: _Options,
) -> _Made:
    if isinstance(source, optuna.Study):
        if study_name not in (None, source.study_name):
            raise ValueError(f"study_name is {study_name!r}, but the study is {source.study_name!r}")
        return _by_journal(source._storage, source.study_name, options)
    if isinstance(source, BaseStorage):
        return _by_journal(source, _name_in(source, study_name), options)
    path = _file_of(source)
    if path is not None:
        return _from_file(path, study_name, options)
    theirs = storage_of(source)
    return _by_journal(theirs, _name_in(theirs, study_name), options)


def _by_journal(source: str | BaseStorage, study_name: str, options: _Options) -> _Made:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "journal.log")
        journal = JournalStorage(JournalFileBackend(path))
        optuna.copy_study(from_study_name=study_name, from_storage=source, to_storage=journal)
        return _from_file(path, study_name, options)


def _from_file(path: str, study_name: str | None, options: _Options) -> _Made:
    return _hone.import_optuna(path, study_name, *options)
