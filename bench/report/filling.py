"""Runs what is missing of the files of a field, by bench/suites/run."""
import pathlib
import subprocess

import fields
import results as files
import suites

RUN = pathlib.Path(__file__).resolve().parents[1] / "suites" / "run"


def n_seeds(results, counts):
    """How many the runs of such samplers have."""
    if results is None:
        return 0
    return 1 + max((seed for label, _, seed in results.runs if counts(label)), default=-1)


class Filler:
    """`options`: seeds, peers, again and jobs, as of bench/report/compare."""

    def __init__(self, folder, options):
        self.folder, self.options = folder, options
        self.seen = set()  # names of the files that were filled

    def fill(self, field):
        """Returns whether all went well."""
        peers = [n_seeds(self._kept(part), lambda label: not fields.is_own(label))
                 for part in field.parts]
        wanted, ok = max([self.options.seeds, *peers]), True
        for part in field.parts:
            samplers = list(part.samplers) if self.options.peers else part.own()
            there = n_seeds(self._kept(part), lambda label: label in samplers)
            seeds = max(wanted or part.seeds, there)
            again = self.options.again and part.name not in self.seen
            if samplers and (again or not self._is_whole(part, samplers, seeds)):
                ok = self._run(part, samplers, seeds, again) and ok
            self.seen.add(part.name)
        return ok

    def _kept(self, part):
        path = self.folder / f"{part.name}.json"
        return files.load(path) if path.exists() else None

    def _is_whole(self, part, samplers, seeds):
        """Has the file every run of these samplers?"""
        results = self._kept(part)
        return results is not None and all(
            (label, problem, seed) in results.runs for label in samplers
            for problem in part.problems or suites.SUITES[part.suite] for seed in range(seeds))

    def _run(self, part, samplers, seeds, again):
        print(f"== {part.name}: {', '.join(samplers)}, {seeds} seeds", flush=True)
        command = [RUN, "--suite", part.suite, "--seeds", str(seeds), "--trials", str(part.trials),
                   "--only", part.only, "--jobs", str(self.options.jobs), "--out",
                   self.folder / f"{part.name}.json"]
        calls = [["--samplers", ",".join(samplers)]]
        if again:
            calls = [["--samplers", sampler, "--again", sampler] for sampler in samplers]
        codes = [subprocess.run([*command, *call], check=False).returncode for call in calls]
        return not any(codes)
