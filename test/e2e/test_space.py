"""hone space check: a space as understood, its size, samples."""
import json

import pytest

from lookers import NO_DATABASE

SPACE = ("-p", "lr=log:1e-5..1", "-p", "n=int:1..4", "-p", "opt=sgd,adam",
         "-p", "m=0..0.9 if opt==sgd")


def test_a_space_as_understood(hone):
    done = hone("space", "check", *SPACE, "-n", "0")
    assert (done.code, done.err) == (0, "")
    assert done.out == """\
lr   float        1e-5 .. 1  log
n    int          1 .. 4
opt  categorical  sgd, adam
m    float        0 .. 0.9   if opt==sgd
infinitely many configurations
"""


def test_samples(hone):
    text = hone("space", "check", *SPACE, "-n", "3", "--seed", "5").out
    lines = text.split("\n3 samples\n")[1].splitlines()
    assert len(lines) == 3 and all(line.startswith("  lr=") for line in lines)
    assert hone("space", "check", *SPACE, "-n", "3", "--seed", "5").out == text
    assert hone("space", "check", *SPACE, "-n", "3", "--seed", "6").out != text
    assert "\n1 sample\n" in hone("space", "check", *SPACE, "-n", "1").out


def test_rules_and_the_share_that_satisfies_them(hone):
    done = hone("space", "check", "-p", "a=int:1..4", "-p", "b=int:1..4", "--require", "a<=b",
                "--forbid", "a==4", "--json", "-n", "50")
    space = json.loads(done.out)
    assert sorted(space["rules"]) == ["forbid: a==4", "require: a<=b"]
    assert space["share"] == pytest.approx(9 / 16, abs=0.06)
    assert len(space["samples"]) == 50
    assert all(s["a"] <= s["b"] and s["a"] != 4 for s in space["samples"])
    text = hone("space", "check", "-p", "a=int:1..4", "--forbid", "a==4").out
    assert " % of what is drawn satisfies the rules\n" in text


def test_json(hone):
    space = json.loads(hone("space", "check", "-p", "n=int:1..4", "-p", "m=a,b if n>2", "--json",
                            "-n", "2").out)
    assert space["params"] == [{"name": "n", "spec": "int:1..4", "condition": None},
                               {"name": "m", "spec": "a,b if n>2", "condition": "n>2"}]
    assert (space["cardinality"], space["share"], len(space["samples"])) == (6, 1, 2)
    assert json.loads(hone("space", "check", "-p", "x=0..1", "--json").out)["cardinality"] == "inf"


def test_the_space_of_a_file_and_of_a_study(hone, workdir):
    (workdir / "study.yaml").write_text(
        "study: {minimize: loss}\nspace: {x: 0..1, y: [a, b]}\nconstraints: {forbid: y==a && x>0.5}\n")
    text = hone("space", "check", "study.yaml", "-n", "0").out
    assert [line.split() for line in text.splitlines()[:3]] == [
        ["x", "float", "0", "..", "1"], ["y", "categorical", "a,", "b"],
        ["forbid", "y==a", "&&", "x>0.5"]]
    assert hone("ask", "study.yaml").code == 0
    assert hone("space", "check", "-n", "0").out == text


@pytest.mark.parametrize("args, message", [
    (["check", "-p", "lr=log:1e-5.1"], "the low end is not a number: '1e-5.1'"),
    (["check", "-p", "x=0..1", "--forbid", "y>1"], None),
    (["chek"], "'chek' is not what hone space does; did you mean check?"),
    (["check"], NO_DATABASE),
    (["check", "--forbid", "x>1"], "--forbid and --require need parameters: add -p or a study file"),
    ([], "something is missing: hone space check -p NAME=SPEC… [--forbid EXPR] [--require EXPR]"),
])
def test_mistakes(hone, args, message):
    done = hone("space", *args)
    assert (done.code, done.out) == (2, "")
    if message:
        assert done.err.splitlines()[0] == f"hone: {message}"
    else:
        assert '"y"' in done.err or "'y'" in done.err


def test_the_caret_stands_under_the_mistake(hone):
    assert hone("space", "check", "-p", "lr=log:1e-5.1").err == """\
hone: the low end is not a number: '1e-5.1'
    hone space check -p lr=log:1e-5.1
                               ^
"""
