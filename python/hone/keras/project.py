"""The folder of a project: the study file, and a folder for each trial."""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import TYPE_CHECKING, Any, Dict, Optional

from .objective import Objective

if TYPE_CHECKING:
    from hone import Study

STUDY_FILE = "hone.db"
_OPEN_OR_CREATE = 0


class Project:
    """Where a search keeps what it learns: `directory/project_name`.

    `hone.db` in it is the study, which the command `hone` opens, too; `trial_0007` holds the files
    of trial 7.
    """

    def __init__(self, directory: Any = None, project_name: Optional[str] = None) -> None:
        self.name = project_name or "untitled_project"
        self.path = os.path.join(os.fspath(directory or "."), self.name)

    @property
    def study_file(self) -> str:
        return os.path.join(self.path, STUDY_FILE)

    def exists(self) -> bool:
        return os.path.exists(self.study_file)

    def trial_dir(self, trial_id: str, make: bool = False) -> str:
        """The folder of a trial."""
        path = os.path.join(self.path, f"trial_{trial_id}")
        if make:
            os.makedirs(path, exist_ok=True)
        return path

    def remove(self) -> None:
        """Removes the study and the trials' folders; what else lies there stays."""
        if not os.path.isdir(self.path):
            return
        for entry in os.listdir(self.path):
            path = os.path.join(self.path, entry)
            if entry in (STUDY_FILE, STUDY_FILE + "-wal", STUDY_FILE + "-shm"):
                os.remove(path)
            elif re.fullmatch(r"trial_\d{4,}", entry) and os.path.isdir(path):
                shutil.rmtree(path)

    def open(
        self,
        objective: Objective,
        sampler: Any,
        scheduler: Any,
        seed: Optional[int],
        n_trials: int,
    ) -> "Study":
        """The study of the project, made when there is none.

        Trials that ran in a process that is gone wait again, with their values.
        """
        from hone._plugins import SAMPLER, SCHEDULER, choice_of
        from hone._study import Study

        os.makedirs(self.path, exist_ok=True)
        sampler_name, sampler_options = choice_of(SAMPLER, sampler)
        if scheduler is None and not os.path.exists(self.study_file):
            scheduler = "none"  # Keras Tuner's tuners stop nothing unless they are told to
        scheduler_name, scheduler_options = choice_of(SCHEDULER, scheduler)
        goal = 1 if objective.direction == "max" else 0
        study = Study(
            storage=f"sqlite:{os.path.abspath(self.study_file)}",
            name=re.sub(r"[^A-Za-z0-9_.-]", "_", self.name),
            mode=_OPEN_OR_CREATE,
            metrics=((re.sub(r"[^A-Za-z0-9_.-]", "_", objective.name), goal),),
            sampler=sampler_name,
            sampler_options=sampler_options,
            scheduler=scheduler_name,
            scheduler_options=scheduler_options,
            seed=seed if seed is None else seed % 2**64,
            n_trials=n_trials,
        )
        study._space = None
        study.recover()
        return study


def read_json(path: str) -> Optional[Dict[str, Any]]:
    """What a JSON file holds; None when there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            return dict(json.load(file))
    except FileNotFoundError:
        return None


def write_json(path: str, value: Dict[str, Any]) -> None:
    """Writes a JSON file; one that was there is replaced at once."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(value, file)
    os.replace(path + ".new", path)
