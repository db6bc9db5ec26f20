"""What matters: study.param_importances."""

import warnings

import pytest

import hone


def tuned(objective, n, *space, **options):
    declared = hone.space(*space) if space else None
    study = hone.study(declared, sampler="random", seed=3, **options)
    study.optimize(objective, n_trials=n)
    return study


def test_shares_of_a_sum():
    study = tuned(lambda t: 3 * t["a"] + 2 * t["b"], 200, "a=0..1", "b=0..1", "c=0..1")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shares = study.param_importances()
    assert list(shares) == ["a", "b", "c"]
    assert shares == pytest.approx({"a": 9 / 13, "b": 4 / 13, "c": 0}, abs=0.05)
    assert sum(shares.values()) <= 1
    assert shares == study.param_importances("value") == study.param_importances(objective="value")


def test_branches_of_a_study_that_is_defined_as_it_runs():
    def objective(trial):
        if trial.suggest_categorical("kind", ["tree", "net"]) == "net":
            return 4 + 4 * trial.suggest_float("lr", 0, 1)
        return 0 * trial.suggest_int("depth", 1, 5)

    shares = tuned(objective, 200).param_importances()
    assert list(shares)[0] == "kind" and shares["kind"] > 0.85
    assert 0.01 < shares["lr"] < 0.06 and shares["depth"] < 0.01


def test_several_objectives():
    study = tuned(
        lambda t: {"loss": t["a"], "speed": t["b"], "size": t["c"]},
        60,
        "a=0..1",
        "b=0..1",
        "c=0..1",
        metrics={"loss": "minimize", "speed": "maximize", "size": "record"},
    )
    for metric, name in (("loss", "a"), ("speed", "b"), ("size", "c")):
        assert list(study.param_importances(metric))[0] == name
    with pytest.raises(hone.InvalidError, match="2 objectives; name one of them: 'loss', 'speed'"):
        study.param_importances()
    with pytest.raises(hone.NotFoundError, match="no metric 'los'; it has 'loss', 'speed', 'size'"):
        study.param_importances("los")
    with pytest.raises(TypeError, match="objective is 0: write the name of a metric"):
        study.param_importances(0)


def test_too_little():
    with pytest.raises(hone.StateError, match="takes 3 complete trials .* there are 2"):
        tuned(lambda t: t["a"], 2, "a=0..1").param_importances()
    with pytest.raises(hone.StateError, match="is 1 in all 6 complete trials"):
        tuned(lambda t: 1, 6, "a=0..1").param_importances()
    with pytest.raises(hone.StateError):
        hone.study().param_importances()


def test_noise_is_said():
    study = tuned(lambda t: t.number * 7919 % 101, 40, "a=0..1", "b=0..1")
    with pytest.warns(RuntimeWarning, match="40 trials do not tell what value depends on"):
        assert set(study.param_importances()) == {"a", "b"}
