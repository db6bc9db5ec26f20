"""Trainings that pause, go on and are copied, killed at any moment. After every kill each trial that
lives has what it goes on from, whole, and the folder is within its quota; at the end every trial is
what it would have been, bit for bit, and trained no epoch twice but those that a kill was in.

HONE_KILLS sets how many random kills there are in all test files (100 if unset): a tenth of it for
each scheduler here.
"""
import collections
import json
import os
import random
import struct
import subprocess
import zlib

import pytest

from lookers import trials_of
from test_kill import kill_one, processes_of, wait_until_quiet

JOBS, SEED, MILLISECONDS = 2, 5, 8
KILLS = max(int(os.environ.get("HONE_KILLS") or 100) // 10, 1)
STATE = struct.Struct("=7sxQQd2050dII")
CKPT = STATE.size

# The scheduler's options, -n, what is the same whoever is first (LIFE: each decision, POINTS: each
# configuration that is not a copy's), and for how many checkpoints there is room: those of all that
# wait and run, and a few. Presets bring a sampler, which learns from what has finished. A report
# that was in the pipe when hone died is gone, and the training says that of its checkpoint alone
# again: with LIFE nothing hangs on those in between, so that the last value counts, not the best.
NOTHING, POINTS, LIFE = range(3)
CASES = {
    "asha": (["asha", "variant=pause", "min_resource=1", "max_resource=9", "n_startup=0"], 14,
             POINTS, 15),
    "halving": (["halving", "max_resource=8", "value=last"], 12, LIFE, 13),
    "hyperband": (["hyperband", "max_resource=9", "value=last"], 17, LIFE, 15),
    "bohb": (["bohb", "max_resource=9"], 17, NOTHING, 15),
    "dehb": (["dehb", "max_resource=9"], 20, NOTHING, 15),
    "pbt": (["pbt", "max_resource=9", "interval=3", "population=5", "quantile=0.4"], None, LIFE, 9),
    "tournament": (["pbt", "max_resource=9", "interval=3", "population=5", "exploit=tournament"],
                   None, LIFE, 10),
}


class Training:
    """A study of the trainee in a directory of its own."""

    def __init__(self, hone, program, directory, case):
        (scheduler, *options), n, self.same, room = CASES[case]
        self.hone, self.directory = hone, directory
        self.trainee = program("net_trainee").program
        self.quota = room * -(-CKPT // 4096) * 4096
        self.log = directory / "trained.log"
        self.seen = {}  # epoch of the checkpoint of each trial, when it was looked at last
        self.command = ["run", "-q", "-j", JOBS, "--seed", SEED, "--minimize", "loss",
                        "-p", "lr=log:1e-3..1", "-p", "momentum=0..0.95",
                        "--ckpt-quota", f"{self.quota}B", "--scheduler", scheduler]
        self.command += ["--sampler", "random"] if self.same != NOTHING else []
        for option in options:
            self.command += ["--scheduler-option", option]
        self.command += ["-n", n] if n else []
        self.command += ["--", self.trainee, self.log, MILLISECONDS, "{lr}", "{momentum}",
                         "{resource}"]

    def start(self):
        return self.hone.start(*self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, start_new_session=True)

    def trials(self):
        if not (self.directory / "hone.db").exists() or self.hone("status").code != 0:
            return {}
        return {row["number"]: row for row in trials_of(self.hone)}

    def paused_at(self):
        """The step at which each trial that has ever paused did so last."""
        if not (self.directory / "hone.db").exists():
            return {}
        events = map(json.loads, self.hone("export", "--events").out.splitlines())
        return {event["trial"]: event["step"] for event in events if event["event"] == "paused"}

    def home(self, number):
        return self.directory / "hone" / "default" / str(number)

    def state(self, number):
        """The checkpoint of a trial, which is whole; None: it has none."""
        return state_in(self.home(number) / "ckpt")


def state_in(directory):
    try:
        data = (directory / "state").read_bytes()
    except FileNotFoundError:
        return None
    assert len(data) == CKPT and zlib.crc32(data[:-4]) == STATE.unpack(data)[-1], "not whole"
    return data


def epoch_of(data):
    return STATE.unpack(data)[1] if data else 0


def loss_of(data):
    return STATE.unpack(data)[3]


def room_taken(training):
    """Bytes of everything that is or was a checkpoint."""
    paths = (training.directory / "hone").rglob("*")
    return sum(size_of(path) for path in paths if path.name.startswith("state"))


def size_of(path):
    try:
        return path.stat().st_blocks * 512
    except FileNotFoundError:
        return 0  # gone meanwhile


def check(training, before, quiet):
    """Trials now; asserts what holds after every kill. `before`: at an earlier look."""
    paused_at, now = training.paused_at(), training.trials()
    assert sorted(now) == list(range(len(now))) and len(now) >= len(before)
    for number, row in before.items():
        if row["state"] in ("COMPLETE", "PRUNED"):
            assert now[number] == row, "a trial that has ended has changed"
        if row["params"]:
            assert now[number]["params"] == row["params"]
    for number, row in now.items():
        epoch = epoch_of(training.state(number))
        if row["state"] in ("WAITING", "RUNNING", "PAUSED"):
            assert epoch >= training.seen.get(number, 0), f"trial {number} has lost what it was"
            needs = paused_at.get(number, 0)
            assert epoch >= needs, f"trial {number} has paused at {needs}, and has {epoch}"
            if row["origin"] == "fork" and epoch == 0:
                assert epoch_of(training.state(row["parent"])) >= row["forked_at"]
        training.seen[number] = epoch
    if quiet:
        # What runs may have saved since somebody looked, and be saving.
        assert room_taken(training) <= training.quota + 2 * JOBS * CKPT
    return now


def train_alone(training, directory, schedule):
    """The checkpoint of [(params, up to which epoch)] in one go, with nobody about."""
    directory.mkdir()
    for params, to in schedule:
        done = subprocess.run(
            [training.trainee, directory / "log", "0", repr(params["lr"]), repr(params["momentum"]),
             str(to)], env={"HONE_CKPT": str(directory)}, capture_output=True, check=True)
        assert done.stderr == b""
    return state_in(directory)


def schedule_of(trials, number, end):
    trial = trials[number]
    before = []
    if trial["origin"] == "fork":
        before = schedule_of(trials, trial["parent"], trial["forked_at"])
    return before + [(trial["params"], end)]


def check_end(training, trials, n_kills):
    """Every checkpoint is what an uninterrupted training gives."""
    for number, row in trials.items():
        data = training.state(number)
        if data:
            alone = train_alone(training, training.directory / f"alone-{number}",
                                schedule_of(trials, number, epoch_of(data)))
            assert data == alone, f"the weights of trial {number} are others"
        if row["state"] == "COMPLETE" and data:
            assert row["values"]["loss"] == loss_of(data)
        assert row["state"] in ("COMPLETE", "PAUSED", "PRUNED")
    trained = collections.Counter(training.log.read_text().splitlines())
    again = sum(trained.values()) - len(trained)
    assert again <= n_kills * JOBS, "epochs were trained again for nothing"
    for number, row in trials.items():
        epochs = {int(line.split()[1]) for line in trained if int(line.split()[0]) == number}
        first = int(row["forked_at"] or 0) if row["origin"] == "fork" else 0
        assert epochs == set(range(first + 1, max(epochs) + 1)), f"trial {number} has gaps"
    left = [path.name for path in (training.directory / "hone").rglob("*")
            if path.name.endswith((".copy", ".aside", ".removed", ".new"))]
    assert not left
    assert room_taken(training) <= training.quota


def life_of(trials):
    return {n: (t["state"], t["parent"], t["params"], t["values"]) for n, t in trials.items()}


@pytest.fixture
def training(hone, program, workdir):
    def make(name, case):
        directory = workdir / name
        directory.mkdir()
        return Training(type(hone)(hone.program, directory, hone.environment), program, directory,
                        case)
    return make


def whole_run(training):
    process = training.start()
    err = process.communicate(timeout=120)[1]
    assert process.returncode == 0, err
    assert "starts over" not in err and "begins without" not in err, err
    wait_until_quiet(training.directory)
    return training.trials()


def kill_once(training, rng):
    """Runs until a random moment; returns whether it was killed, by which, and what it said."""
    process, target = training.start(), rng.choice(("hone", "group", "guardian", "both"))
    killed = False
    try:
        process.wait(timeout=rng.uniform(0, 0.3))
    except subprocess.TimeoutExpired:
        killed = True
        if not kill_one(training, process, target):
            try:
                process.wait(timeout=rng.uniform(0, 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
    err = process.communicate()[1]
    assert process.returncode in (0, -9) or (killed and target == "guardian"), err
    assert "starts over" not in err and "begins without" not in err, err
    # Without hone and the guardian nobody ends the trials: the next start does.
    quiet = not (killed and target == "both")
    if quiet:
        wait_until_quiet(training.directory)
    return killed, quiet, process.returncode == 0


@pytest.mark.parametrize("case", CASES)
def test_random_kills(training, case):
    rng = random.Random(case)
    first = training("reference", case)
    reference = whole_run(first)
    check_end(first, reference, 0)
    n_kills = n_rounds = 0
    while n_kills < KILLS:
        one = training(f"round{n_rounds}", case)
        n_rounds += 1
        trials, n_here, done = {}, 0, False
        while not done and n_kills < KILLS:
            killed, quiet, done = kill_once(one, rng)
            n_kills, n_here = n_kills + killed, n_here + 2 * killed
            trials = check(one, trials, quiet)
        ended = whole_run(one)
        check(one, trials, True)
        check_end(one, ended, n_here)
        if one.same >= POINTS:
            assert {n: t["params"] for n, t in ended.items() if t["origin"] != "fork"}.items() >= {
                n: t["params"] for n, t in reference.items() if t["origin"] != "fork"}.items()
        if one.same == LIFE:
            assert life_of(ended) == life_of(reference)
    assert not processes_of(one.directory)
