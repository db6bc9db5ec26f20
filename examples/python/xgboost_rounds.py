"""Tunes XGBoost on a table of scikit-learn's, with hopeless trainings ended after a few rounds.

    pip install hone xgboost scikit-learn
    python xgboost_rounds.py [--n-trials 20] [--rounds 100]

Each trial is a cross-validation of 3 folds; its callback reports the mean after every round.
"""

import argparse

import xgboost
from sklearn.datasets import load_breast_cancer

import hone
import hone.xgboost


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-trials", type=int, default=20, help="(default: 20)")
    parser.add_argument("--rounds", type=int, default=100, help="of each trial (default: 100)")
    args = parser.parse_args()
    data = xgboost.DMatrix(*load_breast_cancer(return_X_y=True))

    def objective(trial):
        params = {
            "objective": "binary:logistic",
            "eta": trial.suggest_float("eta", 1e-3, 1, log=True),
            "max_depth": trial.suggest_int("max_depth", 1, 8),
            "subsample": trial.suggest_float("subsample", 0.5, 1),
            "nthread": 1,
        }
        table = xgboost.cv(
            params,
            data,
            num_boost_round=args.rounds,
            nfold=3,
            metrics="logloss",
            seed=1,
            as_pandas=False,
            callbacks=[hone.xgboost.PruningCallback(trial, "test-logloss")],
        )
        return table["test-logloss-mean"][-1]

    scheduler = hone.schedulers.median(n_startup=3)
    study = hone.study(metrics={"logloss": "minimize"}, scheduler=scheduler, seed=1)
    study.optimize(objective, n_trials=args.n_trials)
    rounds = sum(len(trial.intermediate_values) for trial in study.trials)
    print(f"{len(study.trials)} trials, {study.count('pruned')} of them stopped early")
    print(f"{rounds} rounds instead of {len(study.trials) * args.rounds}")
    print(f"best: logloss {study.best_value:.4f} with {study.best_params}")


if __name__ == "__main__":
    main()
