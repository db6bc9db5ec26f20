"""Many at once: trials, processes on one storage, readers beside a run, and what they leave behind.

How a run alone answers Ctrl-C is in test_run_stop.py; here a crowd is running, with descendants
that have left their process group.
"""
import json
import os
import pathlib
import signal
import subprocess
import threading
import time

import pytest

from lookers import trials_of
from waiting import wait_for

CROWD = 300
N_PROCESSES = 8
TRIALS_EACH = 25


def proc(pid, name):
    return pathlib.Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8", errors="replace")


def cpu_s(pid):
    """User and system time of a process, without its children."""
    fields = proc(pid, "stat").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children_of(pid):
    return [int(child) for child in proc(pid, f"task/{pid}/children").split()]


def close(process):
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()


@pytest.fixture
def trial(workdir):
    """A shell script as trial, run with {x}: trial("sleep 1; echo loss=$1")"""
    def write(text):
        path = workdir / "trial.sh"
        path.write_text("#!/bin/sh\n" + text + "\n")
        path.chmod(0o755)
        return ["--minimize", "loss", "-p", "x=0..1", "--", "./trial.sh", "{x}"]
    return write


# --- three hundred at once ---

def test_three_hundred_at_once(hone, workdir, trial):
    process = hone.start("run", "-q", "-n", CROWD, "-j", CROWD,
                         *trial('echo started >> started; until [ -e go ]; do sleep 0.2; done; '
                                'echo loss=$1'))
    started = workdir / "started"
    wait_for(lambda: started.exists() and len(started.read_text().split()) == CROWD, 60, "the crowd")
    (workdir / "go").touch()
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0 and err == "" and len(out.splitlines()) == 1
    states = [t["state"] for t in trials_of(hone)]
    assert states == ["COMPLETE"] * CROWD


def test_no_descriptor_and_no_memory_is_left_per_trial(hone, workdir, trial):
    """After 400 trials the engine and its guardian hold as many descriptors as after 50."""
    process = hone.start("run", "-q", "-n", 401, "-j", 8,
                         *trial('echo n >> ended; case $HONE_TRIAL in 50|400) echo $HONE_TRIAL > at;'
                                ' until [ -e go-$HONE_TRIAL ]; do sleep 0.05; done;; esac; '
                                'echo loss=$1'), stdout=subprocess.DEVNULL)

    def pause(number):
        at = workdir / "at"
        wait_for(lambda: at.exists() and at.read_text().strip() == str(number), 60, f"trial {number}")
        # The others run on until they wait for nothing but this one, or end.
        time.sleep(0.3)
        pids = [process.pid, *children_of(process.pid)]
        counts = [len(os.listdir(f"/proc/{pid}/fd")) for pid in pids]
        (workdir / f"go-{number}").touch()
        return counts

    before, after = pause(50), pause(400)
    assert process.wait(timeout=60) == 0
    close(process)
    # Up to eight trials run while it is counted, each with a few pipes.
    assert all(b <= a + 8 * 4 for a, b in zip(before, after)), (before, after)


def test_waiting_costs_nothing(hone, workdir, trial):
    process = hone.start("run", "-q", "-n", 4, "-j", 4,
                         *trial("touch on-$HONE_TRIAL; sleep 4; echo loss=$1"))
    wait_for(lambda: len(list(workdir.glob("on-*"))) == 4, 60, "four trials")
    pids = [process.pid, *children_of(process.pid)]
    assert len(pids) == 2  # the guardian is the only child
    before = [cpu_s(pid) for pid in pids]
    time.sleep(3)
    spent = [cpu_s(pid) - b for pid, b in zip(pids, before)]
    assert all(s < 0.1 for s in spent), spent
    assert process.wait(timeout=60) == 0
    close(process)


# --- signals ---

# A descendant in a session of its own and one whose parent is gone; the process says all pids.
FAMILY = """
(setsid sh -c 'echo $$ >> pids; exec sleep 600' &) >/dev/null 2>&1
(sh -c 'sh -c "echo \\$\\$ >> pids; exec sleep 600" &') >/dev/null 2>&1
echo $$ >> pids
%s
"""
STUBBORN = FAMILY % "trap '' TERM INT HUP; while :; do sleep 0.1; done"
WILLING = FAMILY % 'until [ -e go ]; do sleep 0.05; done; echo loss=$1'
N_FAMILIES = 6


def alive(pid):
    try:
        return proc(pid, "stat").rsplit(")", 1)[1].split()[0] != "Z"
    except (OSError, IndexError):
        return False


def start_families(hone, workdir, trial, script, *options):
    process = hone.start("run", *options, "-n", 50, "-j", N_FAMILIES, *trial(script),
                         start_new_session=True)
    pids = workdir / "pids"
    wait_for(lambda: pids.exists() and len(pids.read_text().split()) >= 3 * N_FAMILIES, 60, "families")
    return process, [int(pid) for pid in pids.read_text().split()]


def nobody_left(pids):
    wait_for(lambda: not any(alive(pid) for pid in pids), 15, "the end of all descendants")


def states_of(hone):
    return sorted(t["state"] for t in trials_of(hone))


def test_ctrl_c_once(hone, workdir, trial):
    process, pids = start_families(hone, workdir, trial, WILLING)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert process.poll() is None
    (workdir / "go").touch()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "No new trials, the running ones finish. Ctrl-C again: stop them" in err
    assert states_of(hone) == ["COMPLETE"] * N_FAMILIES
    nobody_left(pids)


@pytest.mark.parametrize("signals", [[signal.SIGINT] * 2, [signal.SIGTERM], [signal.SIGHUP]],
                         ids=["twice", "SIGTERM", "SIGHUP"])
def test_the_running_ones_stop(hone, workdir, trial, signals):
    process, pids = start_families(hone, workdir, trial, WILLING, "--grace", "5s")
    for number in signals:
        process.send_signal(number)
        time.sleep(0.1)
    begin = time.monotonic()
    process.communicate(timeout=60)
    assert process.returncode == 3 and time.monotonic() - begin < 5
    assert states_of(hone) == ["WAITING"] * N_FAMILIES
    nobody_left(pids)
    (workdir / "go").touch()
    assert hone("resume", "-q", "-n", N_FAMILIES, timeout=60).code == 0
    assert states_of(hone) == ["COMPLETE"] * N_FAMILIES


def test_ctrl_c_three_times(hone, workdir, trial):
    process, pids = start_families(hone, workdir, trial, STUBBORN, "--grace", "600s")
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
    process.communicate(timeout=30)
    assert process.returncode == 3
    assert states_of(hone) == ["WAITING"] * N_FAMILIES
    nobody_left(pids)


def test_kill_9_takes_the_families_along(hone, workdir, trial):
    process, pids = start_families(hone, workdir, trial, WILLING)
    process.kill()
    process.communicate(timeout=30)
    nobody_left(pids)


# --- readers beside a run ---

NO_TRIALS = "hone: the study has no trials yet; `hone resume` runs some\n"


def test_readers_disturb_nothing_and_never_fail(hone, workdir, trial):
    process = hone.start("run", "-n", 150, "-j", 3, *trial("echo loss=$1"))
    wait_for((workdir / "hone.db").exists, 60, "the database")
    looks = [["trials"], ["trials", "--json"], ["status"], ["status", "--json"], ["best"],
             ["show", "0"], ["studies"]]
    n_looks, problems = 0, []
    while process.poll() is None:
        for args in looks:
            done = hone(*args)
            n_looks += 1
            early = done.code == 2 and ("no best trial" in done.err or "never begun" in done.err
                                        or "there is no trial 0" in done.err
                                        or "is empty" in done.err or "no study" in done.err
                                        or "has no complete, feasible trial yet" in done.err)
            if not (done.code == 0 and done.err in ("", NO_TRIALS)) and not early:
                problems.append((args, done))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert not problems, problems[:3]
    assert n_looks > 20
    assert "arning" not in err
    lines = [line for line in out.splitlines() if line.startswith("trial ")]
    assert len(lines) == 150 and all("COMPLETE" in line for line in lines)


# --- eight processes on one file ---

def in_threads(jobs):
    """Runs the functions at once and hands back what they return."""
    results = [None] * len(jobs)

    def work(i):
        results[i] = jobs[i]()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def ask_and_tell(hone):
    """A script's loop; the numbers it got and what it told."""
    told = {}
    for _ in range(TRIALS_EACH):
        asked = hone("ask")
        assert asked.code == 0, asked
        number = json.loads(asked.out)["trial"]
        done = hone("tell", number, repr(number / 4))
        assert done.code == 0, done
        told[number] = number / 4
    return told


def test_eight_processes_ask_and_tell(hone, workdir):
    begun = hone("ask", "-p", "x=0..1", "--minimize", "loss")
    assert begun.code == 0
    assert hone("tell", 0, 0).code == 0
    everything = {0: 0.0}
    for told in in_threads([lambda: ask_and_tell(hone)] * N_PROCESSES):
        assert told is not None
        assert not everything.keys() & told.keys()
        everything.update(told)
    trials = trials_of(hone)
    assert [t["number"] for t in trials] == list(range(1 + N_PROCESSES * TRIALS_EACH))
    assert {t["number"]: t["values"]["loss"] for t in trials} == everything


def test_eight_runs_on_one_study(hone, workdir, trial):
    words = trial("echo $HONE_TRIAL >> ran; echo loss=$1")
    n = N_PROCESSES * TRIALS_EACH
    assert hone("run", "-q", "-n", 1, *words).code == 0
    processes = [hone.start("run", "-q", "-n", n, "-j", 2, *words) for _ in range(N_PROCESSES)]
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, "")
    trials = trials_of(hone)
    numbers = [t["number"] for t in trials]
    assert numbers == list(range(len(trials)))
    assert all(t["state"] == "COMPLETE" for t in trials)
    assert len(trials) == n
    assert sorted(map(int, (workdir / "ran").read_text().split())) == numbers


def test_failures_in_a_crowd_are_replaced(hone, workdir, trial):
    """Each third number fails; together they still finish exactly as many as were asked for."""
    words = trial("[ $((HONE_TRIAL % 3)) -ne 1 ] && echo loss=$1")
    n = 40
    assert hone("run", "-q", "-n", 1, *words).code == 0
    processes = [hone.start("run", "-q", "-n", n, "-j", 3, *words) for _ in range(4)]
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, "")
    states = [t["state"] for t in trials_of(hone)]
    assert states.count("COMPLETE") == n and states.count("FAILED") == len(states) - n
    assert states[-1] == "COMPLETE"


@pytest.mark.parametrize("end", ["fails", "is killed"])
def test_who_waits_replaces_the_last_trial(hone, workdir, trial, end):
    words = trial("[ $HONE_TRIAL -eq 1 ] && [ $HONE_ATTEMPT -eq 1 ] && { echo $$ > at; "
                  "until [ -e go ]; do sleep 0.05; done; exit 1; }; echo loss=$1")
    at = workdir / "at"
    first = hone.start("run", "-q", "-n", 2, *words)
    wait_for(lambda: at.exists() and at.read_text().strip(), 60, "the last trial")
    second = hone.start("run", "-n", 2, "--json", *words)
    for line in second.stdout:
        if json.loads(line)["event"] == "waiting":
            break
    assert second.poll() is None
    if end == "fails":
        (workdir / "go").touch()
    else:
        first.kill()
    assert first.wait(timeout=30) == (0 if end == "fails" else -signal.SIGKILL)
    out, err = second.communicate(timeout=30)
    assert second.returncode == 0 and err == ""
    assert json.loads(out.splitlines()[-1])["finished"] == 2
    close(first)
    states = [t["state"] for t in trials_of(hone)]
    assert states == ["COMPLETE", *(["FAILED", "COMPLETE"] if end == "fails" else ["COMPLETE"])]


def test_runs_and_scripts_on_one_file(hone, workdir, trial):
    """Two runs of one study, one of another and scripts on a third, all in one file."""
    words = trial("echo loss=$1")
    other = ["--study", "other"]
    assert hone("ask", "--study", "third", "-p", "x=0..1", "--minimize", "loss").code == 0

    def run(*options):
        return hone("run", "-q", "-n", 60, "-j", 2, *options, *words)

    def script():
        asked = [json.loads(hone("ask", "--study", "third").out)["trial"]
                 for _ in range(10)]
        return [(number, hone("tell", "--study", "third", number, 1).code) for number in asked]

    assert hone("run", "-q", "-n", 1, *words).code == 0
    results = in_threads([run, run, lambda: run(*other), script, script, script])
    assert [result.code for result in results[:3]] == [0, 0, 0], results[:3]
    told = [number for result in results[3:] for number, code in result if code == 0]
    assert sorted(told) == list(range(1, 31))
    assert len(trials_of(hone, "--study", "default")) == 60
    assert len(trials_of(hone, *other)) == 60
