"""--scheduler race: trials of several parts are dropped when they are clearly worse than the best."""
import json

import pytest

from lookers import trials_of

# Fold f is 10 f harder for everybody; the rest is a little noise, which depends on x and f alone.
SCRIPT = """#!/bin/sh
echo "$HONE_TRIAL $HONE_FOLD" >> runs
awk -v x="$1" -v f="${HONE_FOLD:-0}" 'BEGIN {
    n = sin(1000 * x + 77 * f) / 50
    printf "loss=%.4f\\n", (x - 0.3) ^ 2 + 10 * f + n }'
"""

BASE = ("--seed", 1, "--minimize", "loss", "--sampler", "random", "-p", "x=0..1")


def run(hone, *options, **more):
    return hone("run", *BASE, *options, "--", "./train", "{x}", **more)


@pytest.fixture(autouse=True)
def the_script(train):
    return train


def runs_of(workdir, number):
    return [line for line in (workdir / "runs").read_text().splitlines()
            if line.split()[0] == str(number)]


def test_bad_ones_run_a_part_or_two(hone, workdir):
    done = run(hone, "-n", 20, "--folds", 6, "--scheduler", "race")
    assert done.code == 0, done.err
    trials = trials_of(hone)
    for trial in trials:
        assert len(runs_of(workdir, trial["number"])) == trial["n_runs_ended"]
        assert (trial["state"] == "COMPLETE") == (trial["n_runs_ended"] == 6)
    assert trials[0]["state"] == "COMPLETE"
    far = [t for t in trials[3:] if abs(t["params"]["x"] - 0.3) > 0.45]
    assert far and all(t["n_runs_ended"] == 1 for t in far)
    assert sum(t["n_runs_ended"] for t in trials) < 0.6 * 6 * len(trials)
    best = json.loads(hone("best", "--json").out)
    nearest = min(trials, key=lambda t: abs(t["params"]["x"] - 0.3))
    assert abs(best["params"]["x"] - 0.3) < 0.1
    assert nearest["n_runs_ended"] > 2
    for trial in trials:
        if trial["state"] == "PRUNED":
            line = next(line for line in done.out.splitlines()
                        if line.startswith(f"trial {trial['number']}  PRUNED  "))
            assert f"  {trial['n_runs_ended']} of 6 folds  (worse than trial " in line


def test_a_study_file_and_what_is_kept(hone, workdir):
    (workdir / "study.yaml").write_text("""
study: {minimize: loss, seed: 1}
space: {x: 0..1}
sampler: random
scheduler: {name: race, test: mean, bound: 0}
run: {command: [./train, "{x}"], trials: 4, folds: 4}
""")
    assert hone("run", "-q", "study.yaml").code == 0
    assert hone("resume", "-q", "-n", 8).code == 0
    trials = trials_of(hone)
    assert len(trials) == 8 and {t["n_runs_ended"] for t in trials} >= {1, 4}
    status = json.loads(hone("status", "--json").out)
    assert status["scheduler"] == "race"


def test_the_preset(hone):
    assert run(hone, "-q", "-n", 12, "--folds", 6, "--scheduler", "wilcoxon").code == 0
    assert {t["n_runs_ended"] for t in trials_of(hone) if t["state"] == "PRUNED"} <= {4, 5}


def test_deterministic_studies_are_the_same(hone):
    def trials(study):
        assert run(hone, "-q", "-n", 16, "-j", 3, "--deterministic", "--folds", 4, "--scheduler",
                   "race", "--study", study).code == 0
        return [(t["state"], t["params"], t["n_runs_ended"]) for t in trials_of(hone, "--study", study)]
    one = trials("a")
    assert one == trials("b")
    assert "PRUNED" in [t[0] for t in one]


def test_killed_between_two_parts(hone):
    def trials(study):
        return [(t["state"], t["params"], t["n_runs_ended"]) for t in trials_of(hone, "--study", study)]
    options = ("-q", "-n", 10, "--folds", 4, "--scheduler", "race")
    run(hone, *options, "--study", "a")
    for nth in (3, 7, 9):
        run(hone, *options, "--study", "b", env={"HONE_FAULT": f"part.after:{nth}:kill"})
    assert hone("resume", "-q", "b").code == 0
    assert trials("a") == trials("b")


@pytest.mark.parametrize("option, message", [
    ("p=2", 'hone: option "p" of race is 2: it must lie in 0..0.5'),
    ("test=t-test", 'hone: option "test" of race is "t-test": it must be one of t|wilcoxon|mean'),
    ("alpha=0.1", 'hone: race has no option "alpha"'),
    ("metric=los", 'hone: scheduler race: the study has no metric "los": did you mean "loss"?'),
])
def test_mistakes(hone, workdir, option, message):
    done = run(hone, "-n", 2, "--folds", 3, "--scheduler", "race", "--scheduler-option", option)
    assert done.code == 2
    assert done.err.splitlines()[0].startswith(message), done.err
    assert not (workdir / "hone.db").exists()
