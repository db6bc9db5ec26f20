"""Spaces that trials define as they run."""

import pytest

import hone


def test_suggestions_keep_their_types():
    study = hone.study(seed=3)
    trial = study.ask()
    assert isinstance(trial.suggest_float("f", 0, 1), float)
    assert isinstance(trial.suggest_int("i", 1, 8, log=True), int)
    assert trial.suggest_int("s", 32, 256, step=32) % 32 == 0
    assert trial.suggest_float("g", 0, 1, step=0.25) in (0, 0.25, 0.5, 0.75, 1)
    assert trial.suggest_categorical("c", ["a", 1, None, len]) in ("a", 1, None, len)
    assert isinstance(trial.suggest_bool("b"), bool)
    assert sorted(trial.suggest("p", "perm:a,b,c")) == ["a", "b", "c"]
    assert trial.suggest_float("f", 0, 1) == trial["f"]
    study.tell(trial, 1)
    assert list(study.trials[0].params) == ["f", "i", "s", "g", "c", "b", "p"]
    assert study.space.names == ["f", "i", "s", "g", "c", "b", "p"]


def test_what_is_not_asked_for_is_not_there():
    study = hone.study(seed=1)

    def objective(trial):
        if trial.suggest_categorical("kind", ["a", "b"]) == "a":
            return trial.suggest_float("x", 0, 1)
        return trial.suggest_float("y", 1, 2)

    study.optimize(objective, 30)
    for trial in study.trials:
        assert set(trial.params) == {"kind", "x" if trial["kind"] == "a" else "y"}
    assert study.best_value < 0.1


def test_a_name_has_one_domain():
    study = hone.study()
    trial = study.ask()
    trial.suggest_float("x", 0, 1)
    with pytest.raises(hone.InvalidError, match='"0..1" in an earlier trial'):
        trial.suggest_float("x", 0, 2)
    trial.suggest_categorical("c", [0, 1])
    with pytest.raises(hone.InvalidError):
        trial.suggest_categorical("c", [False, True])


def test_a_declared_space_answers_suggestions_that_agree():
    study = hone.study("lr=log:1e-5..1 = 0.1\ndepth=int:2..10\nopt=sgd,adam", seed=1)
    trial = study.ask()
    assert trial.suggest_float("lr", 1e-5, 1, log=True) == trial["lr"] == 0.1
    assert trial.suggest_int("depth", 2, 10) == trial["depth"]
    assert trial.suggest_categorical("opt", ["sgd", "adam"]) == trial["opt"]
    with pytest.raises(ValueError, match='declared as "int:2..10"'):
        trial.suggest_int("depth", 2, 11)
    with pytest.raises(hone.NotFoundError, match="lr, depth, opt"):
        trial.suggest_int("width", 2, 11)


def test_queued_values_are_given_out():
    study = hone.study(seed=1)
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), 1)
    study.enqueue_trial({"x": 0.25})
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), 1)
    assert study.trials[1].params == {"x": 0.25}


def test_a_study_of_a_file_goes_on(tmp_path):
    def objective(trial):
        return trial.suggest_categorical("f", [abs, float])(trial.suggest_float("x", -1, 1))

    for n in (5, 10):
        with hone.study(storage=tmp_path / "hone.db", seed=1) as study:
            study.optimize(objective, 5)
            assert study.n_trials == n
