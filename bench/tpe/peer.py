"""CPU milliseconds of Optuna's TPESampler for an ask and a tell, ten mixed parameters, after a history
of N random trials.

    peer.py N M      prints {"cpu_ms": …}
"""
import json
import random
import sys
import time

import optuna
from optuna.distributions import CategoricalDistribution as Choice
from optuna.distributions import FloatDistribution as Float
from optuna.distributions import IntDistribution as Int

optuna.logging.set_verbosity(optuna.logging.ERROR)

SPACE = {
    "lr": Float(1e-5, 1e-1, log=True), "momentum": Float(0, 0.99),
    "decay": Float(1e-6, 1e-2, log=True), "dropout": Float(0, 0.5), "units": Int(16, 512),
    "layers": Int(1, 8), "batch": Int(8, 1024, log=True), "opt": Choice(["sgd", "adam", "lion"]),
    "act": Choice(["relu", "gelu", "tanh", "elu"]), "norm": Choice([False, True]),
}


def value_of(params):
    return params["lr"] + params["units"]


def main():
    n, m = int(sys.argv[1]), int(sys.argv[2])
    chance, trials = random.Random(1), []
    for _ in range(n):
        params = {"lr": 10 ** chance.uniform(-5, -1), "momentum": chance.uniform(0, 0.99),
                  "decay": 10 ** chance.uniform(-6, -2), "dropout": chance.uniform(0, 0.5),
                  "units": chance.randint(16, 512), "layers": chance.randint(1, 8),
                  "batch": round(2 ** chance.uniform(3, 10)),
                  "opt": chance.choice(["sgd", "adam", "lion"]),
                  "act": chance.choice(["relu", "gelu", "tanh", "elu"]),
                  "norm": chance.choice([False, True])}
        trials.append(optuna.trial.create_trial(params=params, distributions=SPACE,
                                                value=value_of(params)))
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1))
    study.add_trials(trials)
    study.tell(trial := study.ask(SPACE), value_of(trial.params))
    start = time.process_time()
    for _ in range(m):
        study.tell(trial := study.ask(SPACE), value_of(trial.params))
    print(json.dumps({"cpu_ms": (time.process_time() - start) / m * 1e3}))


main()
