"""CPU microseconds per ask + tell of the last tenth of N trials with ten mixed parameters, which are
read: as bench_ask_tell has it in C.

    ask_tell.py hone|optuna N
"""
import json
import sys
import time

SPACE = """
    lr=log:1e-5..1e-1
    momentum=0..0.99
    decay=log:1e-6..1e-2
    dropout=0..0.5
    units=int:16..512
    layers=int:1..8
    batch=int:log:8..1024
    opt=sgd,adam,lion
    act=relu,gelu,tanh,elu
    norm=bool
"""


def with_hone(n):
    import hone

    study = hone.study(SPACE, sampler="tpe", seed=1)

    def one():
        trial = study.ask()
        p = trial.params
        study.tell(trial, p["lr"] + p["units"])

    return n, one


def with_optuna(n):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1))

    def one():
        trial = study.ask()
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
        study.tell(trial, lr + units)

    return n, one


def main():
    n, one = {"hone": with_hone, "optuna": with_optuna}[sys.argv[1]](int(sys.argv[2]))
    part, costs = n // 10, []
    for _ in range(10):
        began = time.process_time()
        for _ in range(part):
            one()
        costs.append((time.process_time() - began) / part * 1e6)
    print(json.dumps({"tool": sys.argv[1], "n": n, "cpu_us": round(sorted(costs)[5], 1),
                      "cpu_us_last_tenth": round(costs[-1], 1)}))


if __name__ == "__main__":
    main()
