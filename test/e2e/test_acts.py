"""hone kill and hone rerun, with runs that live, have died, or are no processes at all."""
import json
import re
import signal
import time

import pytest

from lookers import small_study
from waiting import wait_for

# Waits for the file `go` (or for ever with `slow`), ends on SIGTERM unless it is told to be
# stubborn; trial 1 fails until there is a file `ok`.
SCRIPT = """#!/bin/sh
trap '[ -e stubborn ] || { echo "trial $HONE_TRIAL got TERM" >> term; exit 143; }' TERM
: > "running.$HONE_TRIAL.$HONE_ATTEMPT"
[ "$HONE_TRIAL" = 1 ] && [ ! -e ok ] && [ ! -e slow ] && { echo bad >&2; exit 3; }
while [ -e slow ]; do sleep 0.02; done
echo "loss=$1 seed=$2"
"""


def run_args(*more):
    return ("run", "--seed", 1, "--minimize", "loss", "--metric", "seed", "-p", "x=0..1", *more, "--",
            "./train", "{x}", "{seed}")


def trial(hone, number):
    return json.loads(hone("show", number, "--json").out)


@pytest.fixture
def slow_run(hone, train, workdir):
    """A run of two trials at a time that wait; it is ended afterwards."""
    (workdir / "slow").touch()
    process = hone.start(*run_args("-n", 4, "-j", 2))
    wait_for(lambda: len(list(workdir.glob("running.*"))) == 2)
    yield process
    (workdir / "slow").unlink(missing_ok=True)
    process.communicate(timeout=30)


def test_a_running_trial_is_killed_and_replaced(hone, slow_run, workdir):
    began = time.monotonic()
    done = hone("kill", 0)
    assert (done.code, done.out, done.err) == (0, "trial 0  FAILED  killed on request\n", "")
    assert time.monotonic() - began < 5
    assert (workdir / "term").read_text() == "trial 0 got TERM\n"
    (workdir / "slow").unlink()
    (workdir / "ok").touch()
    out, _ = slow_run.communicate(timeout=30)
    assert slow_run.returncode == 0
    assert "trial 0  FAILED  " in out and "(killed on request)" in out
    assert len(re.findall("  COMPLETE  ", out)) == 4


def test_all_that_run(hone, slow_run):
    done = hone("kill", "--all", "--json")
    rows = sorted((json.loads(line) for line in done.out.splitlines()), key=lambda r: r["trial"])
    assert rows == [{"trial": n, "result": "ended", "state": "FAILED",
                     "message": "killed on request"} for n in (0, 1)]
    # Three equal ends stop a study whose command is broken; this one goes on.
    assert slow_run.poll() is None


def test_pruned_instead(hone, slow_run):
    assert hone("kill", 1, "--prune").out == "trial 1  PRUNED\n"
    assert trial(hone, 1)["state"] == "PRUNED"


def test_a_stubborn_trial_is_killed_after_the_grace(hone, train, workdir):
    (workdir / "slow").touch()
    (workdir / "stubborn").touch()
    process = hone.start(*run_args("-n", 1, "--grace", "0.3s"))
    wait_for(lambda: list(workdir.glob("running.*")))
    assert hone("kill", 0).out == "trial 0  FAILED  killed on request\n"
    assert trial(hone, 0)["signal"] == signal.SIGKILL
    (workdir / "slow").unlink()
    process.communicate(timeout=30)


def test_force_does_not_wait(hone, slow_run):
    assert hone("kill", 0, "--force").out == "trial 0  FAILED  killed on request\n"
    wait_for(lambda: "running" in hone("status").out and trial(hone, 0)["state"] == "FAILED")


def test_no_wait(hone, slow_run):
    assert hone("kill", 0, "--no-wait").out == "trial 0  RUNNING  is asked to end\n"
    wait_for(lambda: trial(hone, 0)["state"] == "FAILED")


def test_after_kill_9_of_the_run_it_is_lost(hone, train, workdir):
    (workdir / "slow").touch()
    process = hone.start(*run_args("-n", 2))
    wait_for(lambda: list(workdir.glob("running.*")))
    process.kill()
    process.communicate()
    done = hone("kill", 0)
    assert done.out == "trial 0  LOST  killed on request; its runner was gone\n"
    (workdir / "slow").unlink()
    (workdir / "ok").touch()
    result = hone("resume")
    assert result.code == 0
    assert not re.search("^trial 0 ", result.out, re.M)


def test_a_run_that_dies_while_its_trial_is_killed(hone, train, workdir):
    (workdir / "slow").touch()
    (workdir / "stubborn").touch()
    process = hone.start(*run_args("-n", 2, "--grace", "1h"))
    wait_for(lambda: list(workdir.glob("running.*")))
    killing = hone.start("kill", 0)
    asked = lambda: '"event":"stop_asked"' in hone("export", "--events").out
    wait_for(asked)
    process.kill()
    process.communicate()
    out, _ = killing.communicate(timeout=30)
    assert out == "trial 0  LOST  killed on request; its runner was gone\n"


def test_a_trial_of_a_script_learns_of_it_with_its_next_report(hone):
    small_study(hone)
    number = json.loads(hone("ask", "--lease", "1h").out)["trial"]
    done = hone("kill", number)
    assert done.out == (f"trial {number}  RUNNING  is asked to end with its next report; --force "
                        "ends it now\n")
    assert hone("report", "--trial", number, "loss=3", "step=1").code == 10
    assert hone("kill", number, "--force").out == f"trial {number}  FAILED  killed on request\n"
    late = hone("tell", number, "loss=3")
    assert late.code != 0 and "FAILED" in late.err


def test_the_queue(hone):
    small_study(hone)
    number = json.loads(hone("try", "lr=0.01", "--json").out)["trial"]
    assert hone("kill", number).out == (f"trial {number}  REMOVED  from the queue; `hone rerun "
                                        f"{number}` puts it back\n")
    assert hone("show", number).out.startswith(f"trial {number} of study default: REMOVED\n")
    assert trial(hone, number)["removed"] is True
    assert hone("kill", number).err == f"hone: trial {number} is REMOVED already\n"
    assert hone("kill", "--waiting").err == "hone: no trial waits\n"
    hone("try", "lr=0.02")
    assert hone("rerun", number).out == f"Trial {number} waits to be run again.\n"
    done = hone("kill", "--waiting")
    assert [line.split()[1:3] for line in done.out.splitlines()] == [[str(number), "REMOVED"],
                                                                     [str(number + 1), "REMOVED"]]


@pytest.mark.parametrize("args, said", [
    (["kill"], "hone: which trials? Give their numbers, --all (what runs) or --waiting (the "
               "queue)\n"),
    (["kill", "1"], "hone: trial 1 is COMPLETE already\n"),
    (["kill", "9"], 'hone: there is no trial 9: study "default" has trials 0 to 3\n'),
    (["kill", "1", "--all"], "hone: give numbers of trials or --all, not both\n"
                             "    hone kill 1 --all\n              ^\n"),
    (["rerun", "3"], "hone: trial 3 runs now: it can be run again when it has ended\n"),
    (["rerun", "9"], 'hone: there is no trial 9: study "default" has trials 0 to 3\n'),
    (["rerun", "1", "--now"], "hone: the study 'default' has no recorded command to run now\n"),
    (["rerun"], "hone: something is missing: hone rerun TRIAL... [--now [-j N]]\n"),
])
def test_what_is_refused(hone, args, said):
    small_study(hone)
    done = hone(*args)
    assert (done.code, done.out, done.err) == (2, "", said)


# --- rerun ---


def test_what_failed_is_run_again_under_its_number(hone, train, workdir):
    assert hone(*run_args("-n", 3)).code == 0
    before = trial(hone, 1)
    assert before["state"] == "FAILED"
    (workdir / "ok").touch()
    done = hone("rerun", 1)
    assert done.out == "Trial 1 waits to be run again.\n"
    assert done.err == "hone: the next free slot runs it (`hone resume`, or one that runs)\n"
    result = hone("resume")
    assert "As many are finished already (3); 1 that was asked for by hand is run.\n" in result.out
    after = trial(hone, 1)
    assert (after["state"], after["attempts"]) == ("COMPLETE", 2)
    assert (after["params"], after["seed"]) == (before["params"], before["seed"])
    assert after["message"] == ""


def test_what_has_a_result_keeps_it(hone, train, workdir):
    (workdir / "ok").touch()
    assert hone(*run_args("-n", 2)).code == 0
    assert json.loads(hone("rerun", 0, "--json").out) == {"trial": 0, "runs_as": 2, "new": True}
    assert hone("resume").code == 0
    first, again = trial(hone, 0), trial(hone, 2)
    assert again["state"] == "COMPLETE"
    assert again["params"] == first["params"] and again["seed"] != first["seed"]
    assert (again["origin"], again["parent"]) == ("rerun", 0)
    assert again["values"]["seed"] == again["seed"] and first["values"]["seed"] == first["seed"]


def test_now_several_at_once(hone, train, workdir):
    assert hone(*run_args("-n", 3)).code == 0
    (workdir / "ok").touch()
    done = hone("rerun", 1, 0, 2, "--now", "-j", 3)
    assert done.code == 0
    assert sorted(re.findall(r"^trial (\d+)  COMPLETE", done.out, re.M)) == ["1", "4", "5"]
    assert hone("rerun", 0, "-q").out == ""


def test_a_live_run_takes_it(hone, slow_run, workdir):
    hone("kill", 0)
    assert hone("rerun", 0).code == 0
    (workdir / "ok").touch()
    (workdir / "slow").unlink()
    slow_run.communicate(timeout=30)
    again = trial(hone, 0)
    assert (again["state"], again["attempts"]) == ("COMPLETE", 2)


def test_kill_9_between_the_request_and_its_run(hone, train, workdir):
    assert hone(*run_args("-n", 3)).code == 0
    hone("rerun", 1)
    (workdir / "slow").touch()
    process = hone.start("resume")
    wait_for(lambda: (workdir / "running.1.2").exists())
    process.kill()
    process.communicate()
    (workdir / "slow").unlink()
    (workdir / "ok").touch()
    assert hone("resume").code == 0
    assert trial(hone, 1)["state"] == "COMPLETE"
    assert trial(hone, 1)["attempts"] == 3
