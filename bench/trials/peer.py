"""Trials per second of Optuna with its RDB storage on SQLite, ten mixed parameters, random sampler.

    peer.py N DATABASE normal|full      prints {"trials_per_s": …}
"""
import json
import sys
import time

import optuna
import sqlalchemy

optuna.logging.set_verbosity(optuna.logging.ERROR)


def objective(trial):
    lr = trial.suggest_float("lr", 1e-5, 1e-1, log=True)
    trial.suggest_float("momentum", 0, 0.99)
    trial.suggest_float("decay", 1e-6, 1e-2, log=True)
    trial.suggest_float("dropout", 0, 0.5)
    units = trial.suggest_int("units", 16, 512)
    trial.suggest_int("layers", 1, 8)
    trial.suggest_int("batch", 8, 1024, log=True)
    trial.suggest_categorical("opt", ["sgd", "adam", "lion"])
    trial.suggest_categorical("act", ["relu", "gelu", "tanh", "elu"])
    trial.suggest_categorical("norm", [False, True])
    return lr + units


def main():
    n, path, sync = int(sys.argv[1]), sys.argv[2], sys.argv[3]

    # The peer gets the same setting of SQLite that Hone runs with.
    @sqlalchemy.event.listens_for(sqlalchemy.engine.Engine, "connect")
    def set_pragmas(connection, _):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={sync}")

    study = optuna.create_study(storage=f"sqlite:///{path}",
                                sampler=optuna.samplers.RandomSampler(seed=1))
    start = time.perf_counter()
    study.optimize(objective, n_trials=n)
    print(json.dumps({"trials_per_s": n / (time.perf_counter() - start)}))


main()
