"""Drives Optuna's pruners and `hone pipe` by the same random reports; ends with 1 when they differ.

A stream is a trial: steps mostly in order, with gaps, some out of order; values on a coarse grid (so
that there are ties), some NaN; several trials are open at a time and end in every way. A step is
reported once, since Optuna passes over what is reported again on a step.
"""
import json
import math
import pathlib
import random
import sys
import time
import warnings

import numpy
import optuna
from scipy import stats

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

from rig import Pipe  # noqa: E402

STUDIES, TRIALS, OPEN, LONGEST = 80, 21, 4, 24


class PairedGuard(optuna.pruners.WilcoxonPruner):
    """Optuna's rule but for one thing: it spares a trial whose mean over its own steps is better than
    the best trial's over all of its steps, and so compares other instances. Hone's mean is over those
    that both have. `spared` counts the decisions that differ by it."""

    def __init__(self, *, p_threshold, n_startup_steps):
        super().__init__(p_threshold=p_threshold, n_startup_steps=n_startup_steps)
        self.p, self.n, self.spared = p_threshold, max(2, n_startup_steps), 0

    def prune(self, study, trial):
        theirs = super().prune(study, trial)
        try:
            best = study.best_trial.intermediate_values
        except ValueError:
            return theirs
        own = trial.intermediate_values
        if not numpy.all(numpy.isfinite([*best.values(), *own.values()])):
            return theirs
        up = study.direction == optuna.study.StudyDirection.MAXIMIZE
        by = numpy.array([(own[k] - best[k]) * (-1 if up else 1) for k in own if k in best])
        if len(by) < self.n:
            return theirs
        p = stats.wilcoxon(by, alternative="greater", zero_method="zsplit").pvalue
        ours = bool(p < self.p and by.mean() > 0)
        self.spared += ours != theirs
        return ours


def wilcoxon(rng):
    p, n = rng.choice([0.05, 0.1, 0.2, 0.3]), rng.choice([0, 2, 3, 6])
    return (PairedGuard(p_threshold=p, n_startup_steps=n),
            {"test": "wilcoxon", "p": p, "n_min": max(2, n)})


def percentile(rng):
    q = rng.choice([0, 10, 25, 33.3, 50, 75, 100])
    common = {"n_startup": rng.choice([0, 1, 3, 5]), "n_warmup": rng.choice([0, 0, 2, 5]),
              "interval": rng.choice([1, 1, 2, 3]), "n_min_trials": rng.choice([1, 1, 2, 4])}
    pruner = optuna.pruners.PercentilePruner(
        q, n_startup_trials=common["n_startup"], n_warmup_steps=common["n_warmup"],
        interval_steps=common["interval"], n_min_trials=common["n_min_trials"])
    return pruner, {"percentile": q, "grace": 0, **common}


def median(rng):
    common = {"n_startup": rng.choice([0, 2, 5]), "n_warmup": rng.choice([0, 3])}
    pruner = optuna.pruners.MedianPruner(n_startup_trials=common["n_startup"],
                                         n_warmup_steps=common["n_warmup"])
    return pruner, {"grace": 0, "interval": 1, **common}


def threshold(rng):
    bounds = rng.choice([{"lower": 1}, {"upper": 5}, {"lower": 0.5, "upper": 6.5}])
    warmup, interval = rng.choice([0, 0, 3]), rng.choice([1, 2, 5])
    pruner = optuna.pruners.ThresholdPruner(**bounds, n_warmup_steps=warmup,
                                            interval_steps=interval)
    return pruner, {**bounds, "n_warmup": warmup, "interval": interval}


def patient(rng):
    patience, delta = rng.choice([0, 1, 2, 5, 9]), rng.choice([0, 0, 0.5, 1.7])
    return (optuna.pruners.PatientPruner(None, patience, delta),
            {"patience": patience, "min_delta": delta})


def asha(rng):
    first, eta, rate = rng.choice([1, 1, 2, 3]), rng.choice([2, 3, 4]), rng.choice([0, 0, 1])
    pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=first, reduction_factor=eta,
                                                    min_early_stopping_rate=rate)
    return pruner, {"min_resource": first * eta ** rate, "eta": eta, "max_resource": 1e15,
                    "n_startup": 0, "value": "last"}


class Pair:
    """One study in both."""

    def __init__(self, seed, scheduler, make):
        self.rng = random.Random(seed)
        direction = self.rng.choice(["minimize", "maximize"])
        pruner, options = make(self.rng)
        self.label = f"{scheduler} {json.dumps(options)} {direction}, seed {seed}"
        self.peer = optuna.create_study(direction=direction, pruner=pruner)
        self.pipe = Pipe(self.label, {
            "space": [{"name": "x", "spec": "0..1"}], "direction": direction, "seed": seed,
            "sampler": "random", "scheduler": scheduler, "scheduler_options": options})
        self.say = self.pipe.say
        # Optuna's test is exact without ties, or up to 13 steps; NaN it does not look at; of two best
        # trials its storages name now the first, now the last.
        self.race = scheduler == "race"
        self.fractions = self.race or self.rng.random() < 0.3

    def steps(self):
        """The steps of one trial in the order of its reports."""
        start, n = self.rng.choice([0, 1, 1, 4]), self.rng.randint(1, LONGEST)
        steps = [step for step in range(start, start + n) if self.rng.random() > 0.1] or [start]
        if self.rng.random() < 0.2:
            for _ in range(3):
                if len(steps) > 1:
                    at = self.rng.randrange(len(steps) - 1)
                    steps[at], steps[at + 1] = steps[at + 1], steps[at]
        return steps

    def value(self, number):
        if not self.race and self.rng.random() < 0.04:
            return math.nan
        if self.race:
            return number * 37 % 11 + self.rng.uniform(0, 14)
        return self.rng.uniform(0, 7) if self.fractions else self.rng.randrange(56) / 8

    def tell(self, trial, number, state):
        value = self.rng.uniform(0, 7) if self.race else self.rng.randrange(56) / 8
        if state == "complete":
            self.peer.tell(trial, value)
            self.say({"tell": number, "value": value})
            return
        states = {"pruned": optuna.trial.TrialState.PRUNED, "failed": optuna.trial.TrialState.FAIL}
        self.peer.tell(trial, state=states[state])
        self.say({"tell": number, "state": state})

    def run(self):
        """(reports, stops) until all trials have ended; raises ValueError where they differ."""
        running, begun, reports, stops = [], 0, 0, 0
        while begun < TRIALS or running:
            if begun < TRIALS and (len(running) < OPEN and self.rng.random() < 0.3 or not running):
                running.append((self.peer.ask(), self.say({"ask": 1})["id"], self.steps()))
                begun += 1
            at = self.rng.randrange(len(running))
            trial, number, steps = running[at]
            if not steps:
                self.tell(trial, number, self.rng.choice(["complete"] * 5 + ["failed"]))
                running.pop(at)
                continue
            step, value = steps.pop(0), self.value(number)
            trial.report(value, step)
            theirs = trial.should_prune()
            ours = self.say({"report": number, "step": step,
                             "value": "nan" if math.isnan(value) else value})["stop"]
            reports, stops = reports + 1, stops + theirs
            if ours != theirs:
                raise ValueError(f"{self.label}: trial {number}, step {step}, value {value}: "
                                 f"Optuna {theirs}, Hone {ours}")
            if theirs:
                self.tell(trial, number, "pruned")
                running.pop(at)
        self.pipe.end()
        return reports, stops, getattr(self.peer.pruner, "spared", 0)


def main():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else STUDIES
    n_streams, differ = 0, 0
    for name, make in {"percentile": percentile, "median": median, "threshold": threshold,
                       "patient": patient, "asha": asha, "race": wilcoxon}.items():
        began, reports, stops, spared = time.monotonic(), 0, 0, 0
        for seed in range(studies * (2 if name == "asha" else 1)):
            try:
                more = Pair(seed, name, make).run()
            except ValueError as difference:
                differ += 1
                print(difference)
                continue
            n_streams, reports, stops = n_streams + TRIALS, reports + more[0], stops + more[1]
            spared += more[2]
        print(f"{name:10}  {reports} reports, {stops} stops, {time.monotonic() - began:.1f} s"
              + (f", {spared} decided otherwise by Optuna's guard" if name == "race" else ""),
              flush=True)
    print(f"{n_streams} streams, " + (f"{differ} studies differ" if differ else "all decisions equal"))
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
