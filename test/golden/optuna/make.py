"""Writes study.sql, journal.log and expected.json: two studies in each of Optuna's storages, and what
Optuna itself reads out of them. Needs optuna; run it only to make them anew.

    python make.py
"""
import json
import math
import os
import pathlib
import sqlite3
import tempfile

import optuna
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend

HERE = pathlib.Path(__file__).resolve().parent


def train(trial):
    """Every kind of distribution, conditions of two kinds, awkward names and values."""
    lr = trial.suggest_float("lr", 1e-5, 1e-1, log=True)
    drop = trial.suggest_float("dropout rate", 0, 0.5, step=0.1)
    optimizer = trial.suggest_categorical("opt", ["sgd", "adam", None, True, 3, 2.5])
    if optimizer == "sgd":
        trial.suggest_float("momentum", 0, 0.99)
    for layer in range(trial.suggest_int("n_layers", 1, 3)):
        trial.suggest_int(f"units.{layer}", 16, 512, log=True)
    trial.suggest_int("seed", 1, 9, step=2)
    trial.suggest_float("constant", 0.5, 0.5)
    trial.set_user_attr("note", {"a": [1, 2, "é"]})
    for step in range(3):
        trial.report(math.nan if step == 1 else lr + step, step * 10)
        if step == 2 and trial.number % 7 == 3:
            raise optuna.TrialPruned
    if trial.number % 11 == 5:
        raise ValueError
    return lr + drop if trial.number % 13 else math.inf


def two_goals(trial):
    x = trial.suggest_float("x", 0, 1)
    trial.set_constraint("small", x - 0.5)
    return x, trial.suggest_int("k", 0, 5)


def fill(storage):
    random = optuna.samplers.RandomSampler(seed=1)
    study = optuna.create_study(storage=storage, study_name="demo", sampler=random)
    study.set_user_attr("who", {"x": 1})
    study.set_metric_names(["loss"])
    study.enqueue_trial({"lr": 0.01, "opt": "adam"})
    study.optimize(train, n_trials=24, catch=(ValueError,))
    study.ask().suggest_float("lr", 1e-5, 1e-1, log=True)
    study.enqueue_trial({"lr": 0.03, "dropout rate": 0.2, "unknown": 1})
    study = optuna.create_study(storage=storage, study_name="multi", sampler=random,
                                directions=["minimize", "maximize"])
    study.optimize(two_goals, n_trials=6)


def plain(value):
    return str(value).lower() if isinstance(value, float) and not math.isfinite(value) else value


def seen(trial):
    return {"number": trial.number, "state": trial.state.name, "params": trial.params,
            "values": [plain(v) for v in trial.values or []],
            "reports": [[s, plain(v)] for s, v in sorted(trial.intermediate_values.items())],
            "user": trial.user_attrs, "system": trial.system_attrs,
            "start": trial.datetime_start and trial.datetime_start.isoformat() + "Z",
            "end": trial.datetime_complete and trial.datetime_complete.isoformat() + "Z"}


def all_seen(storage):
    found = {}
    for summary in optuna.get_all_study_summaries(storage):
        study = optuna.load_study(study_name=summary.study_name, storage=storage)
        found[summary.study_name] = {"directions": [d.name for d in study.directions],
                                     "user": study.user_attrs,
                                     "trials": [seen(t) for t in study.get_trials()]}
    return found


def main():
    os.environ["TZ"] = "UTC"
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        database, journal = f"{folder}/study.db", f"{folder}/journal.log"
        rdb = RDBStorage(f"sqlite:///{database}")
        log = JournalStorage(JournalFileBackend(journal))
        fill(rdb)
        fill(log)
        expected = {"study.sql": all_seen(rdb), "journal.log": all_seen(log)}
        text = json.dumps(expected, ensure_ascii=False, separators=(",", ":"))
        (HERE / "expected.json").write_text(text.replace('{"number"', '\n{"number"') + "\n")
        (HERE / "journal.log").write_bytes(pathlib.Path(journal).read_bytes())
        lines = sqlite3.connect(database).iterdump()
        (HERE / "study.sql").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
