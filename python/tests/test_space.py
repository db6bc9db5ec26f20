"""Declared spaces: texts, dicts, typed constructors, objects as choices."""

import pickle

import pytest

import hone


def test_texts_of_the_space_language():
    space = hone.space("lr=log:1e-5..1\n# a comment\nopt=sgd,adam", "momentum=0..0.99 if opt==sgd")
    assert space.names == ["lr", "opt", "momentum"]
    assert space.spec("lr") == "log:1e-5..1"
    assert space.condition("momentum") == "opt==sgd"
    assert len(space) == 3 and "lr" in space and "x" not in space and 3 not in space


@pytest.mark.parametrize(
    ("param", "spec"),
    [
        (hone.Float(0, 1), "0..1"),
        (hone.Float(1e-5, 1, log=True, default=0.01), "log:1e-5..1 = 0.01"),
        (hone.Float(0, 1, step=0.25), "0..1 step 0.25"),
        (hone.Float(0, 1, prior="0.3+-0.1"), "0..1 ~ 0.3+-0.1"),
        (hone.Int(1, 64), "int:1..64"),
        (hone.Int(1, 4096, log=True), "int:log:1..4096"),
        (hone.Int(32, 256, step=32, default=64), "int:32..256 step 32 = 64"),
        (hone.Categorical(["sgd", "adam"]), "sgd,adam"),
        (hone.Categorical(["sgd", "adam"], weights=[3, 1], default="adam"), "sgd:3,adam:1 = adam"),
        (hone.Categorical(["a b", 3, "3", True, None]), '"a b",3,"3",true,null'),
        (hone.Categorical([[64], [64, 64]]), "[64],[64,64]"),
        (hone.Categorical(["only"]), "{only}"),
        (hone.Ordinal(["s", "m", "l"], default="m"), "ord:s,m,l = m"),
        (hone.Bool(default=True), "bool = true"),
        (hone.Permutation(["a", "b", "c"]), "perm:a,b,c"),
        (hone.Subset(["a", "b"]), "subset:a,b"),
        (hone.Subset(["a"]), "subset:{a}"),
        (hone.Simplex(4), "simplex:4"),
    ],
)
def test_constructors_write_the_space_language(param, spec):
    assert hone.space(x=param).spec("x") == spec


def test_lists_and_texts_as_parameters():
    space = hone.space({"act": ["relu", "tanh"], "lr": "log:1e-5..1"}, depth=hone.Int(1, 3))
    assert space.names == ["act", "lr", "depth"]
    assert space.spec("act") == "relu,tanh"


def test_conditions_and_rules():
    space = hone.space(
        opt=["sgd", "adam"],
        lr=hone.Float(1e-5, 1, log=True),
        momentum=hone.Float(0, 0.99, when="opt==sgd"),
        forbid="opt==sgd && lr>0.1",
        require=["lr<=0.9"],
    )
    assert space.rules == ["forbid: opt==sgd && lr>0.1", "require: lr<=0.9"]
    for sample in space.sample(50, seed=3):
        assert ("momentum" in sample) == (sample["opt"] == "sgd")
        assert not (sample["opt"] == "sgd" and sample["lr"] > 0.1)


def test_objects_come_back_as_they_are():
    marker = object()
    kinds = [len, dict, None, 1, 1.5, "1", True, (1, 2), [3], 1]
    with pytest.raises(ValueError, match="both written 1"):
        hone.Categorical(kinds)
    kinds.pop()
    study = hone.study(hone.space(kind=hone.Categorical(kinds)), sampler="grid")
    seen = []
    study.optimize(lambda trial: seen.append(trial["kind"]) or 0.0, n_trials=20)
    assert len(seen) == len(kinds)
    assert all(any(value is kind for kind in kinds) for value in seen)
    assert marker not in seen
    assert {id(trial.params["kind"]) for trial in study.trials} == {id(kind) for kind in kinds}


def test_a_space_can_be_pickled_and_compared():
    space = hone.space(act=hone.Categorical([len, max]), lr=hone.Float(0, 1))
    again = pickle.loads(pickle.dumps(space))
    assert again == space and hash(again) == hash(space)
    assert again != hone.space("lr=0..1")
    study = hone.study(again, seed=1)
    assert study.ask()["act"] in (len, max)


def test_shares_orders_and_sets():
    study = hone.study("mix=simplex:20\norder=perm:a,b,c\nsome=subset:a,b")
    trial = study.ask()
    assert len(trial["mix"]) == 20 and sum(trial["mix"]) == pytest.approx(1)
    assert sorted(trial["order"]) == ["a", "b", "c"]
    assert set(trial["some"]) <= {"a", "b"}


@pytest.mark.parametrize(
    ("parts", "error", "text"),
    [
        (("lr=log:0..1",), hone.InvalidError, "a log range needs a low end above zero"),
        (("lr=0..", "x=1"), hone.ParseError, "\n    lr=0..\n"),
        (({"lr": hone.Float(1, 0)},), hone.InvalidError, "\n    lr=1.0..0.0\n"),
        (("lr=0..1", "lr=0..2"), hone.ExistsError, "lr"),
        (("seed=0..1",), hone.ParseError, "reserved"),
        (("m=0..1 if opt==sgd",), hone.Error, "opt"),
        ((3,), TypeError, "3 is no part of a space"),
        (({"x": 3},), TypeError, "write hone.Float"),
    ],
)
def test_a_wrong_space_is_one_clear_error(parts, error, text):
    with pytest.raises(error, match=text.replace(".", r"\.")):
        hone.space(*parts)
