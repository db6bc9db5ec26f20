"""What the pruning callbacks share, without any framework."""

import subprocess
import sys

import pytest

import hone
from hone._direction import usual_direction
from hone._monitor import Monitor, missing, pick


def trial_of(**options):
    return hone.study("x=0..1", **options).ask()


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("loss", "minimize"),
        ("val_loss", "minimize"),
        ("val/acc", "maximize"),
        ("validation_0-auc", "maximize"),
        ("valid-logloss", "minimize"),
        ("ndcg@5", "maximize"),
        ("auc_1", "maximize"),
        ("f1", "maximize"),
        ("Val_Accuracy", "maximize"),
        ("mean_absolute_error", "minimize"),
        ("score", None),
        ("floss", None),
        ("neg_mean_squared_error", None),
        ("valid/test_neg_log_loss", None),
        ("neg_loss", None),
    ],
)
def test_usual_direction(name, direction):
    assert usual_direction(name) == direction


def test_reports_and_prunes():
    trial = trial_of(direction="maximize", scheduler=hone.schedulers.threshold(lower=0.5))
    watch = Monitor(trial, "score")
    watch.look(0.5, 1, "round")
    with pytest.raises(hone.TrialPruned, match="^pruned after round 2.5$"):
        watch.look(0.4, 2.5, "round")
    assert trial.study.trials[0].intermediate_values == {1: 0.5, 2.5: 0.4}


def test_metric_of_the_study():
    metrics = {"loss": "minimize", "val_acc": "maximize", "size": "record"}
    trial = trial_of(metrics=metrics)
    assert Monitor(trial, "val_acc").metric == "val_acc"
    assert Monitor(trial, "val_loss").metric == "loss"
    assert Monitor(trial, "val_acc", "size").metric == "size"
    Monitor(trial, "val_acc").report(0.5, 1)
    trial.study.tell(trial, state="pruned")
    assert trial.study.trials[0].metrics == {"val_acc": 0.5}
    with pytest.raises(ValueError, match="'acc' is no metric of the study: it has loss, val_acc"):
        Monitor(trial, "val_acc", "acc")


def test_direction_is_compared():
    with pytest.raises(ValueError, match="'val_acc' is better when larger, and the study is to mini"):
        Monitor(trial_of(), "val_acc")
    with pytest.raises(ValueError, match=r"'rmse' .*: write hone.study\(direction=\"minimize\"\), or"):
        Monitor(trial_of(direction="maximize"), "rmse")
    assert Monitor(trial_of(), "val_acc", "value").metric == "value"
    assert Monitor(trial_of(), "val_acc", directed=True).metric == "value"


def test_in_a_process():
    """A study in memory is its parent's: what a callback asks of it a worker knows, too."""

    def objective(trial):
        Monitor(trial, "val_loss").report(1.0, 3)
        return 2.0

    study = hone.study("x=0..1")
    study.optimize(objective, n_trials=2, n_jobs=2)
    assert [trial.intermediate_values for trial in study.trials] == [{3: 1.0}] * 2


def test_wrong_arguments():
    with pytest.raises(TypeError, match="trial is 3: give the trial that the objective is called"):
        Monitor(3, "loss")
    with pytest.raises(TypeError, match=r"monitor is \['loss'\]: write the name of a metric"):
        Monitor(trial_of(), ["loss"])
    assert str(missing("auc", {"loss", "acc"})) == "the training has no metric 'auc', but acc, loss"


def test_pick_among_data_sets():
    pairs = [("train", "auc"), ("valid", "auc"), ("valid", "error"), ("extra", "error")]
    trial = trial_of()

    def picked(name):
        return pick(Monitor(trial, name, "value"), pairs)

    assert picked("train-auc") == ("train", "auc")
    assert picked("auc") == ("valid", "auc")
    with pytest.raises(ValueError, match="several .* 'error': write one of valid-error, extra-error"):
        picked("error")
    with pytest.raises(ValueError, match="no metric 'rmse', but extra-error, train-auc, valid-auc,"):
        picked("rmse")
    with pytest.raises(ValueError, match="'auc', but none: give it data to evaluate on"):
        pick(Monitor(trial, "auc", "value"), [])
    assert pick(Monitor(trial, "auc", "value"), [("train", "auc")]) == ("train", "auc")


FRAMEWORKS = {
    "xgboost": "hone.xgboost needs xgboost: pip install xgboost",
    "lightgbm": "hone.lightgbm needs lightgbm: pip install lightgbm",
    "lightning": "hone.lightning needs lightning: pip install lightning",
}


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_framework_that_is_missing(name):
    """Looked for with nothing but this package to be found."""
    code = f"""
import importlib.util, sys
sys.meta_path.insert(0, type("Hidden", (), {{"find_spec": staticmethod(lambda name, *_: (_ for _ in ()).throw(
    ModuleNotFoundError(name=name)) if name.split(".")[0] in ("{name}", "pytorch_lightning") else None)}}))
import hone
assert "{name}" not in sys.modules
try:
    import hone.{name}
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == (FRAMEWORKS[name], "")
