"""hone ask: the next trial for a script."""
import json
import re
import subprocess
import time

import pytest

from lookers import trials_of

BEGIN = ("-p", "lr=log:1e-5..0.1", "-p", "opt=sgd,adam", "-p", "m=0..1 if opt==sgd", "--minimize",
         "loss", "--seed", "7")


def asked(done):
    assert (done.code, done.err) == (0, ""), done
    return json.loads(done.out)


def test_the_first_ask_begins_the_study(hone):
    done = hone("ask", *BEGIN)
    trial = asked(done)
    assert list(trial) == ["trial", "params"] and trial["trial"] == 0
    assert re.fullmatch(r'\{"trial":0,"params":\{"lr":[\d.e-]+,"opt":"\w+"(,"m":[\d.]+)?\}\}\n',
                        done.out)
    assert asked(hone("ask"))["trial"] == 1
    assert asked(hone("ask", *BEGIN))["trial"] == 2
    status = json.loads(hone("status", "--json").out)
    assert (status["seed"], status["metrics"]) == (7, [{"name": "loss", "goal": "minimize"}])
    assert [r["owner"].split(":")[0] for r in status["running"]] == ["ask"] * 3


def test_a_whole_loop_in_a_shell(hone):
    script = """
    set -e
    ask() { "$1" ask -p x=-5..5 -p 'name=a,"b c"' --minimize loss --seed 1 --format env; }
    for i in 1 2 3 4; do
        eval "$(ask "$0")"
        "$0" tell "$HONE_TRIAL" loss="$(awk -v x="$HONE_P_X" 'BEGIN { print x * x }')" -q
    done
    printf '%s;' "$HONE_P_NAME" "$HONE_SEED"
    """
    done = subprocess.run(["sh", "-c", script, hone.program], cwd=hone.directory, text=True,
                          env=hone.environment, capture_output=True, check=True)
    assert done.stderr == ""
    trials = trials_of(hone)
    assert [t["state"] for t in trials] == ["COMPLETE"] * 4
    for trial in trials:
        assert trial["values"]["loss"] == pytest.approx(trial["params"]["x"] ** 2, rel=1e-4)
    seed = json.loads(hone("show", "3", "--json").out)["seed"]
    assert done.stdout == f"{trials[3]['params']['name']};{seed};"


def test_the_trial_as_arguments(hone):
    line = hone("ask", *BEGIN, "--format", "args").out
    params = json.loads(hone("show", "0", "--json").out)["params"]
    assert line.split()[:3] == ["0", line.split()[1], f"--opt={params['opt']}"]
    assert float(line.split()[1].removeprefix("--lr=")) == params["lr"]


def test_a_lease_that_has_run_out_is_a_lost_trial(hone):
    asked(hone("ask", *BEGIN, "--lease", "1s"))
    asked(hone("ask", "--lease", "1h"))
    time.sleep(1.05)  # the lease is the clock's affair
    asked(hone("ask"))
    trials = [t["state"] for t in trials_of(hone)]
    assert trials == ["LOST", "RUNNING", "RUNNING"]


def test_a_study_file(hone, workdir):
    (workdir / "study.yaml").write_text(
        "study: {minimize: loss, seed: 3}\nspace: {x: 0..1}\nsampler: random\n")
    assert list(asked(hone("ask", "study.yaml"))["params"]) == ["x"]
    assert json.loads(hone("status", "--json").out)["sampler"] == "random"


def test_a_finite_space_ends(hone):
    begin = ("-p", "x=a,b", "--minimize", "loss", "--sampler", "grid")
    assert {asked(hone("ask", *begin))["params"]["x"] for _ in range(2)} == {"a", "b"}
    done = hone("ask")
    assert (done.code, done.out) == (2, "")
    assert done.err == "hone: every configuration of the space has been evaluated or is running\n"


@pytest.mark.parametrize("args, message", [
    ((), "there is no study 'default' in sqlite:hone.db; to begin one give its space and aim: "
         "hone ask -p lr=log:1e-5..0.1 --minimize loss"),
    (("-p", "x=0..1"), "what is the aim? Add --minimize NAME or --maximize NAME"),
    (("-p", "x=0..", "--minimize", "loss"), None),
    (("--storage", "memory:", *BEGIN), "a study in memory is gone when `hone ask` ends; use `hone "
                                       "pipe`, or sqlite:PATH"),
    (("--lease", "0s", *BEGIN), "--lease takes a duration (90, 90s, 10m, 2h, 1h30m) between 1 and "
                                "1e+10, not '0s'"),
])
def test_mistakes(hone, workdir, args, message):
    done = hone("ask", *args)
    assert (done.code, done.out) == (2, "")
    if message:
        assert done.err.splitlines()[0] == f"hone: {message}"
    assert not (workdir / "hone.db").exists()


def test_what_differs_from_the_study(hone):
    asked(hone("ask", *BEGIN))
    done = hone("ask", "-p", "lr=log:1e-6..0.1", "-p", "opt=sgd,adam", "--maximize", "loss")
    assert (done.code, done.out) == (2, "")
    assert done.err == """\
hone: the study 'default' differs from what is asked for (- has, + asked for):
  parameters
    - lr log:1e-5..0.1
    + lr log:1e-6..0.1
    - m 0..1 if opt==sgd
  objective
    - minimize loss
    + maximize loss
Change it with --accept, begin another study with --study NAME, or go on with what it
has by `hone ask` alone.
"""
    done = hone("ask", "--seed", "8")
    assert done.code == 2
    assert done.err.splitlines()[0] == ("hone: the study 'default' has the seed 7, which stays; "
                                        "--study NAME begins another one")


def test_a_wider_space_is_taken_over(hone):
    asked(hone("ask", *BEGIN))
    wider = ("-p", "lr=log:1e-6..0.1", "-p", "opt=sgd,adam", "-p", "m=0..1 if opt==sgd")
    assert asked(hone("ask", *wider, "--minimize", "loss", "--accept"))["trial"] == 1
    assert json.loads(hone("status", "--json").out)["space_version"] == 2
