"""hone tell: how an asked trial has ended."""
import json

import pytest

from lookers import same


@pytest.fixture
def study(hone):
    """Two trials of a study with an objective and a recorded metric, asked for."""
    for _ in range(2):
        done = hone("ask", "-p", "x=0..1", "--minimize", "loss", "--metric", "speed", "--seed", "1")
        assert done.code == 0, done.err
    return hone


def trial(hone, number):
    return json.loads(hone("show", str(number), "--json").out)


@pytest.mark.parametrize("args, line, values", [
    (["loss=0.3"], "trial 0 COMPLETE: loss 0.3\n", {"loss": 0.3}),
    (["0.3"], "trial 0 COMPLETE: loss 0.3\n", {"loss": 0.3}),
    (["-0.5"], "trial 0 COMPLETE: loss -0.5\n", {"loss": -0.5}),
    (["-1e-3", "speed=-2"], "trial 0 COMPLETE: loss -0.001\n", {"loss": -0.001, "speed": -2.0}),
    (["speed=7", "loss=1e-20"], "trial 0 COMPLETE: loss 1e-20\n", {"loss": 1e-20, "speed": 7.0}),
    (["-inf"], "trial 0 COMPLETE: loss -inf\n", {"loss": "-inf"}),
    (["loss=inf"], "trial 0 COMPLETE: loss inf\n", {"loss": "inf"}),
    (["nan"], "trial 0 INVALID\n", {}),
    (["--state", "failed"], "trial 0 FAILED\n", {}),
    (["--state", "pruned", "loss=4"], "trial 0 PRUNED\n", {"loss": 4.0}),
    (["--state", "timeout"], "trial 0 TIMEOUT\n", {}),
    (["--state", "infeasible"], "trial 0 INFEASIBLE\n", {}),
])
def test_results(study, args, line, values):
    done = study("tell", "0", *args)
    assert (done.code, done.out, done.err) == (0, line, "")
    assert trial(study, 0)["values"] == values
    assert trial(study, 1)["state"] == "RUNNING"


def test_quiet_and_json(study):
    assert study("tell", "0", "1", "-q").out == ""
    told = json.loads(study("tell", "1", "2", "--json").out)
    assert (told["number"], told["state"], told["values"]) == (1, "COMPLETE", {"loss": 2.0})
    assert json.loads(study("trials", "--json", "--last", "1").out) == told


def test_a_message_and_a_step_are_kept(study):
    study("tell", "0", "--state", "failed", "--message", "diverged, as ever")
    assert trial(study, 0)["message"] == "diverged, as ever"


def test_several_objectives_by_place_or_name(hone):
    for _ in range(2):
        hone("ask", "-p", "x=0..1", "--minimize", "loss", "--maximize", "speed")
    assert hone("tell", "0", "1", "-2").out == "trial 0 COMPLETE: loss 1, speed -2\n"
    assert hone("tell", "1", "speed=1", "loss=2").out == "trial 1 COMPLETE: loss 2, speed 1\n"
    assert hone("tell", "1", "1", "2", "3").code == 2


@pytest.mark.parametrize("args, message", [
    (["0"], "the value of 'loss' is missing: hone tell 0 loss=NUMBER, or --state failed"),
    (["0", "speed=1"],
     "the value of 'loss' is missing: hone tell 0 loss=NUMBER, or --state failed"),
    (["0", "los=1"], "the study has no metric 'los'; did you mean 'loss'?"),
    (["0", "zzz=1"], "the study has no metric 'zzz'; its objective is 'loss'"),
    (["0", "loss=low"], "a metric is given as NAME=NUMBER, such as loss=0.3, not 'loss=low'"),
    (["0", "loss=1", "loss=2"], "'loss' is given twice"),
    (["0", "1", "loss=2"], "'loss' is given twice"),
    (["0", "1", "2"], "one number too many: the study has 1 objective"),
    (["0", "--state", "done"], "--state takes one of complete|pruned|failed|timeout|oom|infeasible|"
                               "invalid|lost, not 'done'"),
    (["9", "1"], 'there is no trial 9: study "default" has trials 0 to 1'),
    (["one", "1"], "a trial is named by its number, such as 17, not 'one'"),
])
def test_mistakes(study, args, message):
    done = study("tell", *args)
    assert (done.code, done.out, done.err.splitlines()[0]) == (2, "", f"hone: {message}")
    assert trial(study, 0)["state"] == "RUNNING"


def test_the_caret_stands_under_the_mistake(study):
    assert study("tell", "0", "loss=low").err == """\
hone: a metric is given as NAME=NUMBER, such as loss=0.3, not 'loss=low'
    hone tell 0 loss=low
                ^
"""


def test_a_trial_is_told_once(study):
    study("tell", "0", "1")
    done = study("tell", "0", "2")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[0] == (
        "hone: trial 0 is COMPLETE: only a RUNNING trial can be told")
    assert trial(study, 0)["values"] == {"loss": 1.0}


def test_it_shows_in_the_table(study):
    study("tell", "0", "1")
    assert same(study("trials").out).splitlines()[1].startswith("0  COMPLETE  1  SPAN  0.")
