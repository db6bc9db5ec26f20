"""Checkpoints that Hone owns: which stay, what they take, and what happens when one is gone."""
import json
import os
import shutil
import signal

import pytest

from lookers import trials_of
from waiting import wait_for

KB = 40

# Saves KB kB, leaves the number of the attempt in the output, and complains if what it saves is taken
# away while it runs.
TRAIN = """#!/bin/sh
if [ -s "$HONE_CKPT/model" ]; then echo found; else echo fresh; fi
head -c %d000 /dev/zero | tr '\\0' x >"$HONE_CKPT/model.new" || exit 8
mv "$HONE_CKPT/model.new" "$HONE_CKPT/model" || exit 8
sleep ${1:-0}
[ -s "$HONE_CKPT/model" ] || exit 9
[ "$HONE_P_X" = "$FAIL_AT" ] && exit 1
echo "loss=$HONE_P_X"
""" % KB


@pytest.fixture
def train(workdir):
    (workdir / "train.sh").write_text(TRAIN)
    (workdir / "train.sh").chmod(0o755)
    return ["--", "./train.sh"]


@pytest.fixture
def run(hone, train):
    def go(*args, env=None, n=6, command=None):
        return hone("run", "-n", n, "-j", 1, "--sampler", "grid", "--minimize", "loss", "-p",
                    "x=int:1..9", *args, *(command or train), env=env)
    return go


def kept(workdir, study="default"):
    """The trials whose checkpoint is there. Nothing may be left beside them."""
    home = workdir / "hone" / study
    assert not list(home.glob("*/ckpt.*"))
    return sorted(int(path.parent.parent.name) for path in home.glob("*/ckpt/model"))


def recorded(hone):
    return json.loads(hone("status", "--json").out)["checkpoints"]


def test_everything_stays_unless_asked(run, hone, workdir):
    assert run().code == 0
    assert kept(workdir) == [0, 1, 2, 3, 4, 5]
    said = recorded(hone)
    assert (said["n"], said["n_removed"]) == (6, 0)
    assert 6 * KB * 1000 <= said["bytes"] <= 6 * (KB + 8) * 1024
    line = [x for x in hone("status").out.splitlines() if x.startswith("checkpoints")]
    assert len(line) == 1 and line[0].endswith(" kB in 6 trials")


def test_a_program_without_checkpoints_is_told_nothing(hone, run):
    assert run("--ckpt-quota", "1MB", "--keep-ckpt", "best", command=["--", "echo", "loss={x}"]
               ).code == 0
    assert "checkpoint" not in hone("status").out
    assert "checkpoint" not in hone("show", 0).out


@pytest.mark.parametrize("which, left", [("best", [0, 5]), ("none", []), ("3", [0, 1, 2, 5]),
                                         ("all", [0, 1, 2, 3, 4, 5])])
def test_how_many_stay(run, hone, workdir, which, left):
    result = run("--keep-ckpt", which)
    assert result.code == 0 and "checkpoint" not in result.err
    assert kept(workdir) == left
    assert recorded(hone)["n_removed"] == 6 - len(left)


def test_the_quota(run, hone, workdir):
    result = run("--ckpt-quota", "150kB", env={"FAIL_AT": "2"})
    assert result.code == 0
    # The failed trial 1 goes first, then the worst.
    assert kept(workdir) == [0, 2, 6]
    said = [x for x in result.err.splitlines() if "quota" in x]
    assert len(said) == 1
    assert said[0].startswith("hone: Warning: the checkpoints have reached --ckpt-quota 150kB: those "
                              "of the worst finished trials go, the first is that of trial 1 (4")
    shown = [x.strip() for x in hone("show", 1).out.splitlines() if "checkpoint" in x]
    assert len(shown) == 1 and shown[0].startswith("checkpoint removed; it took 4")
    shown = json.loads(hone("show", 1, "--json").out)
    assert shown["checkpoint_removed"] and shown["checkpoint_bytes"] >= KB * 1000
    events = [json.loads(x) for x in hone("export", "--events").out.splitlines()]
    assert [e["trial"] for e in events if e["event"] == "checkpoint_removed"] == [1, 3, 4, 5]


def test_a_quota_below_what_is_needed_is_said_once(run, workdir):
    result = run("--ckpt-quota", "1K")
    assert result.code == 0
    assert kept(workdir) == [0, 5]
    assert result.err.count("hone: Warning: the checkpoints that are needed take ") == 1
    assert "more than --ckpt-quota 1K\n" in result.err


def test_it_is_kept_in_the_study(run, hone, workdir):
    assert run("--keep-ckpt", "best", n=2).code == 0
    assert kept(workdir) == [0, 1]
    assert hone("resume", "-n", 4).code == 0
    assert kept(workdir) == [0, 3]
    assert hone("edit", "-n", 6, "--keep-ckpt", "all").out.splitlines()[-1].split() == [
        "--keep-ckpt", "all"]
    assert hone("work").code == 0
    assert kept(workdir) == [0, 3, 4, 5]
    assert hone("resume", "--ckpt-quota", "100kB").code == 0
    assert kept(workdir) == [0, 5]


def test_in_a_study_file(hone, workdir, train):
    text = ("study: {minimize: loss}\nspace: {x: 'int:1..9'}\nsampler: grid\n"
            "run: {command: ./train.sh, trials: 4, keep-ckpt: %s, ckpt-quota: 1GB}\n")
    (workdir / "study.yaml").write_text(text % "2")
    assert hone("run", "study.yaml").code == 0
    assert kept(workdir) == [0, 1, 3]
    (workdir / "study.yaml").write_text(text % "none")
    assert hone("run", "study.yaml").code == 0
    assert kept(workdir) == []
    for bad in ("some", "-1", "1.5"):
        (workdir / "study.yaml").write_text(text % bad)
        result = hone("run", "study.yaml")
        assert result.code == 2
        assert "study.yaml:4: " in result.err
        assert "all, best, none, or how many of the best are kept" in result.err


def test_wrong_values(run):
    result = run("--keep-ckpt", "some")
    assert result.code == 2
    assert result.err.splitlines()[0] == ("hone: --keep-ckpt takes all, best, none, or how many of "
                                          "the best are kept, not 'some'")
    result = run("--ckpt-quota", "20")
    assert result.code == 2
    assert result.err.splitlines()[0] == ("hone: --ckpt-quota takes a size with its unit (500M, 4G, "
                                          "1.5GiB), not '20'")


def test_the_final_run_keeps_its_own(run, workdir):
    assert run("--keep-ckpt", "none", "--final", n=3).code == 0
    assert kept(workdir) == [3]


def test_a_live_run_heeds_edits(hone, workdir, train):
    process = hone.start("run", "-n", 3, "-j", 1, "--sampler", "grid", "--minimize", "loss", "-p",
                         "x=int:1..9", *train, "0.1")
    assert process.wait(timeout=60) == 0
    process.communicate()
    assert kept(workdir) == [0, 1, 2]
    process = hone.start("run", "-n", 4, "-j", 1, "--minimize", "loss", "-p", "x=int:1..9",
                         "--accept", *train, "30")
    try:
        wait_for(lambda: (workdir / "hone/default/3/ckpt/model").exists())
        assert hone("edit", "--keep-ckpt", "none").code == 0
        wait_for(lambda: not list(workdir.glob("hone/default/[012]/ckpt*")))
        assert (workdir / "hone/default/3/ckpt/model").exists()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert kept(workdir) == [3]  # it waits to go on


def test_many_workers_take_away_nothing_that_runs(hone, workdir, train):
    args = ["--minimize", "loss", "-p", "x=0..1", "--keep-ckpt", "best"]
    first = hone.start("run", "-n", 60, "-j", 2, "--seed", 1, *args, *train, "0.02")
    try:
        wait_for(lambda: (workdir / "hone/default/0").exists())
        others = [hone.start("work", "-j", 2) for _ in range(2)]
    finally:
        ends = [process.communicate(timeout=100) for process in (first, *others)]
    assert [process.returncode for process in (first, *others)] == [0, 0, 0], ends
    trials = trials_of(hone)
    assert [t["state"] for t in trials] == ["COMPLETE"] * 60
    assert hone("resume").code == 0  # whatever was held at the end
    best = json.loads(hone("best", "--json").out)["number"]
    newest = max(trials, key=lambda t: (t["ended"], t["number"]))
    left = kept(workdir)
    assert best in left and len(left) <= 2
    assert json.loads(hone("show", left[-1] if left[-1] != best else left[0], "--json").out)[
        "ended"] == newest["ended"]


@pytest.mark.parametrize("step", ["keep.aside", "keep.recorded"])
def test_killed_while_it_removes(run, hone, workdir, step):
    if "no such fault point" not in run("--dry-run", env={"HONE_FAULT": "none:1"}).err:
        pytest.skip("a build without fault points")
    result = run("--keep-ckpt", "best", env={"HONE_FAULT": f"{step}:2:kill"})
    assert result.code == -signal.SIGKILL
    assert len(list(workdir.glob("hone/default/*/ckpt.*"))) == 1
    assert hone("resume").code == 0
    assert kept(workdir) == [0, 5]
    assert recorded(hone) == {"n": 2, "n_removed": 4, "bytes": recorded(hone)["bytes"]}


def test_rerun_says_that_it_starts_over(run, hone, workdir):
    assert run("--keep-ckpt", "best", env={"FAIL_AT": "2"}).code == 0
    assert kept(workdir) == [0, 6]
    assert hone("rerun", 1).out == ("Trial 1 waits to be run again; it starts over, its checkpoint "
                                    "was removed.\n")
    result = hone("resume")
    assert result.code == 0
    assert ("hone: Warning: trial 1 starts over: its checkpoint was removed (--keep-ckpt, "
            "--ckpt-quota)\n") in result.err
    assert hone("logs", 1).out.splitlines()[-2:] == ["fresh", "loss=2"]


def test_rerun_of_one_that_is_there_goes_on(run, hone):
    assert run(env={"FAIL_AT": "2"}).code == 0
    assert hone("rerun", 1).out == "Trial 1 waits to be run again.\n"
    result = hone("resume")
    assert result.code == 0 and "starts over" not in result.err
    assert hone("logs", 1).out.splitlines()[-2:] == ["found", "loss=2"]


PAUSED = """#!/bin/sh
if [ -s "$HONE_CKPT/step" ]; then step=$(cat "$HONE_CKPT/step"); else step=0; fi
echo "from $step"
while [ $step -lt $2 ]; do
    step=$((step + 1))
    echo $step >"$HONE_CKPT/step.new" && mv "$HONE_CKPT/step.new" "$HONE_CKPT/step"
    echo "loss=$1 step=$step"
done
"""


def test_a_paused_trial_whose_checkpoint_the_user_has_deleted(hone, workdir):
    (workdir / "paused.sh").write_text(PAUSED)
    command = ["--", "sh", "paused.sh", "{x}", "{resource:%.0f}"]
    result = hone("run", "-n", 3, "-j", 1, "--seed", 1, "--minimize", "loss", "-p", "x=0..1 = 0",
                  "--sampler", "random", "--scheduler", "asha", "--scheduler-option",
                  "variant=pause", "--scheduler-option", "max_resource=9", "--ckpt-quota", "1B",
                  *command)
    assert result.code == 0, result.err
    trials = trials_of(hone)
    paused = [t["number"] for t in trials if t["state"] == "PAUSED"]
    assert paused  # a paused trial keeps its checkpoint, whatever the quota is
    for number in paused:
        assert (workdir / f"hone/default/{number}/ckpt/step").exists()
        shutil.rmtree(workdir / f"hone/default/{number}")
    result = hone("resume", "-n", 9)
    assert result.code == 0, result.err
    said = [line for line in result.err.splitlines() if "starts over" in line]
    assert said and all(line.startswith("hone: Warning: trial ") for line in said)
    number = int(said[0].split()[3])
    assert said[0] == (f"hone: Warning: trial {number} starts over: its checkpoint is no longer in "
                       f"{workdir}/hone/default/{number}/ckpt")
    assert hone("logs", number).out.startswith("from 0\n")
    states = {t["state"] for t in trials_of(hone)}
    assert states <= {"COMPLETE", "PAUSED"}


def in_the_way(home, what):
    home.mkdir(parents=True)
    if what == "folder":
        (home / "2").write_text("in the way")
        return home / "2", f"cannot create the folder {home}/2: Not a directory"
    (home / "2" / what).mkdir(parents=True)
    verb = "write" if what == "params.json" else "open"
    return home / "2", f"cannot {verb} {home}/2/{what}: Is a directory"


@pytest.mark.parametrize("what", ["folder", "params.json", "stdout"])
def test_what_cannot_be_made_disturbs_nobody(hone, workdir, train, what):
    blocked, why = in_the_way(workdir / "hone/default", what)
    result = hone("run", "-n", 6, "-j", 2, "--sampler", "grid", "--minimize", "loss", "-p",
                  "x=int:1..9", *train, "0.3")
    assert result.code == 1
    said = [line for line in result.err.splitlines() if why in line]
    assert said[-1] == f"hone: {why}"
    assert said[:-1] in ([], [f"hone: Warning: no more trials are started; those that run may "
                              f"finish: {why}"])
    trials = trials_of(hone)
    # Another may have been started before the one before was known to be blocked.
    states = [t["state"] for t in trials]
    assert states[:3] == ["COMPLETE", "COMPLETE", "WAITING"]
    assert states[3:] in ([], ["COMPLETE"])
    assert trials[2]["message"] == f"it could not be started: {why}"
    if blocked.is_dir():
        shutil.rmtree(blocked)
    else:
        os.remove(blocked)
    assert hone("resume").code == 0
    trials = trials_of(hone)
    assert [t["state"] for t in trials] == ["COMPLETE"] * 6
