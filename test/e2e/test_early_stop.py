"""Stopping early and pausing, from a report to the end of the process: over the descriptor, by `hone
report`, by the file STOP, by SIGTERM and SIGKILL; checkpoints, and kills in between.
"""
import json
import os
import signal
import subprocess
import time

import pytest

from lookers import trials_of

# Any loss above 5 is to stop.
STOPPER = ["--scheduler", "threshold", "--scheduler-option", "upper=5"]

# Reports the losses 1, 2, 3, … over the descriptor, and ends when it is told to.
DESCRIPTOR = """\
import json, os, sys
with os.fdopen(int(os.environ["HONE_FD"]), "r+b", buffering=0) as engine:
    for step in range(1, 100):
        engine.write(json.dumps({"loss": step, "step": step}).encode() + b"\\n")
        line = b""
        while not line.endswith(b"\\n"):
            line += engine.read(1)
        if json.loads(line)["stop"]:
            print("told after", step)
            sys.exit(10)
"""

REPORT = """\
step=0
while [ $step -lt 100 ]; do
    step=$((step + 1))
    hone report loss=$step step=$step && code=0 || code=$?
    if [ $code -eq 10 ]; then echo "told after $step"; exit 10; fi
done
"""

# Looks for the file after each report; it has time until the next one.
STOP_FILE = """\
step=0
while [ $step -lt 100 ]; do
    step=$((step + 1))
    echo "{\\"loss\\":$step,\\"step\\":$step}" >> "$HONE_DIR/metrics.jsonl"
    n=0
    while [ $step -gt 5 ] && [ ! -e "$HONE_DIR/STOP" ] && [ $n -lt 500 ]; do sleep 0.02; n=$((n + 1)); done
    if [ -e "$HONE_DIR/STOP" ]; then echo "told after $step: $(cat "$HONE_DIR/STOP")"; exit 10; fi
done
"""

# Standard output alone: nothing comes back but SIGTERM.
OUTPUT = """\
trap 'echo "told by a signal"; exit 1' TERM
for step in 1 2 3 4 5 6; do echo "loss=$step step=$step"; done
while :; do sleep 0.02; done
"""

STUBBORN = """\
trap '' TERM
for step in 1 2 3 4 5 6; do echo "loss=$step step=$step"; done
while :; do sleep 0.02; done
"""


def run(hone, *args, trials=2, options=STOPPER, **more):
    path = f"{hone.program.parent}:{os.environ['PATH']}"
    return hone("run", "-q", "-n", trials, "-j", 2, "--seed", 1, "--minimize", "loss", "-p",
                "x=0..1", *options, "--", *args, env={"PATH": path}, **more)


@pytest.mark.parametrize("command, said", [
    (["python3", "-c", DESCRIPTOR, "{x}"], "told after 6"),
    (["sh", "-c", REPORT, "{x}"], "told after 6"),
    (["sh", "-c", STOP_FILE, "{x}"], "told after 6: stop"),
    (["sh", "-c", OUTPUT, "{x}"], "told by a signal"),
], ids=["descriptor", "report", "stop-file", "signal"])
def test_a_verdict_reaches_the_trial(hone, command, said):
    done = run(hone, *command)
    assert done.code == 0, done.err
    for trial in trials_of(hone):
        assert (trial["state"], trial["values"]["loss"]) == ("PRUNED", 6)
        assert said in hone("logs", trial["number"]).out
        shown = json.loads(hone("show", trial["number"], "--json").out)
        assert [report["step"] for report in shown["reports"]] == list(range(1, 7))


def test_who_does_not_listen_is_killed(hone):
    began = time.monotonic()
    done = run(hone, "sh", "-c", STUBBORN, "{x}", options=[*STOPPER, "--grace", "300ms"])
    assert done.code == 0, done.err
    assert time.monotonic() - began > 0.3
    assert [(t["state"], t["values"]["loss"]) for t in trials_of(hone)] == [("PRUNED", 6)] * 2


def test_pruned_trials_count(hone):
    program = ["sh", "-c", "for s in 1 2; do echo loss=$(awk -v x=$0 'BEGIN {print 10 * x}') step=$s; "
               "done; sleep 0.2", "{x}"]
    done = run(hone, *program, trials=12)
    assert done.code == 0, done.err
    states = [trial["state"] for trial in trials_of(hone)]
    assert len(states) == 12 and set(states) == {"COMPLETE", "PRUNED"}
    assert trials_of(hone)[json.loads(hone("best", "--json").out)["number"]]["state"] == "COMPLETE"
    assert run(hone, *program, trials=12).code == 0 and len(trials_of(hone)) == 12


def test_hone_report_from_outside(hone):
    hone("ask", "-p", "x=0..1", "--minimize", "loss", "--scheduler", "threshold",
         "--scheduler-option", "upper=5")
    codes = [hone("report", "--trial", 0, f"loss={loss}").code for loss in (3, 5, 5.5)]
    assert codes == [0, 0, 10]
    assert hone("tell", "0", "--state", "pruned").code == 0
    # Three processes: one has judged, another one has told, a third one says why.
    assert json.loads(hone("show", "0", "--json").out)["message"] == "5.5 at 3 is above 5"


def test_a_verdict_is_recorded_once_and_taken_back(hone):
    hone("ask", "-p", "x=0..1", "--minimize", "loss", "--scheduler", "threshold",
         "--scheduler-option", "upper=5")
    codes = [hone("report", "--trial", 0, "loss=6", "step=1").code for _ in range(3)]
    assert codes == [10] * 3
    journal = hone("export", "--events").out
    assert journal.count('"6 at 1 is above 5"') == 1, journal
    assert hone("report", "--trial", 0, "loss=1").code == 0
    assert hone("tell", "0", "--state", "pruned").code == 0
    assert json.loads(hone("show", "0", "--json").out)["message"] in (None, "")


def test_a_verdict_is_of_its_attempt(hone):
    hone("ask", "-p", "x=0..1", "--minimize", "loss", "--scheduler", "threshold",
         "--scheduler-option", "upper=5")
    assert hone("report", "--trial", 0, "loss=9").code == 10
    assert hone("tell", "0", "--state", "failed").code == 0
    assert hone("rerun", "0").code == 0 and hone("ask").code == 0
    assert hone("tell", "0", "--state", "pruned").code == 0
    assert json.loads(hone("show", "0", "--json").out)["message"] in (None, "")


# --- deterministic studies ---

# Reports six losses with random pauses between, and goes on for up to two more when it is to end.
UNEVEN = """\
left=
trap 'left=$(( $(od -An -N1 -tu1 /dev/urandom) % 3 ))' TERM
for step in 1 2 3 4 5 6; do
    awk -v x=$0 -v s=$step 'BEGIN { print "loss=" x + sin(40 * x + s) / s " step=" s }'
    sleep 0.0$(od -An -N1 -tu1 /dev/urandom | tr -d ' ')
    if [ "$left" = 0 ]; then exit 1; fi
    if [ "$left" ]; then left=$((left - 1)); fi
done
"""


@pytest.mark.parametrize("options", [
    ("median", "n_startup=2", "grace=0"), ("asha", "min_resource=1", "max_resource=6", "n_startup=0"),
], ids=["median", "asha"])
@pytest.mark.parametrize("sampler", ["auto", "tpe"])
def test_deterministic_stops_do_not_depend_on_timing(hone, sampler, options):
    named = ["--scheduler", options[0], "--sampler", sampler,
             *(word for option in options[1:] for word in ("--scheduler-option", option))]
    outcomes = []
    for name in ("a", "b"):
        done = run(hone, "sh", "-c", UNEVEN, "{x}", trials=24,
                   options=[*named, "--deterministic", "--study", name])
        assert done.code == 0, done.err
        outcomes.append([(t["state"], t["params"], t["values"]) for t in trials_of(hone, name)])
    assert outcomes[0] == outcomes[1]
    assert {state for state, _, _ in outcomes[0]} == {"COMPLETE", "PRUNED"}


# --- checkpoints and promotion ---

# Trains to {resource} epochs from where its checkpoint stands, which it says again: the last time may
# not have been heard. Each epoch is written to a log first.
TRAINER = """\
import json, os, sys, time
x, end, log = float(sys.argv[1]), int(float(sys.argv[2])), sys.argv[3]
path = os.path.join(os.environ["HONE_CKPT"], "state")
epoch = int(open(path).read()) if os.path.exists(path) else 0
if epoch:
    print(f"loss={x + 1 / epoch} step={epoch}", flush=True)
while epoch < end:
    epoch += 1
    with open(log, "a") as file:
        file.write(f"{os.environ['HONE_TRIAL']} {epoch}\\n")
    time.sleep(0.004)
    with open(path + ".new", "w") as file:
        file.write(str(epoch))
    os.rename(path + ".new", path)
    print(f"loss={x + 1 / epoch} step={epoch}", flush=True)
"""
PROMOTE = ["--scheduler", "asha", *(word for option in ("variant=pause", "min_resource=1",
           "max_resource=9") for word in ("--scheduler-option", option))]
N = 12


def promote(hone, workdir, **options):
    return run(hone, "python3", "-c", TRAINER, "{x}", "{resource}", workdir / "log", trials=N,
               options=PROMOTE, **options)


def epochs_run(workdir):
    """{trial: [epoch, …]} in the order in which they were begun."""
    epochs = {}
    for line in (workdir / "log").read_text().splitlines():
        trial, epoch = line.split()
        epochs.setdefault(int(trial), []).append(int(epoch))
    return epochs


def test_paused_trials_go_on_from_their_checkpoints(hone, workdir):
    done = promote(hone, workdir)
    assert done.code == 0, done.err
    trials, epochs = trials_of(hone), epochs_run(workdir)
    for trial in trials:
        ran = epochs[trial["number"]]
        assert ran == list(range(1, len(ran) + 1)), "an epoch was run twice"
        assert len(ran) in (1, 3, 9)
        assert trial["attempts"] == {1: 1, 3: 2, 9: 3}[len(ran)]
        assert trial["state"] == ("COMPLETE" if len(ran) == 9 else "PAUSED")
    lengths = sorted(len(ran) for ran in epochs.values())
    assert len(trials) == N and lengths.count(9) >= 1 and lengths.count(1) >= 6
    best = json.loads(hone("best", "--json").out)["number"]
    # A better one may come too late: those that went on before keep their places.
    xs = sorted(t["params"]["x"] for t in trials)
    assert xs.index(trials[best]["params"]["x"]) < N // 3
    # It is over; more trials let the rungs grow.
    assert promote(hone, workdir).code == 0 and epochs_run(workdir) == epochs
    assert "PAUSED" in hone("status").out.upper()


def test_without_a_checkpoint_it_says_so_once(hone, workdir):
    done = run(hone, "sh", "-c", 'for s in $(seq $1); do echo "loss=$0 step=$s"; done', "{x}",
               "{resource}", trials=6, options=PROMOTE)
    assert done.code == 0
    assert done.err.count("without a checkpoint") == 1


def test_kills_between_pauses(hone, workdir):
    """Whenever Hone is killed: no epoch is lost but the one under way, and the study comes out."""
    kills = 0
    for attempt in range(60):
        process = hone.start("run", "-q", "-n", N, "-j", 2, "--seed", 1, "--minimize", "loss", "-p",
                             "x=0..1", *PROMOTE, "--", "python3", "-c", TRAINER, "{x}",
                             "{resource}", workdir / "log", stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            process.wait(timeout=0.1 + 0.002 * attempt**2)
            err = process.communicate()[1]
            assert process.returncode == 0, err
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += 1
    assert kills >= 3
    trials = trials_of(hone)
    assert len(trials) == N
    assert {trial["state"] for trial in trials} == {"COMPLETE", "PAUSED"}
    for trial in trials:
        ran = epochs_run(workdir)[trial["number"]]
        steps = [epoch for at, epoch in enumerate(ran) if at == 0 or ran[at - 1] != epoch]
        assert steps == list(range(1, len(steps) + 1)), "it began again, or left something out"
        assert len(steps) in (1, 3, 9)
        assert (trial["state"] == "COMPLETE") == (len(steps) == 9)
