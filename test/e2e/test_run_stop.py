"""How a run ends before its end: Ctrl-C once, twice, three times, SIGTERM, a closed terminal."""
import json
import pathlib
import re
import signal
import subprocess

import pytest

from lookers import trials_of
from waiting import wait_for

# Says when it runs and goes on until a file `go` appears; saves and ends well on SIGTERM, with
# `stubborn` not at all.
SCRIPT = """#!/bin/sh
trap '[ "$2" = stubborn ] || { echo saved > "$HONE_CKPT/state"; exit 0; }' TERM
[ -e "$HONE_CKPT/state" ] && echo "went on"
: > "running.$HONE_TRIAL"
while [ ! -e go ]; do sleep 0.02; done
echo "loss=$1"
"""


class Stopped:
    """A run of two trials at a time, and what it says on standard error."""

    def __init__(self, hone, workdir, *args):
        self.process = hone.start("run", "-n", 6, "-j", 2, "--minimize", "loss", "-p", "x=0..1",
                                  *args)
        wait_for(lambda: len(list(workdir.glob("running.*"))) >= 2)

    def signal(self, number, reply):
        self.process.send_signal(number)
        lines = []
        while True:
            line = self.process.stderr.readline()
            assert line, f"it ended without '{reply}' but with {lines}"
            lines.append(line)
            if reply in line:
                return

    def end(self):
        out, _ = self.process.communicate(timeout=30)
        return self.process.returncode, out


ONCE = "No new trials, the running ones finish. Ctrl-C again: stop them, to resume."
TWICE = "Stopping the running trials, to resume them later. Ctrl-C again: kill them."
THRICE = "Killing the running trials; `hone resume` runs them again."


def test_once_the_running_trials_finish(hone, train, workdir):
    run = Stopped(hone, workdir, "--", "./train", "{x}")
    run.signal(signal.SIGINT, ONCE)
    (workdir / "go").touch()
    code, out = run.end()
    assert code == 3
    assert out.count("  COMPLETE  ") == 2
    assert "Stopped before the end; `hone resume` goes on." in out


def test_twice_they_stop_and_are_run_again(hone, train, workdir):
    run = Stopped(hone, workdir, "--", "./train", "{x}")
    run.signal(signal.SIGINT, ONCE)
    run.signal(signal.SIGINT, TWICE)
    code, out = run.end()
    assert code == 3
    assert "COMPLETE" not in out
    assert "Stopped before the end, 2 trials are to be run again; `hone resume` goes on." in out
    (workdir / "go").touch()
    result = hone("resume")
    assert result.code == 0
    assert sorted(re.findall(r"^trial (\d+)  COMPLETE", result.out, re.M)) == list("012345")
    assert "went on" in (workdir / "hone/default/0/stdout").read_text()


def test_three_times_they_are_killed(hone, train, workdir):
    run = Stopped(hone, workdir, "--grace", "1h", "--", "./train", "{x}", "stubborn")
    run.signal(signal.SIGINT, ONCE)
    run.signal(signal.SIGINT, TWICE)
    run.signal(signal.SIGINT, THRICE)
    code, out = run.end()
    assert code == 3
    assert "2 trials are to be run again" in out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_is_ctrl_c_twice(hone, train, workdir, number):
    run = Stopped(hone, workdir, "--", "./train", "{x}")
    run.signal(number, TWICE)
    code, out = run.end()
    assert code == 3 and "2 trials are to be run again" in out


def test_json_tells_of_it(hone, train, workdir):
    run = Stopped(hone, workdir, "--json", "--", "./train", "{x}")
    run.process.send_signal(signal.SIGTERM)
    code, out = run.end()
    assert code == 3
    assert '{"event":"stopping","level":2}' in out
    assert '"outcome":"stopped"' in out.splitlines()[-1]


def test_after_kill_9_it_goes_on_with_the_same_values(hone, train, workdir):
    run = Stopped(hone, workdir, "--seed", "3", "--", "./train", "{x}")
    run.process.kill()
    run.end()
    (workdir / "go").touch()
    result = hone("resume", "-j", "1")
    assert result.code == 0
    assert sorted(re.findall(r"^trial (\d+)  COMPLETE", result.out, re.M)) == list("012345")


# --- what earlier attempts have said ---

GOES_ON = """#!/usr/bin/env python3
import os, sys, time
losses = [float(word) for word in sys.argv[1].split(",")]
state = os.environ["HONE_CKPT"] + "/epoch"
begin = int(open(state).read()) if os.path.exists(state) else 0
for epoch in range(begin, len(losses)):
    print(f"step={epoch + 1} loss={losses[epoch]}", flush=True)
    with open(state + ".tmp", "w") as file:
        file.write(str(epoch + 1))
    os.rename(state + ".tmp", state)
    if epoch + 1 == int(sys.argv[2]) and begin == 0:
        open("wait", "w").close()
        time.sleep(1000)
"""


@pytest.mark.parametrize("losses, hangs_after, take, value", [
    ("3,2,1", 3, "last", 1.0),   # the second attempt finds everything done
    ("3,1,2", 3, "best", 1.0),
    ("3,1,2,2.5", 2, "best", 1.0),  # the best lies before the place where it goes on
    ("3,1,2,2.5", 2, "last", 2.5),
])
def test_an_attempt_that_goes_on_keeps_what_was_reported(hone, workdir, losses, hangs_after, take,
                                                         value):
    program = workdir / "train"
    program.write_text(GOES_ON)
    program.chmod(0o755)
    process = hone.start("run", "-n", 1, "--minimize", "loss", "--take", take, "-p", "x=0..1", "--",
                         "./train", losses, hangs_after, "{x}")
    wait_for(lambda: (workdir / "wait").exists())
    wait_for(lambda: json.loads(hone("trials", "--json").out)["n_reports"] == hangs_after)
    process.kill()
    process.communicate()
    assert hone("resume", "-q").code == 0
    trial = json.loads(hone("trials", "--json").out)
    assert (trial["state"], trial["attempts"], trial["values"]) == ("COMPLETE", 2, {"loss": value})


NOISY = ("import random, sys; x, y, seed = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3]; "
         "print('loss=%.9f' % ((x - .3) ** 2 + (y - .6) ** 2 + random.Random(seed).gauss(0, .02)))")


def test_until_regret(hone):
    done = hone("run", "-n", 90, "--seed", 1, "--sampler", "gp", "--minimize", "loss", "-p",
                "x=0..1", "--until-regret", "0.05", "--", "echo", "loss={x}")
    assert done.code == 0, done.err
    assert "Ends at 90 finished trials or when the best is within 0.05 of the optimum; " in done.out
    assert re.search(r"\nEnded: loss can hardly get better by more than \S+ \(--until-regret 0.05\)"
                     r"\.\n", done.out)
    status = json.loads(hone("status", "--json").out)
    assert status["ended"]["rule"] == "until-regret" and 20 <= status["n_finished"] <= 40
    # It holds for whoever goes on, until it is lifted.
    assert hone("resume", "-n", 50).code == 0
    assert json.loads(hone("status", "--json").out)["n_finished"] == status["n_finished"]
    assert hone("edit", "--lift", "until-regret").out == "--until-regret   none\n"
    assert hone("resume", "-n", 50).code == 0
    assert json.loads(hone("status", "--json").out)["n_finished"] == 50


def test_until_regret_below_the_noise(hone):
    done = hone("run", "-q", "-n", 90, "--seed", 1, "--sampler", "gp", "--minimize", "loss", "-p",
                "x=0..1", "-p", "y=0..1", "--repeats", 3, "--until-regret", 0, "--", "python3",
                "-c", NOISY, "{x}", "{y}", "{seed}")
    assert done.code == 0, done.err
    status = json.loads(hone("status", "--json").out)
    found = re.fullmatch(r"loss can hardly get better by more than (\S+), and chance sets equal "
                         r"trials (\S+) apart \(--until-regret 0\)", status["ended"]["text"])
    assert found and float(found[1]) <= float(found[2])
    assert 20 <= status["n_finished"] < 90
    x, y = status["best"]["params"]["x"], status["best"]["params"]["y"]
    assert (x - .3) ** 2 + (y - .6) ** 2 <= float(found[2])


@pytest.mark.parametrize("args, sentence", [
    (["--until-regret", 0],
     "--until-regret 0 needs trials that are run more than once, to know how much chance moves "
     "them: add --folds, --repeats, --instances or --noisy, or say how little may be left, as in "
     "--until-regret 0.01"),
    (["--until-regret", -1], "--until-regret takes a number of at least 0, not '-1'"),
    (["--until-regret", 1, "--minimize", "size"],
     "--until-regret needs a single objective, there are 2"),
])
def test_until_regret_bad_input(hone, args, sentence):
    done = hone("run", "-n", 5, "--minimize", "loss", "-p", "x=0..1", *args, "--", "echo", "loss=1")
    assert (done.code, done.err.splitlines()[0]) == (2, "hone: " + sentence)


def test_until_regret_0_is_refused_for_a_study_that_is_there(hone):
    new = ["-n", 5, "--minimize", "loss", "-p", "x=0..1"]
    command = ["--", "echo", "loss={x}"]
    sentence = ("hone: --until-regret 0 needs trials that are run more than once, to know how much "
                "chance moves them: say how little may be left, as in --until-regret 0.01")
    assert hone("run", *new, *command).code == 0
    before = hone("export", "--events").out
    for args in (["edit", "--until-regret", 0], ["resume", "-n", 9, "--until-regret", 0],
                 ["run", *new, "--until-regret", 0, *command]):
        done = hone(*args)
        assert (done.code, done.out, done.err.splitlines()[0]) == (2, "", sentence)
    assert hone("export", "--events").out == before
    assert hone("run", "--study", "noisy", "--noisy", *new, *command).code == 0
    assert hone("edit", "noisy", "--until-regret", 0).code == 0


@pytest.mark.parametrize("rule, value", [("target", 1), ("plateau", 1), ("until-regret", 9)])
def test_the_hint_goes_on(hone, rule, value):
    done = hone("run", "-n", 90, "--seed", 1, "--sampler", "random", "--minimize", "loss", "-p", "x=0..1",
                f"--{rule}", value, "--", "echo", "loss={x}")
    assert done.code == 0 and json.loads(hone("status", "--json").out)["ended"]["rule"] == rule
    n = json.loads(hone("status", "--json").out)["n_finished"]
    hint = re.search(r"; `hone (resume .*)` goes on\.\n", done.out)[1]
    assert hint == f"resume --lift {rule} -n +50"
    assert hone(*hint.replace("50", "3").split()).code == 0
    status = json.loads(hone("status", "--json").out)
    assert (status["n_finished"], status["ended"]["rule"]) == (n + 3, "trials")
    assert json.loads(hone("edit", "--json").out)[rule] is None
    done = hone("resume", f"--{rule}", value, "--lift", rule)
    assert (done.code, done.err.splitlines()[0]) == (
        2, f"hone: --{rule} and --lift {rule} exclude each other")


def test_until_regret_in_a_study_file(hone):
    pathlib.Path("s.yaml").write_text(
        "study: {minimize: loss, seed: 1}\nspace: {x: 0..1}\nsampler: gp\n"
        "run: {command: 'echo loss={x}', trials: 90, until-regret: 0.05}\n")
    assert hone("run", "-q", "s.yaml").code == 0
    assert json.loads(hone("status", "--json").out)["ended"]["rule"] == "until-regret"


# --- what all trials together have taken ---

def test_a_study_ends_by_its_cost(hone, workdir):
    result = hone("run", "-j", 2, "--seed", 1, "--minimize", "loss", "-p", "x=0..1", "--cost", "0.5s",
                  "--shell", "--", "sleep 0.1; test $HONE_TRIAL != 1 && echo loss={x}")
    assert result.code == 0, result.err
    assert "Ends when all trials together have taken 500ms; 2 run at a time.\n" in result.out
    assert "\nEnded: all trials together have taken 0.5s (--cost).\n" in result.out
    trials = trials_of(hone)
    taken = [trial["duration_s"] for trial in trials]
    assert trials[1]["state"] == "FAILED" and sum(taken) >= 0.5
    assert sum(taken[:-2]) < 0.5 and len(trials) <= 7  # what ran at the end was let run
    assert json.loads(hone("status", "--json").out)["ended"] == {
        "rule": "cost", "text": "all trials together have taken 0.5s (--cost)"}
    # It stays spent, whoever goes on; more trials alone would not help.
    n = len(trials)
    again = hone("resume", "-n", "+1")
    assert again.code == 0 and "Ended: all trials together" in again.out
    assert len(trials_of(hone)) == n
    assert hone("edit", "--lift", "cost").out == "--cost           no limit\n"
    assert hone("resume").code == 0
    assert len(trials_of(hone)) == n + 1


def test_a_cost_in_a_study_file(hone, workdir):
    (workdir / "study.yaml").write_text("""\
study: {minimize: loss, seed: 1}
space: {x: 0..1}
run: {command: "echo loss={x}", trials: 2, cost: 1h30m}
""")
    assert "or when all trials together have taken 1h30m" in hone("run", "study.yaml").out
    assert "--cost           1h30m\n" in hone("edit").out
    assert "--cost           20s\n" == hone("edit", "--cost", "20s").out


SPENDS = """\
for k in 1 2 3; do echo loss={x} usd=$k step=$k; done
test $HONE_TRIAL != 1"""


def test_a_study_ends_by_what_its_program_says_it_costs(hone):
    """The last value of each trial counts, of one that has failed, too."""
    result = hone("run", "--seed", 1, "--minimize", "loss", "--metric", "usd", "-p", "x=0..1",
                  "--cost", "usd<=10", "--shell", "--", SPENDS)
    assert result.code == 0, result.err
    assert "Ends when usd of all trials together comes to 10; 1 runs at a time.\n" in result.out
    assert "\nEnded: usd of all trials together has come to 10 (--cost).\n" in result.out
    trials = trials_of(hone)
    assert [trial["state"] for trial in trials] == ["COMPLETE", "FAILED", "COMPLETE", "COMPLETE"]
    assert json.loads(hone("status", "--json").out)["ended"]["rule"] == "cost"
    assert "--cost           usd<=10\n" in hone("edit").out
    assert hone("edit", "--cost", "usd<=13").out == "--cost           usd<=13\n"
    assert "usd of all trials together comes to 13;" in hone("resume").out
    assert len(trials_of(hone)) == 5
    for verb in (("edit",), ("resume", "-n", "+1")):
        wrong = hone(*verb, "--cost", "eur<=1")
        assert (wrong.code, wrong.err.splitlines()[0]) == (2, (
            'hone: --cost names "eur", which is no metric of the study; --metric eur records it'))
        wrong = hone(*verb, "--cost", "us<=1").err.splitlines()[0]
        assert wrong.endswith('which is no metric of the study; did you mean "usd"?')
    for cost in ("usd>=1", "usd<=0", "usd<=", "usd<1", "<=1", "1 hour"):
        wrong = hone("edit", "--cost", cost)
        assert wrong.code == 2 and wrong.err.startswith(
            "hone: --cost takes a duration (90, 90s, 10m, 2h, 1h30m) or METRIC<=BOUND (usd<=200), "
            f"not '{cost}'\n")
    assert hone("edit", "--lift", "cost").out == "--cost           no limit\n"
    assert hone("resume", "-n", "+1").code == 0
    assert len(trials_of(hone)) == 6


def test_what_runs_counts_by_its_last_report(hone, workdir):
    """Trial 1 ends when trial 0 has said what it has cost so far."""
    (workdir / "wait").touch()
    process = hone.start(
        "run", "-j", 2, "--seed", 1, "--minimize", "loss", "--metric", "usd", "-p", "x=0..1",
        "--cost", "usd<=10", "--shell", "--",
        "if test $HONE_TRIAL = 0; then echo loss=1 usd=7 step=1; while test -f wait; do sleep 0.02; done; "
        "else until grep -q usd=7 hone/default/0/*; do sleep 0.02; done; echo loss={x} usd=3; fi",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    wait_for(lambda: hone("trials").out.count("COMPLETE") == 1, 30, "trial 1")
    hone("edit", "--cost", "usd<=12")  # what was the end is none any more
    wait_for(lambda: hone("trials").out.count("COMPLETE") == 2, 30, "trial 2")
    (workdir / "wait").unlink()
    said = process.communicate(timeout=30)[0]
    assert "usd of all trials together has come to 12 (--cost)" in said
    assert len(trials_of(hone)) == 3


def test_what_the_parts_of_a_trial_cost_is_added(hone):
    assert hone("run", "-q", "--seed", 1, "--minimize", "loss", "--metric", "usd", "-p", "x=0..1",
                "--folds", 3, "--cost", "usd<=12", "--", "echo", "loss={x} usd=2 fold={fold}").code == 0
    assert len(trials_of(hone)) == 2


def test_a_metric_that_bounds_the_cost_in_a_study_file(hone, workdir):
    text = """\
study: {{minimize: loss, metrics: [usd], seed: 1}}
space: {{x: 0..1}}
run: {{command: "echo loss={{x}} usd=2.5", cost: {}}}
"""
    (workdir / "study.yaml").write_text(text.format('"usd <= 5"'))
    assert "usd of all trials together comes to 5;" in hone("run", "study.yaml").out
    assert len(trials_of(hone)) == 2
    for cost, said in (("usd>=5", "a cost has an upper bound above 0, as in usd<=200"),
                       ("usd<=x", "after <= comes the bound, a finite number, as in latency<=20"),
                       ("eur<=5", '--cost names "eur", which is no metric of the study; --metric '
                        "eur records it")):
        (workdir / "wrong.yaml").write_text(text.format(f'"{cost}"'))
        wrong = hone("run", "--study", "wrong", "wrong.yaml")
        assert wrong.code == 2 and said in wrong.err, wrong.err
