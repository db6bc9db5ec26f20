"""hone trials: the table, its order and choice, JSON lines."""
import re

import pytest

from lookers import POINTS, pipe, same, screen, small_study, trials_of


@pytest.fixture
def study(hone):
    small_study(hone)
    return hone


def numbers(hone, *args):
    return [trial["number"] for trial in trials_of(hone, *args)]


def test_the_table(study):
    done = study("trials")
    assert (done.code, done.err) == (0, "")
    assert same(done.out) == """\
trial  state  loss  duration  lr  depth  opt  momentum
0  COMPLETE  0.3  SPAN  0.001  3  adam  -
1  COMPLETE  0.25  SPAN  0.05  7  sgd  0.9
2  FAILED  -  SPAN  0.00025  10  adam  -
3  RUNNING  -  SPAN  0.1  2  sgd  0.5
"""


def test_numbers_stand_to_the_right(study):
    lines = study("trials").out.splitlines()
    assert all(re.match(r" {4}\d  ", line) for line in lines[1:])
    end = lines[0].index("depth") + len("depth")
    assert [line[:end].split()[-1] for line in lines[1:]] == ["3", "7", "10", "2"]


@pytest.mark.parametrize("columns", [50, 80, 200])
def test_the_table_fits_the_terminal(study, columns):
    lines = screen(study, "trials", columns=columns).splitlines()
    assert len(lines) == 5
    assert all(len(line) <= columns for line in lines)
    if columns == 50:
        assert lines[0].split()[-1] == "parameters"
        assert "lr=" in lines[1] and lines[1].endswith("…")
    else:
        assert lines[0].split()[-1] == "momentum"


def test_json_lines(study):
    trials = trials_of(study)
    assert [t["params"] for t in trials] == POINTS
    assert [t["state"] for t in trials] == ["COMPLETE", "COMPLETE", "FAILED", "RUNNING"]
    assert [t["values"] for t in trials] == [{"loss": 0.3}, {"loss": 0.25}, {}, {}]
    assert list(trials[2]) == [
        "number", "state", "params", "values", "duration_s", "attempts", "created", "started",
        "ended", "origin", "purpose", "parent", "forked_at", "copied_from", "space_version", "feasible",
        "constraints", "n_reports", "exit_code", "signal", "cpu_s", "maxrss_kb", "message", "note",
        "removed", "attrs"]
    assert [t["n_reports"] for t in trials] == [0, 2, 0, 0]
    assert (trials[2]["message"], trials[2]["origin"]) == ("out of patience", "manual")
    assert trials[3]["ended"] is None and trials[3]["duration_s"] > 0
    assert trials[0]["started"] <= trials[0]["ended"] and trials[0]["attempts"] == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", trials[0]["ended"])


def test_numbers_that_are_not_finite_are_texts(hone):
    space = [{"name": "x", "spec": "0..1"}]
    pipe(hone, {"space": space, "storage": "sqlite:hone.db"}, {"ask": 3}, {"tell": 0, "value": "inf"},
         {"tell": 1, "value": "-inf"}, {"tell": 2, "value": "nan"})
    trials = trials_of(hone)
    assert [t["values"] for t in trials] == [{"value": "inf"}, {"value": "-inf"}, {}]
    assert trials[2]["state"] == "INVALID"


@pytest.mark.parametrize("args, expected", [
    ([], [0, 1, 2, 3]), (["--reverse"], [3, 2, 1, 0]), (["-r", "--last", "2"], [3, 2]),
    (["--last", "2"], [2, 3]), (["--last", "9"], [0, 1, 2, 3]),
    (["--state", "complete"], [0, 1]), (["--state", "FAILED,running"], [2, 3]),
    (["--state", "failed", "--state", "running"], [2, 3]), (["--state", "oom"], []),
    (["--sort", "loss"], [1, 0, 2, 3]), (["--sort", "loss", "-r"], [0, 1, 2, 3]),
    (["--sort", "lr"], [2, 0, 1, 3]), (["--sort", "depth", "-r"], [2, 1, 0, 3]),
    (["--sort", "opt"], [0, 2, 1, 3]), (["--sort", "momentum"], [3, 1, 0, 2]),
    (["--sort", "state"], [0, 1, 2, 3]), (["--sort", "number", "-r"], [3, 2, 1, 0]),
    (["--sort", "lr", "--last", "2"], [2, 3]), (["--top", "1"], [1]), (["--top", "9"], [1, 0]),
    (["--top", "9", "-r"], [0, 1]),
])
def test_choice_and_order(study, args, expected):
    assert numbers(study, *args) == expected


def test_top_of_a_maximised_study(hone):
    space = [{"name": "x", "spec": "0..1"}]
    pipe(hone, {"space": space, "storage": "sqlite:hone.db", "direction": "maximize"}, {"ask": 4},
         {"tell": 0, "value": 1}, {"tell": 1, "value": 3}, {"tell": 2, "value": 2},
         {"tell": 3, "value": 9, "constraints": [1]})
    assert numbers(hone, "--top", "2") == [1, 2]


@pytest.mark.parametrize("args, message", [
    (["--sort", "los"], "no trial has 'los'; did you mean 'loss'?"),
    (["--sort", "zzzzzz"], "no trial has 'zzzzzz'; sort by number, state, duration, attempts, a "
                           "metric or a parameter"),
    (["--state", "compleet"], "there is no state 'compleet'; did you mean COMPLETE?"),
    (["--state", "x"], "there is no state 'x'; there are WAITING, RUNNING, PAUSED, COMPLETE, "
                       "PRUNED, FAILED, TIMEOUT, OOM, INFEASIBLE, INVALID and LOST"),
    (["--top", "2", "--sort", "lr"], "--top is an order of its own, without --sort and --last"),
    (["--last", "0"], "--last takes a whole number of at least 1, not '0'"),
])
def test_mistakes(study, args, message):
    done = study("trials", *args)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[0] == f"hone: {message}"


def test_an_empty_choice_says_so(study):
    done = study("trials", "--state", "lost")
    assert (done.code, done.out, done.err) == (0, "", "hone: no trial is like that; without options all are listed\n")
    assert study("trials", "--state", "lost", "-q").err == ""


def test_a_study_by_its_name(hone):
    small_study(hone, study="a")
    small_study(hone, study="b")
    assert numbers(hone, "b") == [0, 1, 2, 3]
    assert numbers(hone, "--study", "a") == [0, 1, 2, 3]
    done = hone("trials")
    assert done.err == ("hone: the storage holds 2 studies: name one with --study (`hone studies` "
                        "lists them)\n")
    assert done.code == 2
    assert hone("trials", "c").err == 'hone: there is no study "c" in hone.db: it holds a, b\n'


def test_several_objectives_have_a_column_each_and_no_top(hone):
    space = [{"name": "x", "spec": "int:1..5"}]
    pipe(hone, {"space": space, "storage": "sqlite:hone.db", "directions": ["minimize", "maximize"],
                "metrics": ["loss", "speed"]}, {"ask": 1}, {"tell": 0, "values": [1, 2]})
    assert same(hone("trials").out).splitlines()[0] == "trial  state  loss  speed  duration  x"
    assert hone("trials", "--top", "1").err.splitlines()[0] == (
        "hone: --top needs one objective, this study has 2; `hone best` shows the Pareto front")


def test_long_values_share_one_column(hone):
    space = [{"name": "p", "spec": "perm:alpha,beta,gamma,delta"}, {"name": "x", "spec": "int:1..5"}]
    pipe(hone, {"space": space, "storage": "sqlite:hone.db"}, {"ask": 1})
    header, row = hone("trials").out.splitlines()
    assert header.split()[-1] == "parameters"
    assert re.search(r'p=\["\w+","\w+","\w+","\w+"\] x=\d$', row)
