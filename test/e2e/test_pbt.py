"""Population based training of a real little network: who copies whom, bit for bit the same after
any number of kills, with no checkpoint lost and no epoch trained twice for nothing."""
import collections
import json
import os
import random
import re
import signal
import subprocess

import pytest

from lookers import trials_of
from screen import Terminal
from test_kill import processes_of, wait_until_quiet
from waiting import wait_for

POPULATION, INTERVAL, END, JOBS, SEED = 5, 3, 12, 2, 3
KILLS = int(os.environ.get("HONE_KILLS") or 100) // 3

# Two layers, momentum, minibatches and dropout from a generator of its own: all of it is state. What
# it has trained it writes into a log beside the study.
TRAIN = r'''
import json, math, os, random, sys

def fresh():
    rng = random.Random(1)
    size = 2 * 6 + 6 + 6 + 1
    return {"epoch": 0, "w": [rng.gauss(0, 0.5) for _ in range(size)], "v": [0.0] * size,
            "loss": 9.0, "rng": rng.getstate()}

DATA = [((random.Random(i).uniform(-1, 1), random.Random(-i - 1).uniform(-1, 1)),) for i in range(60)]
DATA = [(x, 1.0 if x[0] * x[1] > 0 else 0.0) for (x,) in DATA]

def forward(w, x):
    h = [math.tanh(w[2 * k] * x[0] + w[2 * k + 1] * x[1] + w[12 + k]) for k in range(6)]
    z = sum(w[18 + k] * h[k] for k in range(6)) + w[24]
    return h, 1 / (1 + math.exp(-max(-30, min(30, z))))

def epoch(state, lr, momentum):
    rng, w, v = random.Random(), state["w"], state["v"]
    rng.setstate(state["rng"])
    for x, y in rng.sample(DATA, 40):
        h, p = forward(w, x)
        d, g = p - y, [0.0] * 25
        g[24] = d
        for k in range(6):
            back = d * w[18 + k] * (1 - h[k] ** 2)
            g[18 + k], g[12 + k] = d * h[k], back
            g[2 * k], g[2 * k + 1] = back * x[0], back * x[1]
        for i in range(25):
            v[i] = momentum * v[i] - lr * g[i]
            w[i] += v[i]
    state["rng"] = rng.getstate()
    state["epoch"] += 1
    state["loss"] = -sum(math.log(max(1e-12, p if y else 1 - p))
                         for (x, y) in DATA for p in (forward(w, x)[1],)) / len(DATA)

def load(path):
    state = json.load(open(path))
    version, numbers, gauss = state["rng"]
    state["rng"] = (version, tuple(numbers), gauss)
    return state

def save(path, state):
    with open(path + ".new", "w") as file:
        json.dump(state, file)
    os.rename(path + ".new", path)

if __name__ == "__main__":
    lr, momentum, end = map(float, sys.argv[1:4])
    path = os.path.join(os.environ["HONE_CKPT"], "state.json")
    number = os.environ["HONE_TRIAL"]
    state = load(path) if os.path.exists(path) else fresh()
    print(f"begin {state['epoch']}")
    if state["epoch"]:
        print(f"loss={state['loss']!r} step={state['epoch']}", flush=True)
    while state["epoch"] < end:
        epoch(state, lr, momentum)
        with open("trained.log", "a") as log:
            log.write(f"{number} {state['epoch']}\n")
        save(path, state)
        print(f"loss={state['loss']!r} step={state['epoch']}", flush=True)
'''


def options_of(**more):
    options = {"max_resource": END, "interval": INTERVAL, "population": POPULATION, "quantile": 0.4,
               **more}
    return [word for name, value in options.items()
            for word in ("--scheduler-option", f"{name}={value}")]


def command(*args, jobs=JOBS, scheduler=("pbt", "--sampler", "random"), **more):
    return ("run", "-j", jobs, "--seed", SEED, "--minimize", "loss",
            "-p", "lr=log:1e-3..1", "-p", "momentum=0..0.95", "--scheduler", *scheduler,
            *options_of(**more), *args, "--", "python3", "train.py", "{lr}", "{momentum}",
            "{resource}")


@pytest.fixture
def folder(hone, workdir):
    """folder("name") is a runner in a directory of that name with the program in it."""
    def make(name):
        directory = workdir / name
        directory.mkdir()
        (directory / "train.py").write_text(TRAIN)
        return type(hone)(hone.program, directory, hone.environment)
    return make


def life_of(trials):
    """What the journal decides, without times and attempts."""
    return {t["number"]: (t["state"], t["parent"], t["params"], t["values"]) for t in trials}


def schedule_of(trials, number):
    """[(params, from step, to step)] of a trial's ancestors and of itself."""
    trial = trials[number]
    if trial["origin"] != "fork":
        return [[trial["params"], 0, None]]
    before = schedule_of(trials, trial["parent"])
    before[-1][2] = trial["forked_at"]
    return before + [[trial["params"], trial["forked_at"], None]]


def trained_anew(trials, number):
    """The state that the schedule of a trial leads to, in one go."""
    space = {"__name__": "train"}
    exec(TRAIN, space)  # pylint: disable=exec-used
    state = space["fresh"]()
    for params, _, to in schedule_of(trials, number):
        for _ in range(state["epoch"], int(to or END)):
            space["epoch"](state, params["lr"], params["momentum"])
    return json.loads(json.dumps(state))


def epochs_of(hone):
    lines = (hone.directory / "trained.log").read_text().splitlines()
    return collections.Counter(tuple(map(int, line.split())) for line in lines)


def test_the_worst_go_on_as_copies_of_the_best(folder):
    hone = folder("one")
    result = hone(*command())
    assert result.code == 0, result.err
    assert "Ends when the population of pbt has trained to its end; 2 run at a time." in result.out
    assert "Ended: the population of pbt has trained to its end.\n" in result.out
    assert result.out.splitlines()[-1] == (
        "More: `hone best`, `hone trials`, `hone replay-schedule`.")
    trials = {t["number"]: t for t in trials_of(hone)}
    states = collections.Counter(t["state"] for t in trials.values())
    assert states == {"COMPLETE": POPULATION, "PRUNED": 6}
    # Those that go on no more have their line, with the reason, which is kept.
    ended = re.findall(r"^trial (\d+)  PRUNED  .*  \((ended at \d+: place .* of \d+)\)$", result.out, re.M)
    assert {int(n): why for n, why in ended} == {
        n: t["message"] for n, t in trials.items() if t["state"] == "PRUNED"}
    assert max(epochs_of(hone).values()) == 1  # no epoch is trained twice
    for number, trial in trials.items():
        ckpt = json.loads((hone.directory / f"hone/default/{number}/ckpt/state.json").read_text())
        if trial["state"] == "COMPLETE":
            assert ckpt == trained_anew(trials, number)
            assert trial["values"]["loss"] == ckpt["loss"]
    forks = [t for t in trials.values() if t["origin"] == "fork"]
    assert [t["forked_at"] for t in forks] == [3, 3, 6, 6, 9, 9]


def test_what_auto_says_stays(folder):
    """More members were replaced than have come to their end: these were not stopped early."""
    hone = folder("auto")
    said = "for members that begin; a copy has its parent's values, varied"
    heads = [hone(*command(scheduler=["pbt"])).out, hone("status").out, hone("resume").out]
    states = collections.Counter(t["state"] for t in trials_of(hone))
    assert states["PRUNED"] > states["COMPLETE"]
    for head in heads:
        assert re.search(r"^[Ss]ampler +auto \(gp\)[^\n]*\n +" + said + "$", head, re.M), head
    shown = json.loads(hone("show", POPULATION - 1, "--json").out)["proposed"]
    assert (shown["in_use"], shown["why"]) == ("trust", "4 of 16 trials, beside gp")
    assert json.loads(hone("show", POPULATION, "--json").out)["proposed"] is None
    # Without copies those do count.
    assert hone("resume", "--scheduler", "asha", "--scheduler-option", f"max_resource={END}",
                "-n", "+1").code == 0
    assert "most trials are stopped early" in hone("status").out


def test_the_display_says_who_was_replaced(folder):
    hone = folder("display")
    environment = {**hone.environment, "LC_ALL": "C.UTF-8", "TERM": "xterm"}
    term = Terminal(hone.command(*command()), hone.directory, environment, 80, 24)
    term.wait_for(r"begun · 0 complete · \d paused · 2 replaced")
    assert term.end(60) == 0


def test_slots_change_nothing(folder):
    lives = []
    for jobs in (1, 4):
        hone = folder(f"jobs{jobs}")
        result = hone(*command("-q", jobs=jobs))
        assert result.code == 0, result.err
        lives.append(life_of(trials_of(hone)))
    assert lives[0] == lives[1]


def test_pb2(folder):
    """A model chooses what copies change to; slots and kills make no difference to it either."""
    lives = []
    for jobs in (1, 4):
        hone = folder(f"pb2-{jobs}")
        result = hone(*command("-q", jobs=jobs, scheduler=["pb2"]))
        assert result.code == 0, result.err
        lives.append(life_of(trials_of(hone)))
    assert lives[0] == lives[1]
    status = json.loads(hone("status", "--json").out)
    assert (status["scheduler"], status["sampler"]) == ("pb2", "pb2")
    fork = next(t["number"] for t in trials_of(hone) if t["origin"] == "fork")
    shown = json.loads(hone("show", fork, "--json").out)["proposed"]
    assert (shown["sampler"], shown["why"]) == ("pb2", "copies change to what a model expects most of")
    by_chance = folder("by-chance")
    assert by_chance(*command("-q", scheduler=["pbt", "--sampler", "qmc"])).code == 0
    other = life_of(trials_of(by_chance))
    assert [lives[0][k][2] for k in range(POPULATION)] == [other[k][2] for k in range(POPULATION)]
    assert lives[0][POPULATION][2] != other[POPULATION][2]

    killed = folder("killed")
    running = start(killed, scheduler=["pb2"])
    wait_for(lambda: len(list(killed.directory.glob("hone/default/*"))) >= POPULATION + 2
             or running.poll() is not None, 60, "a copy")
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    running.stderr.close()
    wait_until_quiet(killed.directory)
    assert killed("resume", "-q").code == 0
    assert life_of(trials_of(killed)) == lives[0]


def test_pb2_in_a_study_file(folder):
    hone = folder("file")
    (hone.directory / "study.yaml").write_text("""\
study: {minimize: loss, seed: 3}
space: {lr: "log:1e-3..1", momentum: 0..0.95}
sampler: {name: pb2, n_startup: 6}
scheduler: {name: pbt, max_resource: 6, interval: 3, population: 4, keep: momentum}
run: {command: "python3 train.py {lr} {momentum} {resource}"}
""")
    result = hone("run", "-q", "study.yaml")
    assert result.code == 0, result.err
    trials = {t["number"]: t for t in trials_of(hone)}
    fork = trials[4]
    assert fork["params"]["momentum"] == trials[fork["parent"]]["params"]["momentum"]
    said = hone("status").out
    assert "copies change to what a model expects most of" in said
    said = hone("run", "--study", "x", "--sampler", "pb2", "--sampler-option", "n_startup=1",
                "--minimize", "loss", "-p", "x=0..1", "--", "true", "{x}")
    assert said.code == 2
    assert said.err.startswith('hone: option "n_startup" of pb2 is 1: it must lie in 2..1000000\n')


def start(hone, *args, scheduler=("pbt", "--sampler", "random"), **env):
    return hone.start(*command(*args, scheduler=scheduler), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                      stderr=subprocess.PIPE, start_new_session=True, env=env)


def assert_same_as_ever(hone, reference, n_kills):
    trials = {t["number"]: t for t in trials_of(hone)}
    assert life_of(trials.values()) == reference
    for number, trial in trials.items():
        if trial["state"] == "COMPLETE":
            ckpt = hone.directory / f"hone/default/{number}/ckpt/state.json"
            assert json.loads(ckpt.read_text()) == trained_anew(trials, number)
    again = sum(epochs_of(hone).values()) - len(epochs_of(hone))
    assert again <= n_kills * JOBS  # the one that each was in
    left = [str(path) for path in (hone.directory / "hone").rglob("*")
            if re.search(r"\.(copy|aside|removed|new)$", path.name)]
    assert not left


@pytest.fixture
def reference(folder):
    hone = folder("reference")
    assert hone(*command("-q")).code == 0
    return life_of(trials_of(hone))


def test_random_kills(folder, reference):
    rng = random.Random(2)
    n_kills = n_rounds = 0
    while n_kills < KILLS:
        hone = folder(f"round{n_rounds}")
        n_rounds += 1
        said, n_here, code = "", 0, None
        while code != 0:
            process = start(hone)
            try:
                process.wait(timeout=rng.uniform(0, 0.5) if n_kills < KILLS else 60)
            except subprocess.TimeoutExpired:
                whole = rng.random() < 0.5
                n_kills, n_here = n_kills + 1, n_here + 1
                try:
                    os.killpg(process.pid, signal.SIGKILL) if whole else process.kill()
                except ProcessLookupError:
                    pass
            said += process.communicate()[1]
            wait_until_quiet(hone.directory)
            code = process.returncode
            assert code in (0, -signal.SIGKILL), said
        assert "starts over" not in said and "begins without" not in said, said
        assert_same_as_ever(hone, reference, n_here)


@pytest.mark.parametrize("point", ["checkpoint.before", "checkpoint.file", "checkpoint.after"])
@pytest.mark.parametrize("nth", [1, 2, 4])
def test_killed_while_it_copies(folder, reference, point, nth):
    hone = folder("copy")
    process = start(hone, HONE_FAULT=f"{point}:{nth}:kill")
    err = process.communicate(timeout=60)[1]
    assert process.returncode == -signal.SIGKILL, err
    wait_until_quiet(hone.directory)
    assert not processes_of(hone.directory)
    result = hone(*command("-q"))
    assert result.code == 0, result.err
    assert "starts over" not in result.err and "begins without" not in result.err
    assert_same_as_ever(hone, reference, 1)


def test_checkpoints_stay_within_the_quota(folder, reference):
    """Members and parents of forks that train are needed; all else goes."""
    hone = folder("quota")
    one = 12 * 1024
    result = hone(*command("--ckpt-quota", f"{2 * POPULATION * one}B", "--keep-ckpt", "best"))
    assert result.code == 0, result.err
    assert "starts over" not in result.err and "begins without" not in result.err
    assert life_of(trials_of(hone)) == reference
    said = json.loads(hone("status", "--json").out)["checkpoints"]
    assert said["bytes"] <= 2 * POPULATION * one and said["n_removed"] >= 6


@pytest.mark.parametrize("args, said", [
    (("--no-checkpoint",), "hone: scheduler pbt copies checkpoints between trials: leave "
     "--no-checkpoint out"),
    (("--folds", 3), "hone: scheduler pbt takes trials that are one run: leave folds, instances "
     "and repeats out"),
    (("--final",), "hone: --final would train with the winner's last values alone, but with pbt it "
     "has had others before: `hone replay-schedule --run` trains with all of them"),
    (("-n", 3), 'hone: pbt begins with 5 trials, its "population", but the study ends at 3: leave '
     "-n out, or give more"),
    (("--scheduler-option", "keep=lrr"), 'hone: option "keep" of pbt names "lrr", which is no '
     "parameter; there are: lr momentum"),
    (("--scheduler-option", "interval=12"), 'hone: option "interval" of pbt is 12: it must be '
     'below "max_resource", 12'),
])
def test_what_it_cannot_do_is_said(folder, args, said):
    hone = folder("wrong")
    result = hone(*command(*args))
    assert result.code == 2
    assert said in result.err.splitlines()


# --- the schedule ---

def winner(trials):
    """A complete trial with ancestors."""
    return max((t for t in trials.values() if t["state"] == "COMPLETE"
                and t["origin"] == "fork"), key=lambda t: t["number"])


def test_the_schedule_is_told_and_trained_anew(folder):
    hone = folder("schedule")
    assert hone(*command("-q")).code == 0
    trials = {t["number"]: t for t in trials_of(hone)}
    number = winner(trials)["number"]
    wanted = schedule_of(trials, number)
    said = json.loads(hone("replay-schedule", number, "--json").out)
    assert (said["study"], said["trial"]) == ("default", number)
    assert [[s["params"], s["from"], s["to"]] for s in said["schedule"]] == [
        [params, start, to or END] for params, start, to in wanted]
    rows = hone("replay-schedule", number, "--format", "csv").out.splitlines()
    assert rows[0] == "trial,from,to,lr,momentum" and len(rows) == len(wanted) + 1
    line = hone("show", number).out
    assert f"from its checkpoint at step {trials[number]['forked_at']:g}" in line
    assert "ancestry   " + ", then ".join(
        f"trial {s['trial']}" + (f" to step {s['to']:g}" if s["to"] != END else "")
        for s in said["schedule"]) in " ".join(line.split("\n")).replace("              ", "")
    result = hone("replay-schedule", number, "--run", "--as", "again")
    assert result.code == 0, result.err
    last = len(wanted) - 1
    assert result.out.splitlines()[-1] == (
        f"The training is whole in trial {last} of study again.")
    states = [hone.directory / f"hone/{study}/{n}/ckpt/state.json"
              for study, n in (("default", number), ("again", last))]
    assert states[0].read_text() == states[1].read_text()  # bit for bit
    assert hone("replay-schedule", number, "--run", "--as", "again").code == 2


def test_a_replay_whose_beginning_fails_begins_nothing_else(folder):
    hone = folder("failed")
    assert hone(*command("-q")).code == 0
    program = hone.directory / "train.py"
    program.write_text("import sys; sys.exit(3)")
    assert hone("replay-schedule", "--run", "--as", "again").code != 0
    before = trials_of(hone, "--study", "again")
    assert before[0]["state"] == "FAILED"
    program.write_text(TRAIN)
    hone("resume", "again")
    after = trials_of(hone, "--study", "again")
    assert [t["number"] for t in after] == [t["number"] for t in before]
    assert {t["origin"] for t in after} <= {"manual", "fork"}


def test_a_replay_that_is_killed_goes_on(folder):
    hone = folder("killed")
    assert hone(*command("-q")).code == 0
    number = winner({t["number"]: t for t in trials_of(hone)})["number"]
    before = sum(epochs_of(hone).values())
    process = hone.start("replay-schedule", number, "--run", "--as", "again",
                         env={"HONE_FAULT": "checkpoint.file:1:kill"}, start_new_session=True)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL  # while it copied the first checkpoint
    wait_until_quiet(hone.directory)
    assert hone("resume", "again").code == 0
    last = max(t["number"] for t in trials_of(hone, "--study", "again"))
    states = [hone.directory / f"hone/{study}/{n}/ckpt/state.json"
              for study, n in (("default", number), ("again", last))]
    assert states[0].read_text() == states[1].read_text()
    assert sum(epochs_of(hone).values()) - before == END


@pytest.mark.parametrize("args, said", [
    (("--as", "x"), "hone: --as names the study of a training: add --run"),
    (("99",), 'hone: there is no trial 99: study "default" has trial 0 only'),
    (("0",), "hone: trial 0 has reported no step: there is no schedule to tell"),
])
def test_what_has_no_schedule(hone, workdir, args, said):
    assert hone("run", "-q", "-n", 1, "--minimize", "loss", "-p", "x=0..1", "--", "echo",
                "loss=0.5").code == 0
    result = hone("replay-schedule", *args)
    assert result.code == 2 and result.err.splitlines()[0] == said


def test_fewer_trials_than_members_are_refused_later_too(folder):
    hone = folder("fewer")
    assert hone(*command()).code == 0
    before = hone("export", "--events").out
    result = hone("edit", "-n", 3)
    assert (result.code, result.out, result.err) == (
        2, "", 'hone: pbt begins with 5 trials, its "population", but the study ends at 3: leave -n out, '
        "or give more\n")
    assert hone("export", "--events").out == before
    assert hone("edit", "-n", 40).code == 0
