"""Tunes LightGBM on a table of scikit-learn's, in two processes, with early stopping and pruning.

    pip install hone lightgbm scikit-learn
    python lightgbm_rounds.py [--n-trials 20] [--n-jobs 2]

LightGBM ends a training that improves no more; Hone one that falls behind those of other trials.
"""

import argparse

import lightgbm
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

import hone
import hone.lightgbm


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-trials", type=int, default=20, help="(default: 20)")
    parser.add_argument("--n-jobs", type=int, default=2, help="processes (default: 2)")
    args = parser.parse_args()
    x, y = load_breast_cancer(return_X_y=True)
    x_train, x_valid, y_train, y_valid = train_test_split(x, y, random_state=0)

    def objective(trial):
        params = {
            "objective": "binary",
            "metric": "auc",
            "learning_rate": trial.suggest_float("learning_rate", 1e-3, 1, log=True),
            "num_leaves": trial.suggest_int("num_leaves", 2, 64, log=True),
            "min_child_samples": trial.suggest_int("min_child_samples", 5, 50),
            "num_threads": 1,
            "verbosity": -1,
        }
        train = lightgbm.Dataset(x_train, y_train)
        booster = lightgbm.train(
            params,
            train,
            num_boost_round=100,
            valid_sets=[train.create_valid(x_valid, y_valid)],
            callbacks=[
                hone.lightgbm.PruningCallback(trial, "auc"),
                lightgbm.early_stopping(20, verbose=False),
            ],
        )
        trial.set_user_attr("rounds", booster.best_iteration)
        return booster.best_score["valid_0"]["auc"]

    scheduler = hone.schedulers.median(n_startup=3)
    study = hone.study(metrics={"auc": "maximize"}, scheduler=scheduler, seed=1, lag=args.n_jobs)
    study.optimize(objective, n_trials=args.n_trials, n_jobs=args.n_jobs)
    best = study.best_trial
    print(f"{len(study.trials)} trials, {study.count('pruned')} of them stopped early")
    print(f"best: AUC {best.value:.4f} after {best.user_attrs['rounds']} rounds with {best.params}")


if __name__ == "__main__":
    main()
