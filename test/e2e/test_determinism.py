"""--deterministic: the same seed gives the same trials, bit for bit, whatever the timing.

Trials of random length run four at a time; in the middle everything of Hone's is killed and goes on
with `hone resume`. Three such runs have ended in different orders, and have the same trials.
"""
import json
import os
import signal
import time

import pytest

from lookers import trials_of

N_RUNS = 3
N_TRIALS = 60
SPACE = ["-p", "x=0..1", "-p", "lr=log:1e-5..1", "-p", "n=int:1..64", "-p", "opt=sgd,adam,lion",
         "-p", "m=0..0.99 if opt==sgd", "-p", "order=perm:a,b,c"]
# Waits for 0 to 51 ms, notes its number, fails if its number is on the list.
SCRIPT = """#!/bin/sh
wait=$(od -An -N1 -tu1 /dev/urandom | tr -d ' ')
sleep 0.0$(printf %03d $((wait * 2)))
echo $HONE_TRIAL >> "$ORDER"
case " $FAILING " in *" $HONE_TRIAL "*) exit 3;; esac
echo loss=$1
"""


@pytest.fixture
def script(workdir):
    path = workdir / "train.sh"
    path.write_text(SCRIPT)
    path.chmod(0o755)
    return path


def lines_of(path):
    return path.read_text().split() if path.exists() else []


def kill_in_the_middle(process, order, n_trials):
    deadline = time.monotonic() + 60
    while len(lines_of(order)) < n_trials // 2:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()
    process.stderr.close()


def run_once(hone, workdir, name, failing, sampler, n_trials=N_TRIALS, options=()):
    """Runs, kills and resumes a study; its trials, and the order in which they came to their end."""
    order = workdir / f"order-{name}"
    storage = ["--storage", f"sqlite:{name}.db"]
    env = {"ORDER": str(order), "FAILING": " ".join(map(str, failing))}
    process = hone.start("run", "-q", "--deterministic", "-j", 4, "-n", n_trials, "--seed", 11,
                         "--minimize", "loss", "--sampler", sampler,
                         *[word for text in options for word in ("--sampler-option", text)],
                         *storage, "--dir",
                         f"files-{name}", *SPACE, "--", "./train.sh", "{x}", env=env)
    kill_in_the_middle(process, order, n_trials)
    ended = hone("resume", "-q", *storage, env=env, timeout=100)
    assert ended.code == 0 and ended.err == ""
    trials = trials_of(hone, *storage)
    return trials, lines_of(order)


def essence(trial):
    # The texts of the numbers: equal bits, not nearly equal values.
    return json.dumps([trial["number"], trial["state"], trial["params"], trial.get("values")],
                      sort_keys=True)


# With three first trials nearly every suggestion of tpe depends on which results it has seen.
@pytest.mark.parametrize("sampler, options, failing", [
    ("auto", [], []),
    ("tpe", ["n_startup=3"], [5, 21]),
    ("random", [], [2, 3, 11, 12, 13, 29, 40]),
])
def test_three_runs_are_equal(hone, workdir, script, sampler, options, failing):
    runs = [run_once(hone, workdir, f"run{i}", failing, sampler, options=options)
            for i in range(N_RUNS)]
    first = [essence(trial) for trial in runs[0][0]]
    for trials, _ in runs:
        assert [essence(trial) for trial in trials] == first
        assert [trial["number"] for trial in trials] == list(range(N_TRIALS + len(failing)))
        states = {trial["number"]: trial["state"] for trial in trials}
        assert {number for number, state in states.items() if state == "FAILED"} == set(failing)
        assert sum(state == "COMPLETE" for state in states.values()) == N_TRIALS
    orders = {tuple(order) for _, order in runs}
    assert len(orders) == N_RUNS
    assert all(order != tuple(sorted(order, key=int)) for order in orders)


def test_every_sampler_is_deterministic(hone, workdir, script):
    """Those that learn from the trials before show whether they see the right ones."""
    names = [json.loads(line)["name"] for line in hone("samplers", "--json").out.splitlines()]
    assert "random" in names
    for name in names:
        if name == "grid":  # its space must be finite
            continue
        runs = [run_once(hone, workdir, f"{name}{i}", [4, 9], name, 24) for i in range(2)]
        first, second = ([essence(trial) for trial in trials] for trials, _ in runs)
        assert first == second, name


def test_one_at_a_time_without_a_kill_gives_its_own_trials(hone, workdir, script):
    """-j belongs to what is reproducible: the study keeps it, and another -j is another study."""
    env = {"ORDER": str(workdir / "order"), "FAILING": ""}
    run = ["run", "-q", "--deterministic", "-n", 8, "--seed", 11, "--minimize", "loss", *SPACE]
    assert hone(*run, "-j", 2, "--", "./train.sh", "{x}", env=env).code == 0
    again = hone(*run, "-j", 3, "--", "./train.sh", "{x}", env=env)
    assert again.code == 2 and "-j" in again.err
    assert hone(*run, "-j", 2, "--", "./train.sh", "{x}", env=env).code == 0
