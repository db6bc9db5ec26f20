"""Runs the trials of a study in several processes, and says what that has saved.

    pip install hone
    python parallel.py [--n-jobs 2] [--n-trials 16]

The objective is busy with arithmetic in Python, which threads would do one after another; processes do
it side by side. They are forked, so that the objective may be any function, and only the parent talks
to the study. `lag` makes the run reproducible: the same seed and the same lag give the same trials,
whichever process is done first.
"""

import argparse
import os
import time

import hone


def objective(trial):
    """The area below a curve, by the rectangles of a fine grid: some 50 to 100 ms of work."""
    a, b = trial["a"], trial["b"]
    n = 100_000
    area = sum(abs(a * (i / n) ** 2 + b * (i / n) - 0.5) for i in range(n)) / n
    trial.set_user_attr("process", os.getpid())
    return area


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-jobs", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--n-trials", type=int, default=16, help="(default: 16)")
    args = parser.parse_args()

    study = hone.study("a=-2..2\nb=-2..2", seed=1, lag=args.n_jobs)
    begun = time.monotonic()
    study.optimize(objective, n_trials=args.n_trials, n_jobs=args.n_jobs)
    wall = time.monotonic() - begun
    work = sum(trial.duration_s for trial in study.trials)
    processes = {trial.user_attrs["process"] for trial in study.trials}
    print(f"{len(study.trials)} trials in {len(processes)} processes")
    print(f"{work:.2f} s of trials in {wall:.2f} s")
    print(f"best: area {study.best_value:.4f} with {study.best_params}")


if __name__ == "__main__":
    main()
