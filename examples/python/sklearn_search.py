"""Tunes a pipeline on scikit-learn's digits by three searches of the same length.

    pip install hone scikit-learn
    python sklearn_search.py [--n-iter 25] [--storage digits.db]

Chance, Hone's own choice of a sampler, and the same with folds of unpromising candidates skipped. With
--storage the searches may be stopped and started again, and `hone trials auto --storage
sqlite:digits.db` looks at them.
"""

import argparse
import time

from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

from hone.sklearn import HoneSearchCV

SPACE = {
    "svc__C": loguniform(1e-2, 1e3),
    "svc__gamma": loguniform(1e-5, 1e1),
    "standardscaler": [StandardScaler(), MinMaxScaler(), "passthrough"],
}

SEARCHES = {
    "random": {"sampler": "random"},
    "auto": {"sampler": "auto"},
    "auto-skipping": {"sampler": "auto", "scheduler": "race"},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-iter", type=int, default=25)
    parser.add_argument("--n-jobs", type=int, default=1)
    parser.add_argument("--storage")
    options = parser.parse_args()

    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, random_state=0)
    pipeline = make_pipeline(StandardScaler(), SVC())
    for name, how in SEARCHES.items():
        begun = time.monotonic()
        search = HoneSearchCV(
            pipeline,
            SPACE,
            n_iter=options.n_iter,
            n_jobs=options.n_jobs,
            storage=options.storage,
            study_name=name,
            random_state=0,
            error_score="raise",
            **how,
        ).fit(X_train, y_train)
        skipped = search.study_.count("pruned")
        print(
            f"{name:14} {search.best_score_:.4f} in cross-validation, "
            f"{search.score(X_test, y_test):.4f} on the test set, "
            f"{time.monotonic() - begun:.1f} s, {skipped} candidates stopped early"
        )
        print(f"{'':14} {search.best_params_}")


if __name__ == "__main__":
    main()
