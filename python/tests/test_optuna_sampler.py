"""hone.optuna.HoneSampler in studies that Optuna keeps."""

import math
import os
import pickle

import pytest

import hone

optuna = pytest.importorskip("optuna")
from hone.optuna import HoneSampler  # noqa: E402


@pytest.fixture(autouse=True)
def _quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def branin(trial):
    x = trial.suggest_float("x", -5, 10)
    y = trial.suggest_float("y", 0, 15)
    bend = y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6
    return bend**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def conditional(trial):
    if trial.suggest_categorical("kind", ["a", "b", None]) == "a":
        return (trial.suggest_float("x", 0, 1) - 0.3) ** 2
    return 1 + trial.suggest_int("n", 1, 5)


def mirror_of(sampler):
    ((mirror, _),) = sampler._mirrors._made.values()
    return mirror._hone


def test_it_finds_the_optimum():
    study = optuna.create_study(sampler=HoneSampler(seed=1))
    study.optimize(branin, n_trials=60)
    assert study.best_value < 0.398  # the least is 0.39789
    assert mirror_of(study.sampler).sampler_in_use != "tpe"


def test_it_maximizes():
    study = optuna.create_study(direction="maximize", sampler=HoneSampler(seed=1))
    study.optimize(lambda trial: -branin(trial), n_trials=60)
    assert study.best_value > -0.398


def test_branches():
    study = optuna.create_study(sampler=HoneSampler(seed=1))
    study.optimize(conditional, n_trials=60)
    assert study.best_value < 0.001
    assert study.best_params["kind"] == "a"


def test_a_seed_gives_the_same_trials():
    values = []
    for _ in range(2):
        study = optuna.create_study(sampler=HoneSampler(seed=7))
        study.optimize(conditional, n_trials=20)
        values.append([trial.params for trial in study.trials])
    assert values[0] == values[1]


def test_it_learns_from_trials_that_were_before():
    study = optuna.create_study(sampler=HoneSampler("tpe", seed=1))
    study.optimize(branin, n_trials=30)
    study.sampler = HoneSampler("tpe", seed=2)
    study.optimize(branin, n_trials=1)
    seen = [t for t in mirror_of(study.sampler).trials if t.state == hone.TrialState.COMPLETE]
    assert len(seen) == 31
    assert [t.value for t in seen] == [t.value for t in study.trials]


def test_fixed_values_count_as_they_were_used():
    sampler = HoneSampler("tpe", seed=1)
    study = optuna.create_study(sampler=sampler)
    study.enqueue_trial({"x": math.pi, "y": 2.275})
    study.enqueue_trial({"x": 1.0})
    study.optimize(branin, n_trials=4)
    assert study.trials[0].params == {"x": math.pi, "y": 2.275}
    assert study.trials[1].params["x"] == 1.0
    seen = [t for t in mirror_of(sampler).trials if t.state == hone.TrialState.COMPLETE]
    assert sorted(t.value for t in seen) == pytest.approx(sorted(t.value for t in study.trials))
    for name, key in (("y", "p0"), ("x", "p1")):  # y was the first to be asked for
        used = [t.params[name] for t in study.trials]
        assert sorted(t.params[key] for t in seen) == pytest.approx(sorted(used))


def test_pruned_failed_and_infinite_trials():
    sampler = HoneSampler("tpe", seed=1)
    study = optuna.create_study(sampler=sampler)

    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        if trial.number % 4 == 1:
            trial.report(x, 0)
            trial.report(x + 1, 3)
            raise optuna.TrialPruned
        if trial.number % 4 == 2:
            raise ValueError("no")
        return math.inf if trial.number % 4 == 3 else x

    study.optimize(objective, n_trials=20, catch=ValueError)
    states = [trial.state.name for trial in mirror_of(sampler).trials][:4]
    assert states == ["COMPLETE", "PRUNED", "FAILED", "COMPLETE"]
    assert mirror_of(sampler).trials[1].last_step == 4


def test_constraints():
    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        trial.set_user_attr("c", 0.5 - x)
        return x

    sampler = HoneSampler("tpe", seed=1, constraints_func=lambda trial: (trial.user_attrs["c"],))
    study = optuna.create_study(sampler=sampler)
    study.optimize(objective, n_trials=40)
    assert all(t.feasible == (t.params["p0"] >= 0.5) for t in mirror_of(sampler).trials)
    assert sum(t.params["x"] >= 0.5 for t in study.trials[20:]) > 12


def test_several_objectives():
    study = optuna.create_study(directions=["minimize", "maximize"], sampler=HoneSampler(seed=1))

    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        return x, math.sqrt(x)

    study.optimize(objective, n_trials=25)
    assert len(study.best_trials) == 25


def test_a_sampler_for_one_objective_says_so():
    study = optuna.create_study(directions=["minimize"] * 2, sampler=HoneSampler("cmaes"))
    with pytest.raises(ValueError, match="sampler cmaes takes one objective"):
        study.optimize(lambda trial: (trial.suggest_float("x", 0, 1), 0), n_trials=1)


def test_a_wrong_name_or_option():
    with pytest.raises(LookupError, match='"tpe"|tpe'):
        HoneSampler("tpee")
    with pytest.raises(ValueError, match="n_startup"):
        HoneSampler(hone.sampler("tpe", n_start=3))
    for wrong in (hone.scheduler("asha"), 3):
        with pytest.raises(TypeError, match="write a name, or hone.sampler"):
            HoneSampler(wrong)


def test_ranges_that_change_all_the_time():
    study = optuna.create_study(sampler=HoneSampler(seed=1))

    def objective(trial):
        return trial.suggest_int("n", 0, 10 + trial.number)

    study.optimize(objective, n_trials=40)
    assert all(0 <= t.params["n"] <= 10 + t.number for t in study.trials)
    assert len(mirror_of(study.sampler).space.names) == 16


def test_threads():
    study = optuna.create_study(sampler=HoneSampler(seed=1))
    study.optimize(branin, n_trials=40, n_jobs=4)
    assert all(t.state.name == "COMPLETE" for t in study.trials)
    assert len({tuple(t.params.values()) for t in study.trials}) == 40


def test_what_runs_elsewhere_is_pending(tmp_path):
    url = f"sqlite:///{tmp_path}/optuna.db"
    one = optuna.create_study(storage=url, study_name="s", sampler=HoneSampler(seed=1))
    one.optimize(branin, n_trials=3)
    two = optuna.load_study(storage=url, study_name="s", sampler=HoneSampler(seed=1))
    asked = []
    for study in (one, two, one, two):
        trial = study.ask()
        asked.append((trial.suggest_float("x", -5, 10), trial.suggest_float("y", 0, 15)))
        trial.set_user_attr("who", "it runs")
    assert len(set(asked)) == 4
    for number in range(3, 7):
        two.tell(number, 1.0)
    one.optimize(branin, n_trials=1)
    seen = [t.value for t in mirror_of(one.sampler).trials if t.state == hone.TrialState.COMPLETE]
    assert seen.count(1.0) == 4 and len(seen) == 8


def test_the_child_of_a_fork_goes_on():
    study = optuna.create_study(sampler=HoneSampler(seed=1))
    study.optimize(branin, n_trials=3)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            study.optimize(branin, n_trials=3)
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    study.optimize(branin, n_trials=3)


def test_pickled_with_its_study():
    study = optuna.create_study(sampler=HoneSampler(seed=1))
    study.optimize(branin, n_trials=5)
    copy = pickle.loads(pickle.dumps(study))
    copy.optimize(branin, n_trials=5)
    assert len(copy.trials) == 10 and len(study.trials) == 5
