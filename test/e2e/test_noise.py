"""`hone best` says when chance moves trials by more than the best ones differ."""
import json

import pytest

# Fold f is 5 f harder for all; what is left depends on trial and part like a throw of dice.
SCRIPT = """#!/bin/sh
awk -v x="$1" -v t="$HONE_TRIAL" -v f="${HONE_FOLD:-0}" -v r="${HONE_REPEAT:-0}" 'BEGIN {
    dice = sin(t * 12.9898 + f * 78.233 + r * 37.719) * 43758.5453; dice -= int(dice)
    printf "loss=%.5f\\n", x / 100 + 5 * f + '"${NOISE:-0}"' * dice }'
"""
BASE = ("-q", "-n", 24, "--seed", 1, "--sampler", "random", "--minimize", "loss", "-p", "x=0..1")


@pytest.fixture(autouse=True)
def the_script(train):
    return train


@pytest.mark.parametrize("parts", [("--folds", 4), ("--repeats", 4), ("--instances", "a,b,c,d")])
def test_parts_tell(hone, parts):
    for noise, said in (("0.1", True), ("0.0001", False)):
        study = ("--study", f"n{noise}")
        done = hone("run", *BASE, *study, *parts, "--", "./train", "{x}", env={"NOISE": noise})
        assert done.code == 0, done.err
        out = hone("best", *study, env={"COLUMNS": "200"}).out
        assert ("Which is best is not known: chance moves the mean of a trial by 0.0" in out) == said
        assert ("Repeat them: `hone retest --top 5 --repeats 10`.\n" in out) == said
        codes = [f["code"] for f in json.loads(hone("status", *study, "--json").out)["health"]]
        assert ("noise" in codes) == said


def test_single_runs_tell_nothing(hone):
    assert hone("run", *BASE, "--", "./train", "{x}", env={"NOISE": "0.1"}).code == 0
    assert "not known" not in hone("best").out
