"""hone work: more workers on one study, and hone status, which shows them."""
import json
import re

from lookers import trials_of
from waiting import wait_for

SCRIPT = """#!/bin/sh
: > "running.$HONE_TRIAL.$HONE_ATTEMPT"
while [ -e slow ]; do sleep 0.02; done
echo "$HONE_PHASE" >> phases
echo "loss=$1"
"""


def n_running(workdir):
    return len(list(workdir.glob("running.*")))


def run_args(*more):
    return ("run", "--seed", 1, "--minimize", "loss", "-p", "x=0..1", *more, "--", "./train", "{x}")


def test_workers_make_exactly_as_many_trials_together(hone, train, workdir):
    (workdir / "slow").touch()
    main = hone.start(*run_args("-n", 12, "--final"))
    wait_for(lambda: n_running(workdir) == 1)
    workers = [hone.start("work", "-j", 2), hone.start("work", "default", "-j", 1)]
    wait_for(lambda: n_running(workdir) == 4)
    status = json.loads(hone("status", "--json").out)
    assert sorted(w["n_running"] for w in status["workers"]) == [1, 1, 2]
    assert {w["pid"] for w in status["workers"]} == {p.pid for p in [main, *workers]}
    assert not any(w["gone"] for w in status["workers"])
    page = hone("status").out
    assert re.search(r"^worker +host +trials +busy for$", page, re.M)
    assert re.search(rf"^ *{workers[0].pid} +\S+ +2 +\S+$", page, re.M)
    (workdir / "slow").unlink()
    for process in [main, *workers]:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0, out
    trials = trials_of(hone)
    assert [t["state"] for t in trials] == ["COMPLETE"] * 13
    assert [t["purpose"] for t in trials].count("final") == 1
    assert (workdir / "phases").read_text().split().count("final") == 1


# Each trial waits for a file of its own: the worker's comes first, and then there is nothing to do.
ONE_BY_ONE = """#!/bin/sh
: > "running.$HONE_TRIAL.$HONE_ATTEMPT"
while [ ! -e "go.$HONE_TRIAL" ]; do sleep 0.02; done
echo "loss=$1"
"""


def test_who_has_nothing_to_do_is_shown(hone, train, workdir):
    (workdir / "train").write_text(ONE_BY_ONE)
    main = hone.start(*run_args("-n", 2))
    wait_for(lambda: n_running(workdir) == 1)
    worker = hone.start("work")
    wait_for(lambda: n_running(workdir) == 2)
    (workdir / "go.1").touch()
    wait_for(lambda: trials_of(hone)[1]["state"] == "COMPLETE")
    workers = {w["pid"]: w for w in json.loads(hone("status", "--json").out)["workers"]}
    assert workers[main.pid]["n_running"] == 1 and workers[main.pid]["idle_s"] is None
    assert workers[worker.pid]["n_running"] == 0 and workers[worker.pid]["busy_s"] is None
    assert workers[worker.pid]["idle_s"] >= 0
    assert re.search(rf"^ *{worker.pid} +\S+ +0 +idle for \S+$", hone("status").out, re.M)
    (workdir / "go.0").touch()
    for process in (main, worker):
        process.communicate(timeout=60)
    assert not [w for w in json.loads(hone("status", "--json").out)["workers"]]


def test_a_worker_takes_over_from_the_dead(hone, train, workdir):
    (workdir / "slow").touch()
    main = hone.start(*run_args("-n", 4))
    wait_for(lambda: n_running(workdir) == 1)
    main.kill()
    main.communicate()
    (workdir / "slow").unlink()
    done = hone("work")
    assert done.code == 0
    assert sorted(re.findall(r"^trial (\d+)  COMPLETE", done.out, re.M)) == list("0123")


def test_a_killed_worker_leaves_the_study_whole(hone, train, workdir):
    (workdir / "slow").touch()
    main = hone.start(*run_args("-n", 4))
    wait_for(lambda: n_running(workdir) == 1)
    worker = hone.start("work", "-j", 2)
    wait_for(lambda: n_running(workdir) == 3)
    worker.kill()
    worker.communicate()
    (workdir / "slow").unlink()
    main.communicate(timeout=60)
    assert main.returncode == 0
    assert [t["state"] for t in trials_of(hone)] == ["COMPLETE"] * 4


def test_it_ends_with_the_study_and_changes_nothing_of_it(hone, train, workdir):
    assert hone(*run_args("-n", 2, "--final")).code == 0
    before = {k: json.loads(hone("export", "--format", "json").out)[k] for k in ("settings",)} \
        if "settings" in json.loads(hone("export", "--format", "json").out) else None
    done = hone("work")
    assert done.code == 0
    assert "(this run: 0 in " in done.out
    assert len(trials_of(hone)) == 3
    if before:
        assert json.loads(hone("export", "--format", "json").out)["settings"] == before["settings"]
    # It can go on when somebody wants more.
    hone("edit", "-n", "+1")
    assert "(this run: 1 in " in hone("work").out


def test_edits_reach_workers_but_for_a_j_of_their_own(hone, train, workdir):
    (workdir / "slow").touch()
    main = hone.start(*run_args("-n", 2))
    wait_for(lambda: n_running(workdir) == 1)
    worker = hone.start("work", "-j", 1)
    wait_for(lambda: n_running(workdir) == 2)
    hone("edit", "-n", 8, "-j", 3)
    wait_for(lambda: n_running(workdir) == 4)  # three of the run, one of the worker
    while "Changed by `hone edit`" not in worker.stderr.readline():
        pass
    assert n_running(workdir) == 4
    (workdir / "slow").unlink()
    for process in (main, worker):
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert [t["state"] for t in trials_of(hone)] == ["COMPLETE"] * 8


def test_without_a_command_there_is_nothing_to_do(hone, workdir):
    from lookers import small_study
    small_study(hone)
    done = hone("work")
    assert (done.code, done.out, done.err) == (
        2, "", "hone: the study 'default' has no recorded command: begin it with `hone run … -- "
               "command`\n")
