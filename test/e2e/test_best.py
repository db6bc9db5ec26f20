"""hone best: one trial, several, the front; forms for other programs."""
import json
import subprocess

import pytest

from lookers import pipe, same, small_study

STORED = {"storage": "sqlite:hone.db", "seed": 1}


def test_the_best_trial(hone):
    small_study(hone)
    done = hone("best")
    assert (done.code, done.err) == (0, "")
    assert done.out == """\
trial 1  loss 0.25
  lr        0.05
  depth     7
  opt       sgd
  momentum  0.9
"""


@pytest.mark.parametrize("form, expected", [
    ("args", "--lr=0.05 --depth=7 --opt=sgd --momentum=0.9\n"),
    ("json", '{"lr":0.05,"depth":7,"opt":"sgd","momentum":0.9}\n'),
    ("yaml", 'lr: 0.05\ndepth: 7\nopt: "sgd"\nmomentum: 0.9\n'),
    ("env", "HONE_P_LR=0.05\nHONE_P_DEPTH=7\nHONE_P_OPT=sgd\nHONE_P_MOMENTUM=0.9\n"),
])
def test_forms(hone, form, expected):
    small_study(hone)
    assert hone("best", "--format", form).out == expected


def odd_study(hone):
    """One trial with values that are hard to write down."""
    space = [{"name": "tiny", "spec": "log:1e-9..1"}, {"name": "on", "spec": "bool"},
             {"name": "huge", "spec": "log:1..1e30"},
             {"name": "opt.name", "type": "categorical", "choices": ["it's \"a\" $HOME", "b"]},
             {"name": "none", "type": "categorical", "choices": [None, "x"]},
             {"name": "list", "spec": "perm:a,b"}]
    point = {"tiny": 1e-05, "on": True, "huge": 1e20, "opt.name": "it's \"a\" $HOME", "none": None,
             "list": ["b", "a"]}
    replies = pipe(hone, {"space": space, **STORED}, {"enqueue": point}, {"ask": 1},
                   {"tell": 0, "value": 1})
    assert replies[2] == {"id": 0, "params": point}
    return point


def test_yaml_reads_back_as_it_was(hone):
    yaml = pytest.importorskip("yaml")
    point = odd_study(hone)
    assert yaml.safe_load(hone("best", "--format", "yaml").out) == point


def test_json_reads_back_as_it_was(hone):
    point = odd_study(hone)
    assert json.loads(hone("best", "--format", "json").out) == point


def test_a_shell_reads_the_variables(hone):
    point = odd_study(hone)
    script = hone("best", "--format", "env").out + 'printf "%s" "$HONE_P_OPT_NAME|$HONE_P_LIST"'
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == point["opt.name"] + '|b,a'


def test_a_shell_reads_the_arguments(hone):
    point = odd_study(hone)
    script = "set -- " + hone("best", "--format", "args").out + 'printf "%s\\n" "$@"'
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "--tiny=1e-5", "--on=true", "--huge=1e20", "--opt.name=" + point["opt.name"], "--none=null",
        "--list=b,a"]


def test_a_trial_and_best_get_the_same_words(hone):
    """Arguments and variables of every type of parameter, as a trial has them."""
    space = ["o=perm:a,b,c", "s=subset:x,y,z", "m=simplex:3", 'c="3",4', "h=[64],[64,64]", "f=0..1",
             "i=int:1..9", "b=bool", "n=null,x"]
    done = hone("run", "-q", "-n", 1, "--seed", 3, "--minimize", "loss",
                *[word for spec in space for word in ("-p", spec)], "--", "sh", "-c",
                'printf "%s\\n" "$@"; env | grep ^HONE_P_ | sort; echo loss=1', "sh", "{args}")
    assert done.code == 0, done.err
    said = hone("logs", 0).out.splitlines()
    script = ("set -- " + hone("best", "--format", "args").out + 'printf "%s\\n" "$@"\n'
              + hone("best", "--format", "env").out.replace("HONE_P_", "export HONE_P_")
              + "env | grep ^HONE_P_ | sort; echo loss=1")
    again = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert len(said) == 2 * len(space) + 1 and again.stdout.splitlines() == said


def test_the_best_ones(hone):
    small_study(hone)
    assert same(hone("best", "--top", "5").out) == """\
trial  state  loss  duration  lr  depth  opt  momentum
1  COMPLETE  0.25  SPAN  0.05  7  sgd  0.9
0  COMPLETE  0.3  SPAN  0.001  3  adam  -
"""
    lines = hone("best", "--top", "2", "--format", "args").out.splitlines()
    assert lines[1] == "--lr=0.001 --depth=3 --opt=adam"
    yaml = hone("best", "--top", "2", "--format", "yaml").out
    assert yaml.startswith("---\nlr: 0.05\n") and yaml.count("---\n") == 2
    trials = [json.loads(line) for line in hone("best", "--top", "2", "--json").out.splitlines()]
    assert [t["number"] for t in trials] == [1, 0]


def test_the_front(hone):
    pipe(hone, {"space": [{"name": "x", "spec": "int:1..9"}], **STORED,
                "directions": ["minimize", "maximize"], "metrics": ["loss", "speed"]}, {"ask": 3},
         {"tell": 0, "values": [1, 1]}, {"tell": 1, "values": [2, 2]}, {"tell": 2, "values": [3, 1]})
    lines = same(hone("best").out).splitlines()
    assert lines[0] == "trial  state  loss  speed  duration  x"
    assert sorted(line.split("  ")[0] for line in lines[1:]) == ["0", "1"]
    assert len(hone("best", "--json").out.splitlines()) == 2
    assert len(hone("best", "--top", "1", "--json").out.splitlines()) == 1


def test_a_maximised_metric_and_infeasible_trials(hone):
    pipe(hone, {"space": [{"name": "x", "spec": "0..1"}], **STORED, "direction": "maximize"},
         {"ask": 3}, {"tell": 0, "value": 1}, {"tell": 1, "value": 2},
         {"tell": 2, "value": 3, "constraints": [1]})
    assert hone("best").out.startswith("trial 1  value 2\n")


@pytest.mark.parametrize("args, message", [
    (["--format", "xml"], "--format takes one of args|json|yaml|env, not 'xml'"),
    (["--format", "env", "--top", "2"],
     "variables can hold one configuration, not 2; give --top 1"),
    (["--format", "json", "--json"], "--format and --json exclude each other"),
])
def test_mistakes(hone, args, message):
    small_study(hone)
    done = hone("best", *args)
    assert (done.code, done.out, done.err.splitlines()[0]) == (2, "", f"hone: {message}")


def test_nothing_is_complete_yet(hone):
    pipe(hone, {"space": [{"name": "x", "spec": "0..1"}], **STORED}, {"ask": 1})
    done = hone("best")
    assert (done.code, done.out) == (2, "")
    assert done.err == 'hone: study "default" has no complete, feasible trial yet: `hone trials` shows how they stand\n'
