"""Shows a study in TensorBoard: a table of trials in the HParams tab, and a curve of each.

    pip install hone tensorboard
    python log_to_tensorboard.py [--n-trials 20] [--dir runs]
    tensorboard --logdir runs

The space is declared, so that TensorBoard's filters know its ranges.
"""

import argparse
import pathlib

import hone
import hone.tensorboard


def train(trial):
    """A made-up training."""
    loss = 1.0
    for epoch in range(1, 11):
        loss = 0.7 * loss + abs(trial["lr"] - 0.01) + 0.02 * (trial["optimizer"] == "sgd")
        trial.report(loss, epoch)
        if trial.should_prune():
            raise hone.TrialPruned
    return loss


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-trials", type=int, default=20, help="(default: 20)")
    parser.add_argument("--dir", default="runs", help="(default: runs)")
    args = parser.parse_args()

    study = hone.study(
        {"lr": hone.Float(1e-4, 1e-1, log=True), "optimizer": ["sgd", "adam"]},
        metrics={"loss": "minimize"},
        scheduler="median",
        seed=1,
    )
    logger = hone.tensorboard.TensorBoardLogger(args.dir)
    study.optimize(train, n_trials=args.n_trials, n_jobs=2, callbacks=[logger])
    runs = len(list(pathlib.Path(args.dir).glob("trial-*")))
    print(f"{len(study.trials)} trials, {runs} runs: tensorboard --logdir {args.dir}")
    print(f"best: loss {study.best_value:.4f} with {study.best_params}")


if __name__ == "__main__":
    main()
