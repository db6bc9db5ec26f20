"""Keeps each trial of a study as a run of Weights & Biases, without an account.

    pip install hone wandb
    python log_to_wandb.py [--n-trials 5] [--mode offline] [--dir .]

`wandb sync wandb/offline-run-*` sends the runs later; with --mode online they are sent at once. In the
project they are grouped by study. Sweep files of W&B are another thing: `hone run sweep.yaml`.
"""

import argparse
import pathlib

from first import train  # the objective of first.py: gradient descent on a long valley

import hone
import hone.wandb


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-trials", type=int, default=5, help="(default: 5)")
    parser.add_argument("--mode", default="offline", help="(default: offline)")
    parser.add_argument("--dir", default=".", help="(default: here)")
    args = parser.parse_args()

    study = hone.study(metrics={"loss": "minimize"}, name="valley", scheduler="median", seed=1)
    logger = hone.wandb.WandbLogger("hone-demo", mode=args.mode, dir=args.dir)
    study.optimize(train, n_trials=args.n_trials, callbacks=[logger])
    runs = len(list(pathlib.Path(args.dir).glob("wandb/*run-*-*")))
    print(f"{len(study.trials)} trials, {runs} runs in {args.dir}/wandb")
    print(f"best: loss {study.best_value:.3g} with {study.best_params}")


if __name__ == "__main__":
    main()
