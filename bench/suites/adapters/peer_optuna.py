"""Optuna: samplers tpe (its default), random, cmaes, gp, qmc and nsga2, with the options of their
classes, and auto, its AutoSampler, from the folder of OptunaHub's registry that is the argument. The
parameters are suggested one after the other, as its users write it."""
import sys

import optuna

import serve

optuna.logging.set_verbosity(optuna.logging.ERROR)
SAMPLERS = {"tpe": "TPESampler", "random": "RandomSampler", "cmaes": "CmaEsSampler",
            "gp": "GPSampler", "qmc": "QMCSampler", "nsga2": "NSGAIISampler"}


def class_of(sampler):
    if sampler == "auto":
        import optunahub  # in the environment of this sampler only
        return optunahub.load_local_module("samplers/auto_sampler",
                                           registry_root=sys.argv[1]).AutoSampler
    if sampler not in SAMPLERS:
        raise ValueError(f"Optuna has no sampler '{sampler}'; there are auto, {', '.join(SAMPLERS)}")
    return getattr(optuna.samplers, SAMPLERS[sampler])


def suggest(trial, entry):
    name = entry["name"]
    if entry["type"] == "categorical":
        return trial.suggest_categorical(name, entry["choices"])
    if entry["type"] == "int":
        return trial.suggest_int(name, entry["low"], entry["high"], step=entry.get("step", 1),
                                 log=entry["log"])
    return trial.suggest_float(name, entry["low"], entry["high"], step=entry.get("step"),
                               log=entry["log"])


class Study:
    SEVERAL = True  # objectives

    def __init__(self, space, sampler, options, seed, _budget, n_objectives=1):
        made = class_of(sampler)(seed=seed, **options)
        self.space, self.study = space, optuna.create_study(
            sampler=made, directions=["minimize"] * n_objectives)

    def ask(self):
        trial, point = self.study.ask(), {}
        for entry in self.space:
            if serve.is_active(entry, point):
                point[entry["name"]] = suggest(trial, entry)
        return trial.number, point

    def tell(self, number, value):
        self.study.tell(number, value)


if __name__ == "__main__":
    serve.serve(Study)
