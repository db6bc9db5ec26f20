"""hone.optuna.HonePruner in studies that Optuna keeps."""

import math
import pickle

import pytest

import hone

optuna = pytest.importorskip("optuna")
from hone.optuna import HonePruner  # noqa: E402


@pytest.fixture(autouse=True)
def _quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def curve(trial, n_steps=27):
    x = trial.suggest_float("x", 0, 1)
    for step in range(n_steps):
        trial.report(x + 1 / (step + 1), step)
        if trial.should_prune():
            raise optuna.TrialPruned
    return x


def run(scheduler, n_trials=40, **options):
    sampler = optuna.samplers.RandomSampler(seed=1)
    study = optuna.create_study(sampler=sampler, pruner=HonePruner(scheduler), **options)
    study.optimize(curve, n_trials=n_trials)
    return study


@pytest.mark.parametrize("scheduler", ["asha", "median", "curve"])
def test_it_stops_bad_trials_and_keeps_the_best(scheduler):
    study = run(scheduler)
    pruned = [t for t in study.trials if t.state.name == "PRUNED"]
    assert 10 <= len(pruned) < 40
    best = min(study.trials, key=lambda t: t.params["x"])
    assert best.state.name == "COMPLETE"
    kept = [t.params["x"] for t in study.trials if t.state.name == "COMPLETE"]
    assert sum(kept) / len(kept) < sum(t.params["x"] for t in pruned) / len(pruned)


def test_options():
    few = run(hone.scheduler("median", n_warmup=20))
    many = run(hone.scheduler("median", n_warmup=1))
    steps = [sum(len(t.intermediate_values) for t in study.trials) for study in (few, many)]
    assert steps[0] > steps[1]


def test_it_maximizes():
    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        for step in range(20):
            trial.report(x, step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return x

    sampler = optuna.samplers.RandomSampler(seed=1)
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=HonePruner("median"))
    study.optimize(objective, n_trials=40)
    best = max(study.trials, key=lambda t: t.params["x"])
    assert best.state.name == "COMPLETE"
    assert any(t.state.name == "PRUNED" for t in study.trials)


def test_curves_of_another_process_count(tmp_path):
    url = f"sqlite:///{tmp_path}/optuna.db"
    study = optuna.create_study(
        storage=url,
        study_name="s",
        sampler=optuna.samplers.RandomSampler(seed=1),
        pruner=optuna.pruners.NopPruner(),
    )
    study.optimize(curve, n_trials=20)
    again = optuna.load_study(study_name="s", storage=url, pruner=HonePruner("median"))
    trial = again.ask()
    trial.suggest_float("x", 0, 1)
    for step in range(5):
        trial.report(100, step)
    assert trial.should_prune()


def test_numbers_that_are_none():
    def objective(trial):
        for step in range(5):
            trial.report(math.nan if trial.number % 2 else 1.0, step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return math.nan if trial.number % 3 == 0 else 1.0

    study = optuna.create_study(pruner=HonePruner("asha"))
    study.optimize(objective, n_trials=20)
    assert len(study.trials) == 20


def test_what_pauses_is_refused():
    with pytest.raises(NotImplementedError):
        run(hone.scheduler("pbt", max_resource=27), n_trials=2)


def test_a_wrong_name():
    with pytest.raises(LookupError, match="median"):
        HonePruner("medain")
    with pytest.raises(TypeError, match="write a name, or hone.scheduler"):
        HonePruner(hone.sampler("tpe"))


def test_pickling():
    study = run("asha", n_trials=10)
    copy = pickle.loads(pickle.dumps(study))
    copy.optimize(curve, n_trials=5)
    assert len(copy.trials) == 15
