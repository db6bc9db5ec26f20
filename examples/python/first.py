"""The whole of Hone in one file: an objective that asks for its values, and trainings cut short.

    pip install hone
    python first.py [--n-trials 40] [--storage first.db]

The objective is plain Python with an `if`: momentum exists only where the optimizer has one. Each step
is reported, and trainings that fall behind the median of the others are stopped. With --storage the
study may be stopped and started again, and `hone trials --storage sqlite:first.db` looks at it.
"""

import argparse

import hone


def train(trial):
    """Gradient descent on a long valley, f(x, y) = x² + 25 y², from (4, 1)."""
    lr = trial.suggest_float("lr", 1e-3, 1.0, log=True)
    momentum = 0.0
    if trial.suggest_categorical("optimizer", ["plain", "momentum"]) == "momentum":
        momentum = trial.suggest_float("momentum", 0.0, 0.99)
    x, y, dx, dy = 4.0, 1.0, 0.0, 0.0
    for step in range(1, 31):
        dx, dy = momentum * dx - lr * 2 * x, momentum * dy - lr * 50 * y
        x, y = x + dx, y + dy
        loss = min(x * x + 25 * y * y, 1e6)  # too long a step diverges
        trial.report(loss, step)
        if trial.should_prune():
            raise hone.TrialPruned
    return loss


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-trials", type=int, default=40, help="in all (default: 40)")
    parser.add_argument("--storage", help="a file to keep the study in (default: memory)")
    args = parser.parse_args()

    study = hone.study(storage=args.storage, name="first", scheduler="median", seed=1)
    study.optimize(train, n_trials=max(0, args.n_trials - study.n_finished))
    print(f"{study.n_finished} trials, {study.count('pruned')} of them stopped early")
    print(f"best: loss {study.best_value:.3g} with {study.best_params}")


if __name__ == "__main__":
    main()
