"""Whatever is killed, and whenever: no acknowledged trial is lost or changed, what was running runs
again with the same values, and nothing stays behind.

HONE_KILLS sets how many random kills there are (100 if unset).
"""
import collections
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import time

import pytest

JOBS, TRIALS, SEED = 4, 60, 7
KILLS = int(os.environ.get("HONE_KILLS") or 100)
# Those of src/base/fault.c that a run passes. The rest are reading, opening and memory, and what
# writes a file whole (test/unit/base) or copies a fork's checkpoint (test/unit/drive).
POINTS = ("append.before", "append.after", "append.io", "spawn.before", "spawn.after",
          "metric.before", "metric.after", "told.before", "told.after", "checkpoint.before",
          "checkpoint.after")
RETRIED = len(range(0, TRIALS, 7))  # by the trainee, when it is asked to


class Study:
    """One study in a directory of its own, run as often as it takes."""

    def __init__(self, hone, program, directory, milliseconds=12, retry=False, sampler="qmc",
                 options=()):
        self.hone, self.directory, self.retry = hone, directory, retry
        self.log = directory / "trainee.log"
        trainee = program("trainee").program
        self.run = ("run", "-q", "-n", TRIALS, "-j", JOBS, "--seed", SEED, "--minimize", "value",
                    "--sampler", sampler, "-p", "x=0..1", "-p", "k=int:1..9", "--retries",
                    int(retry), *options,
                    "--", trainee, self.log, milliseconds, "{x}", *(["retry"] if retry else []))

    def start(self, **options):
        return self.hone.start(*self.run, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, start_new_session=True, **options)

    def trials(self):
        if not (self.directory / "hone.db").exists():
            return {}
        done = self.hone("trials", "--json")
        if done.code != 0:
            assert "no study" in done.err or "empty" in done.err, done.err
            return {}
        rows = (json.loads(line) for line in done.out.splitlines())
        return {row["number"]: row for row in rows}

    def logged(self, what):
        lines = self.log.read_text().split("\n") if self.log.exists() else []
        return collections.Counter(int(line.split()[1]) for line in lines if line.startswith(what))

    def checked(self, before):
        """Trials now; asserts what must hold against those of an earlier look."""
        now = self.trials()
        started, finished = self.logged("start"), self.logged("done")
        for number, row in before.items():
            if row["state"] in ("COMPLETE", "PRUNED"):
                assert now[number] == row, "an acknowledged trial has changed"
            if row["params"]:
                assert now[number]["params"] == row["params"]
        for number, row in now.items():
            assert started[number] <= row["attempts"], f"trial {number} ran more often than recorded"
            if row["state"] == "COMPLETE":
                assert finished[number] >= 1, f"trial {number} is COMPLETE but never ended"
        return now


def run_with_fault(case, point, nth, action):
    """Runs the study with a fault; returns its exit code, what it said, and if it came to that."""
    log = case.directory / "fault.log"
    process = case.start(env={"HONE_FAULT": f"{point}:{nth}:{action}", "HONE_FAULT_LOG": str(log)})
    err = process.communicate(timeout=120)[1]
    wait_until_quiet(case.directory)
    return process.returncode, err, log.exists() and log.read_text() == f"{point}\n"


def extra_attempts(trials):
    return sum(max(row["attempts"] - 1, 0) for row in trials.values())


def processes_of(directory):
    """(pid, name) of what runs in a directory, zombies aside."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if os.readlink(entry / "cwd") == str(directory):
                found.append((int(entry.name), (entry / "comm").read_text().strip()))
        except OSError:
            continue
    return found


def wait_until_quiet(directory, seconds=10):
    """Ends of processes cannot be waited for from outside; they are looked for until a limit."""
    deadline = time.monotonic() + seconds
    while (left := processes_of(directory)) and time.monotonic() < deadline:
        time.sleep(0.005)
    assert not left, f"left behind: {left}"


def kill_one(study, process, target):
    """Kills `target` of a running study; returns whether hone itself was hit."""
    guardians = [pid for pid, name in processes_of(study.directory) if name.startswith("hone-guard")]
    if target in ("guardian", "both"):
        for pid in guardians:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
    if target in ("hone", "both"):
        process.kill()
    if target == "group":
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return target != "guardian"


def finish(study):
    """Runs the study to its end without interference; returns its trials."""
    process = study.start()
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    wait_until_quiet(study.directory)
    return study.trials()


def points_of(trials):
    return {number: row["params"] for number, row in trials.items()}


def assert_tidy(study):
    names = [str(path.relative_to(study.directory)) for path in study.directory.rglob("*")]
    assert not [name for name in names if ".tmp" in name], "a temporary file is left"
    assert not [name for name in names if re.search(r"hone\.db-(wal|shm|journal)$", name)]


@pytest.fixture
def study(hone, program, workdir):
    def make(name, **options):
        directory = workdir / name
        directory.mkdir()
        runner = type(hone)(hone.program, directory, hone.environment)
        return Study(runner, program, directory, **options)
    return make


def uninterrupted(study, **options):
    """The configurations of an uninterrupted run with the same seed."""
    trials = finish(study("reference", milliseconds=0, **options))
    assert len(trials) == TRIALS
    return points_of(trials)


@pytest.fixture
def reference(study):
    return uninterrupted(study)


# Trials are stopped by the first report of theirs that is not among the best third.
ASHA = [word for option in ("asha", "min_resource=1", "max_resource=9", "n_startup=0")
        for word in ("--scheduler-option" if "=" in option else "--scheduler", option)]


# What tpe suggests depends on the results that there are: --deterministic says which.
@pytest.mark.parametrize("options, n_kills", [
    ({}, KILLS), ({"options": ASHA}, KILLS // 4),
    ({"sampler": "tpe", "options": ["--deterministic"]}, KILLS // 4)], ids=["qmc", "asha", "tpe"])
def test_random_kills(study, options, n_kills):
    rng = random.Random(1)
    reference = uninterrupted(study, **{**options, "options": [
        word for word in options.get("options", ()) if word not in ASHA]})
    kills, round_number, hits = 0, 0, collections.Counter()
    while kills < n_kills:
        case = study(f"round{round_number}", **options)
        round_number += 1
        trials, running = {}, True
        while running and kills < n_kills:
            process = case.start()
            target = rng.choice(("hone", "group", "guardian", "both"))
            extra = extra_attempts(trials)
            try:
                process.wait(timeout=rng.uniform(0, 0.25))
                running = False
            except subprocess.TimeoutExpired:
                kills += 1
                hits[target] += 1
                if not kill_one(case, process, target):
                    try:
                        process.wait(timeout=rng.uniform(0, 0.2))
                        running = False
                    except subprocess.TimeoutExpired:
                        process.kill()
                        kills += 1
            err = process.communicate()[1]
            assert process.returncode in (0, -signal.SIGKILL), err
            if target == "both":
                # Nobody was left to end the trials: the next start does.
                trials = case.checked(trials)
                continue
            wait_until_quiet(case.directory)
            trials = case.checked(trials)
            # A guardian's end and hone's own may each hit every running trial.
            assert extra_attempts(trials) - extra <= 2 * JOBS
        trials = case.checked(trials)
        done = finish(case)
        case.checked(trials)
        assert points_of(done) == reference
        pruned = any(row["state"] == "PRUNED" for row in done.values())
        assert pruned == ("asha" in options.get("options", ()))
        assert_tidy(case)
    assert min(hits.values()) > 0


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_each_point(study, reference, point):
    retry = point.startswith("checkpoint")
    for nth in (1, 2, 3, 5, RETRIED if retry else 20):
        case = study(f"n{nth}", milliseconds=3, retry=retry)
        code, err, reached = run_with_fault(case, point, nth, "kill")
        assert reached, f"pass {nth} of {point} was never reached"
        assert code == -signal.SIGKILL, err
        trials = case.checked({})
        done = finish(case)
        case.checked(trials)
        again = {number: (row["attempts"], row["message"]) for number, row in done.items()
                 if row["attempts"] > 1}
        most = JOBS + (RETRIED if retry else 0)
        assert len(again) <= most and extra_attempts(done) <= most, again
        assert points_of(done) == reference
        assert_tidy(case)


@pytest.mark.parametrize("point", ("append.io", "append.before", "spawn.before", "spawn.after",
                                   "metric.before", "told.before", "told.after",
                                   "checkpoint.before", "checkpoint.after"))
def test_failing_at_each_point(study, reference, point):
    """A refused write or spawn is said in one line; nothing that was acknowledged is lost."""
    retry = point.startswith("checkpoint")
    for nth in (1, 2, 4, RETRIED):
        case = study(f"n{nth}", milliseconds=3, retry=retry)
        code, err, reached = run_with_fault(case, point, nth, "fail")
        assert reached, f"pass {nth} of {point} was never reached"
        assert code in (0, 1, 3, 4), err
        if code != 0:
            assert len(err.strip()) > 0
        trials = case.checked({})
        done = finish(case)
        case.checked(trials)
        complete = {number: row["params"] for number, row in done.items()
                    if row["state"] == "COMPLETE"}
        assert len(complete) == TRIALS
        assert all(reference.get(number, params) == params for number, params in complete.items())
