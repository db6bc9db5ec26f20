"""Keeps each trial of a study as an experiment of Comet, without an account.

    pip install hone comet-ml
    python log_to_comet.py [--n-trials 5] [--dir comet]

`comet upload comet/*.zip` sends the experiments later; without offline_directory they are sent at once.
"""

import argparse
import logging
import pathlib

from first import train  # the objective of first.py: gradient descent on a long valley

import hone
import hone.comet


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-trials", type=int, default=5, help="(default: 5)")
    parser.add_argument("--dir", default="comet", help="(default: comet)")
    args = parser.parse_args()
    logging.getLogger("comet_ml").setLevel(logging.WARNING)

    study = hone.study(metrics={"loss": "minimize"}, name="valley", scheduler="median", seed=1)
    logger = hone.comet.CometLogger("hone-demo", offline_directory=args.dir)
    study.optimize(train, n_trials=args.n_trials, callbacks=[logger])
    archives = len(list(pathlib.Path(args.dir).glob("*.zip")))
    print(f"{len(study.trials)} trials, {archives} experiments in {args.dir}")
    print(f"best: loss {study.best_value:.3g} with {study.best_params}")


if __name__ == "__main__":
    main()
