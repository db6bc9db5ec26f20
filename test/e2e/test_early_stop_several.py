"""Stopping early with several objectives and under constraints: who is stopped, and what is said."""
import json

import pytest

# loss falls with the width, size grows with it; a bad x spoils the loss.
TRAIN = """\
import sys
width, x = int(sys.argv[1]), float(sys.argv[2])
for epoch in range(1, int(sys.argv[3] if len(sys.argv) > 3 else 9) + 1):
    print(f"loss={x + 8 / width + 1 / epoch:.4f} size={width} step={epoch}", flush=True)
"""
ASHA = ["--scheduler", "asha", *(word for option in ("eta=2", "n_startup=0", "min_resource=1",
        "max_resource=9") for word in ("--scheduler-option", option))]
SPACE = ["-p", "width=ord:8,16,4,2", "-p", "x=ord:0,1"]


@pytest.fixture(autouse=True)
def script(workdir):
    (workdir / "train.py").write_text(TRAIN)


def run(hone, *options, trials=8, goals=("--minimize", "loss", "--minimize", "size"),
        command=("{width}", "{x}")):
    return hone("run", "-q", "-n", trials, "--seed", 1, "--sampler", "grid", *goals, *SPACE,
                *options, "--", "python3", "train.py", *command)


def trials_of(hone):
    return [json.loads(line) for line in hone("trials", "--json").out.splitlines()]


def by_values(hone):
    return {(t["params"]["width"], t["params"]["x"]): t for t in trials_of(hone)}


def test_what_is_dominated_stops(hone):
    done = run(hone, *ASHA)
    assert done.code == 0, done.err
    trials = trials_of(hone)
    assert [t["params"]["width"] for t in trials] == [8, 8, 16, 16, 4, 4, 2, 2]
    assert [t["state"] for t in trials] == ["COMPLETE"] + 7 * ["PRUNED"]
    said = [("1", "2 of 2", 1), ("1", "2 of 3", "none"), ("1", "4 of 4", 2), ("1", "3 of 5", "none"),
            ("1", "6 of 6", 1), ("2", "2 of 2", "none"), ("1", "6 of 8", 1)]
    assert [t["message"] for t in trials[1:]] == [
        f"stopped at {step}: by now it has place {place} there (dominated by {n}), and about one "
        "in 2 goes on" for step, place, n in said]
    shown = hone("show", 1).out
    assert f"message    {trials[1]['message']}" in shown
    assert ("scheduler  asha\n"
            "             stopped at 1: by now it has place 5 of 8 there (dominated by 2),\n"
            "             and about one in 2 goes on\n") in shown, shown


def test_decisions_are_the_same_after_a_resume(hone, workdir):
    def decisions():
        return [(t["state"], t.get("message"), t["params"]) for t in trials_of(hone)]
    assert run(hone, *ASHA).code == 0
    at_once = decisions()
    for file in workdir.glob("hone.db*"):
        file.unlink()
    assert run(hone, *ASHA, trials=3).code == 0
    assert run(hone, *ASHA, trials=5).code == 0
    assert hone("resume", "-q", "-n", 8).code == 0
    assert decisions() == at_once


def test_what_breaks_a_constraint_comes_last(hone):
    done = run(hone, *ASHA, "--constraint", "size<=8", goals=("--minimize", "loss"))
    assert done.code == 0, done.err
    trials = by_values(hone)
    # 16 wide has the least loss of all, but it breaks the constraint.
    assert trials[16, 0]["state"] == trials[16, 1]["state"] == "PRUNED"
    assert trials[16, 0]["message"] == (
        "stopped at 1: by now it has place 3 of 3 there (breaks size<=8), and about one in 2 goes on")
    assert trials[8, 0]["state"] == "COMPLETE"
    assert json.loads(hone("best", "--json").out)["params"] == {"width": 8, "x": 0}


def test_fronts_are_promoted(hone):
    done = run(hone, "--scheduler", "halving", "--scheduler-option", "min_resource=1",
               "--scheduler-option", "max_resource=8", "--scheduler-option", "n=8",
               command=("{width}", "{x}", "{resource}"))
    assert done.code == 0, done.err
    trials = by_values(hone)
    went_on = {values for values, t in trials.items() if t["attempts"] > 1}
    assert went_on == {(8, 0), (16, 0), (4, 0), (2, 0)}  # the first front is half of all
    assert sum(t["state"] == "COMPLETE" for t in trials.values()) == 1
    said = hone("show", trials[16, 1]["number"]).out
    assert ("paused at rung 1 of 4 of bracket 1, at 1: place 7 of 8 (dominated by 2), of which the "
            "best 4 go on") in " ".join(said.split())


def test_from_a_study_file(hone, workdir):
    (workdir / "study.yaml").write_text("""\
study: {minimize: [loss, size], seed: 1}
space: {width: "ord:8,16,4,2", x: "ord:0,1"}
sampler: grid
scheduler: {name: asha, eta: 2, n_startup: 0, min_resource: 1, max_resource: 9}
run: {command: "python3 train.py {width} {x}", trials: 8}
""")
    assert hone("run", "-q", "study.yaml").code == 0
    by_file = [(t["state"], t.get("message")) for t in trials_of(hone)]
    for file in workdir.glob("hone.db*"):
        file.unlink()
    assert run(hone, *ASHA).code == 0
    assert by_file == [(t["state"], t.get("message")) for t in trials_of(hone)]


@pytest.mark.parametrize("name", ["median", "percentile", "patient", "threshold", "curve", "race",
                                  "wilcoxon"])
def test_others_want_one_metric(hone, name):
    done = run(hone, "--scheduler", name)
    assert done.code == 2
    assert "compares one metric, the study has 2 objectives: choose one by its option metric" \
        in done.err, done.err
    bounds = ["--scheduler-option", "upper=50"] if name == "threshold" else []
    assert run(hone, "--scheduler", name, "--scheduler-option", "metric=loss", *bounds).code == 0


def test_pasha_has_no_distance_between_several(hone):
    done = run(hone, "--scheduler", "pasha", "--scheduler-option", "epsilon=0.1",
               command=("{width}", "{x}", "{resource}"))
    assert done.code == 2
    assert done.err.splitlines()[0].endswith(
        'option "epsilon" of pasha is a distance of values of one metric, the study has 2 '
        "objectives: leave it out, or name one by the option metric")
