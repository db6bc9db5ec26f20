"""The study of Optuna, with its RDB storage on SQLite in the working directory.

    peer.py N random|tpe command|function
"""
import subprocess
import sys

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)


def suggested(trial):
    return (trial.suggest_float("x", 0, 1), trial.suggest_float("lr", 1e-5, 1, log=True),
            trial.suggest_int("n", 1, 64), trial.suggest_categorical("kind", ["a", "b", "c"]))


def call(trial):
    return suggested(trial)[0]


def start(trial):
    x, lr, n, kind = suggested(trial)
    out = subprocess.run(["echo", f"loss={x}", str(lr), str(n), kind], check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    return float(out.split()[0].removeprefix("loss="))


def main():
    n, name, case = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    samplers = {"random": optuna.samplers.RandomSampler, "tpe": optuna.samplers.TPESampler}
    study = optuna.create_study(storage="sqlite:///peer.db", sampler=samplers[name](seed=1))
    study.optimize(start if case == "command" else call, n_trials=n)


main()
