"""Evaluates objectives, in this process only, and keeps what slow ones gave.

One file a problem in build/suites, one line an evaluation, appended whole, so that several jobs and
runs share them. On spaces of integers and choices most points are soon known.
"""
import json
import os
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "build" / "suites"


class Objective:
    """A problem's instance: `objective(point)` → value; `lowest` and `median` are its scale."""

    def __init__(self, problem, instance, reference):
        self.function = problem.make(instance)
        self.known, self.file = {}, None
        if problem.cached:
            FOLDER.mkdir(parents=True, exist_ok=True)
            self.file = FOLDER / f"{problem.name}.{versions()}.jsonl"
            self._read()
        if problem.best:
            self.lowest = problem.best(instance)
            self.median = problem.median(self, instance)
        else:
            self.lowest, self.median = reference[problem.name]

    def _read(self):
        if self.file.exists():
            for line in self.file.read_text().splitlines():
                key, value = json.loads(line)
                self.known[key] = value

    def __call__(self, point):
        if self.file is None:
            return self.function(point)
        key = json.dumps(point, sort_keys=True)
        if key not in self.known:
            self.known[key] = self.function(point)
            line = json.dumps([key, self.known[key]]) + "\n"
            handle = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
            try:
                os.write(handle, line.encode())
            finally:
                os.close(handle)
        return self.known[key]


def versions():
    """Other versions of the models may score differently."""
    import sklearn  # only in the environment of the objectives
    return f"sklearn-{sklearn.__version__}"
