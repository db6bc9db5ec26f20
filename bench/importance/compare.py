#!/usr/bin/env python3
"""What parameters matter, by Hone and by Optuna's evaluators, in one run over the same studies.

A sum of ten functions of one parameter each (lines, a wave, a choice, an integer), of which the share
of each is known, and noise; N random trials. Prints the CPU seconds of each evaluator, how many times
Hone's that is, and the mean distance of its shares, stretched to a sum of 1, from the true ones.

    OMP_NUM_THREADS=1 python bench/importance/compare.py --trials 100 300 1000

Needs hone, Optuna 5 and scikit-learn.
"""

import argparse
import math
import pathlib
import statistics
import sys
import time

import optuna
from hone.optuna import HoneImportanceEvaluator

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import rig  # noqa: E402

LINES = {"a": 4.0, "b": 3.0, "c": 2.0, "d": 1.0, "e": 0.5, "f": 0.0, "g": 0.0}
WAVE, CHOICES, STEPS, NOISE = 1.0, {"x": 0.0, "y": 0.5, "z": 2.0}, 6, 0.2

EVALUATORS = {
    "hone": HoneImportanceEvaluator,
    "fanova": lambda: optuna.importance.FanovaImportanceEvaluator(seed=1),
    "mdi": lambda: optuna.importance.MeanDecreaseImpurityImportanceEvaluator(seed=1),
    "ped-anova": optuna.importance.PedAnovaImportanceEvaluator,
}


def objective(trial):
    total = sum(slope * trial.suggest_float(name, 0, 1) for name, slope in LINES.items())
    total += WAVE * math.sin(6 * trial.suggest_float("wave", 0, 1))
    total += CHOICES[trial.suggest_categorical("choice", list(CHOICES))]
    total += 0.3 * trial.suggest_int("n", 1, STEPS)
    return total + NOISE * (trial.number * 7919 % 1009 / 1009 - 0.5)


def true_shares():
    variances = {name: slope**2 / 12 for name, slope in LINES.items()}
    mean = (1 - math.cos(6)) / 6
    variances["wave"] = WAVE**2 * (0.5 - math.sin(12) / 24 - mean**2)
    variances["choice"] = statistics.pvariance(CHOICES.values())
    variances["n"] = 0.3**2 * (STEPS**2 - 1) / 12
    total = sum(variances.values())
    return {name: variance / total for name, variance in variances.items()}


def tuned(n_trials, seed):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    study.optimize(objective, n_trials=n_trials)
    return study


def judge(study, make):
    """CPU seconds, and the mean distance from the truth."""
    began = time.process_time()
    shares = optuna.importance.get_param_importances(study, evaluator=make())
    cost, true = time.process_time() - began, true_shares()
    return cost, statistics.mean(abs(shares[name] - true[name]) for name in true)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, nargs="+", default=[100, 300, 1000])
    parser.add_argument("--seeds", type=int, default=1)
    args = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    report = {"machine": rig.processor(), "optuna": optuna.__version__, "seeds": args.seeds,
              "sizes": []}
    for n_trials in args.trials:
        studies = [tuned(n_trials, seed) for seed in range(1, args.seeds + 1)]
        rows = {}
        for name, make in EVALUATORS.items():
            costs, errors = zip(*(judge(study, make) for study in studies), strict=True)
            rows[name] = {"cpu_s": round(statistics.median(costs), 3),
                          "error": round(statistics.mean(errors), 4)}
            rows[name]["times"] = round(rows[name]["cpu_s"] / rows["hone"]["cpu_s"], 1)
            print(f"{n_trials:6} trials  {name:9}  {rows[name]['cpu_s']:8.3f} s  "
                  f"{rows[name]['times']:7.1f} times  {rows[name]['error']:.4f} from the truth",
                  flush=True)
        report["sizes"].append({"trials": n_trials, **rows})
    rig.write_report("importance", report)


if __name__ == "__main__":
    main()
