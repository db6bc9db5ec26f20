"""`hone.sklearn.HoneSearchCV`: what scikit-learn's own tests do not know of."""

import contextlib
import functools
import os
import pickle
import subprocess
import sys
import threading
import warnings

import pytest

pytest.importorskip("sklearn")
np = pytest.importorskip("numpy")
stats = pytest.importorskip("scipy.stats")

from sklearn.base import BaseEstimator, ClassifierMixin, clone  # noqa: E402
from sklearn.datasets import make_classification  # noqa: E402
from sklearn.linear_model import LogisticRegression, Ridge  # noqa: E402
from sklearn.model_selection import GridSearchCV, ShuffleSplit  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

import hone  # noqa: E402
from hone.sklearn import HoneSearchCV  # noqa: E402

X, y = make_classification(120, 6, n_informative=3, random_state=0)


class Peak(ClassifierMixin, BaseEstimator):
    """Scores 1 - |a - 0.3|, a little less on later folds; counts its fits; may fail."""

    fits: list = []

    def __init__(self, a=0.0, fails_above=2.0, n=1):
        self.a = a
        self.fails_above = fails_above
        self.n = n

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        Peak.fits.append((self.a, len(X), self.n))
        if self.a > self.fails_above:
            raise RuntimeError(f"a={self.a} is too much")
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)

    def score(self, X, y):
        return 1 - abs(self.a - 0.3)


@pytest.fixture(autouse=True)
def no_fits():
    Peak.fits = []


def search(space=None, **options):
    options = {"cv": 3, "random_state": 0, **options}
    return HoneSearchCV(Peak(), space or {"a": stats.uniform(0, 1)}, **options)


def params_of(found):
    return [params["a"] for params in found.cv_results_["params"]]


# --- habits ---


def test_lists_alone_are_a_grid_as_scikit_learn_has_it():
    grid = {"C": [0.1, 1, 10], "fit_intercept": [True, False]}
    ours = HoneSearchCV(LogisticRegression(), grid, return_train_score=True).fit(X, y)
    theirs = GridSearchCV(LogisticRegression(), grid, return_train_score=True).fit(X, y)
    assert ours.best_params_ == theirs.best_params_ and ours.best_score_ == theirs.best_score_
    assert list(ours.cv_results_) == list(theirs.cv_results_)
    for key, column in theirs.cv_results_.items():
        if not key.endswith("_time"):
            assert np.array_equal(ours.cv_results_[key], column), key
    assert ours.study_.n_trials == 6 and ours.study_.sampler == "grid"


def test_n_iter_of_a_grid_is_a_choice_among_it():
    found = search({"a": list(np.linspace(0, 1, 50))}, n_iter=7).fit(X, y)
    assert len(set(params_of(found))) == 7


def test_ten_candidates_by_default():
    assert len(params_of(search().fit(X, y))) == 10
    assert len(params_of(search(None, n_trials=4).fit(X, y))) == 4


def test_a_model_finds_more_than_chance():
    assert search(n_iter=30).fit(X, y).best_score_ > 0.995


def test_a_pipeline_with_hones_own_ways_to_say_it():
    found = HoneSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression()),
        {"logisticregression__C": "log:1e-3..1e3", "standardscaler__with_mean": hone.Bool()},
        n_iter=5,
        random_state=0,
    ).fit(X, y)
    assert set(found.best_params_) == {"logisticregression__C", "standardscaler__with_mean"}
    assert found.predict(X).shape == y.shape


def test_typed_parameters_as_a_grid():
    found = HoneSearchCV(Peak(), param_grid={"n": hone.Int(1, 4)}, cv=3).fit(X, y)
    assert sorted(params["n"] for params in found.cv_results_["params"]) == [1, 2, 3, 4]


# --- reproducible ---


def test_the_same_seed_gives_the_same_candidates():
    first, second, other = (
        params_of(search(n_iter=12, random_state=seed).fit(X, y)) for seed in (3, 3, 4)
    )
    assert first == second != other


def test_the_global_generator_seeds_where_no_seed_is_given():
    def drawn():
        np.random.seed(5)
        return params_of(search(n_iter=3, random_state=None).fit(X, y))

    assert drawn() == drawn()


def test_all_candidates_have_the_same_folds():
    cv = ShuffleSplit(3, test_size=0.5)
    found = HoneSearchCV(Ridge(), {"alpha": stats.uniform(1, 1e-9)}, cv=cv, n_iter=5).fit(X, y)
    assert np.ptp(found.cv_results_["split0_test_score"]) < 1e-6


# --- several scorers ---


def test_the_scorer_that_refit_names_is_what_is_optimised():
    found = HoneSearchCV(
        LogisticRegression(),
        {"C": "log:1e-3..1e3"},
        scoring=["accuracy", "roc_auc"],
        refit="roc_auc",
        n_iter=4,
    ).fit(X, y)
    assert found.study_.metric_names == ("roc_auc", "accuracy")
    assert found.study_.directions == ("maximize",)
    assert found.best_score_ == pytest.approx(found.study_.best_value)


def test_without_one_all_are_and_a_function_chooses():
    found = HoneSearchCV(
        LogisticRegression(),
        {"C": "log:1e-3..1e3"},
        scoring={"a": "accuracy", "b c": "recall"},
        refit=lambda results: 2,
        n_iter=4,
    ).fit(X, y)
    assert found.study_.directions == ("maximize", "maximize")
    assert found.study_.metric_names == ("a", "b_c") and found.best_index_ == 2


def test_a_function_that_returns_scores_by_name():
    def score(estimator, X, y):
        return {"up": estimator.a, "down": -estimator.a}

    found = search(n_iter=8, scoring=score, refit="down").fit(X, y)
    assert found.best_params_["a"] == min(params_of(found))
    assert found.study_.best_value == pytest.approx(found.best_score_)


# --- failures ---


def test_a_batch_that_fails_altogether_does_not_end_the_search():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = HoneSearchCV(
            Peak(fails_above=0.5), {"a": stats.uniform(0, 1)}, n_iter=12, cv=3, random_state=0
        ).fit(X, y)
    scores = found.cv_results_["mean_test_score"]
    assert 0 < np.isnan(scores).sum() < 12
    assert (np.isnan(scores) == (np.array(params_of(found)) > 0.5)).all()
    assert found.study_.count("failed") == np.isnan(scores).sum()
    failed = found.study_.get_trials(["failed"])[0]
    assert "is too much" in failed.message
    assert found.best_params_["a"] <= 0.5


def test_a_search_that_fails_altogether_says_so():
    with pytest.raises(ValueError, match="All the 12 fits failed"):
        HoneSearchCV(Peak(fails_above=-1), {"a": "0..1"}, n_iter=4, cv=3).fit(X, y)


def test_error_score_raise():
    with pytest.raises(RuntimeError, match="is too much"):
        HoneSearchCV(Peak(fails_above=-1), {"a": "0..1"}, cv=3, error_score="raise").fit(X, y)


# --- folds that are skipped ---


@pytest.mark.parametrize("scheduler", ["wilcoxon", "race", hone.scheduler("median", n_startup=2)])
def test_an_unpromising_candidate_skips_folds(scheduler):
    found = search(n_iter=20, cv=8, sampler="random", scheduler=scheduler).fit(X, y)
    results = found.cv_results_
    folds = np.array([results[f"split{i}_test_score"] for i in range(8)]).T
    stopped = np.isnan(folds).any(axis=1)
    assert 0 < stopped.sum() < 20 and found.study_.count("pruned") == stopped.sum()
    assert len(Peak.fits) == (~np.isnan(folds)).sum() + 1  # and the refit
    assert (np.isnan(results["mean_test_score"]) == stopped).all()
    assert (results["rank_test_score"][stopped] == results["rank_test_score"].max()).all()
    assert np.isfinite(results["mean_fit_time"]).all()
    assert not stopped[found.best_index_]


# --- halving ---


def test_halving_over_samples_keeps_a_trial_for_each_candidate():
    found = search(n_candidates=9, factor=3, min_resources=10, random_state=1).fit(X, y)
    assert found.n_candidates_ == [9, 3, 1] and found.n_resources_ == [10, 30, 90]
    assert found.study_.n_trials == 9
    assert found.study_.count("pruned") == 8 and found.study_.count("complete") == 1
    last = found.study_.get_trials(["complete"])[0]
    assert list(last.intermediate_values) == [10, 30, 90]
    assert found.best_params_["a"] == last.params["a"]


def test_a_larger_share_of_the_samples_holds_a_smaller_one():
    from sklearn.model_selection import KFold

    from hone.sklearn._folds import Folds

    folds = Folds(KFold(3))
    folds.share = 0.2
    small = [set(train) for train, _ in folds.split(X)]
    folds.share = 0.6
    assert all(a < set(train) for a, (train, _) in zip(small, folds.split(X), strict=True))


def test_halving_over_a_parameter_of_the_estimator():
    found = search({"a": [0.1, 0.2, 0.3, 0.9]}, param_grid=None, resource="n", factor=2,
                   max_resources=4).fit(X, y)
    assert found.best_params_ == {"a": 0.3, "n": 4}
    assert {n for _, _, n in Peak.fits} == {1, 2, 4}


# --- studies in a file ---


def test_an_interrupted_search_goes_on(tmp_path):
    path = str(tmp_path / "hone.db")
    whole = search(n_iter=9).fit(X, y)

    class Interrupted(Peak):
        def fit(self, X, y):
            if len(Peak.fits) == 10:
                raise KeyboardInterrupt
            return super().fit(X, y)

    Peak.fits = []
    broken = HoneSearchCV(Interrupted(), {"a": stats.uniform(0, 1)}, n_iter=9, cv=3,
                          random_state=0, storage=path)
    with pytest.raises(KeyboardInterrupt):
        broken.fit(X, y)
    Peak.fits = []
    Interrupted.fit = Peak.fit
    found = clone(broken).fit(X, y)
    assert len(Peak.fits) == 6 * 3 + 1
    assert params_of(found) == params_of(whole)
    scores = (one.cv_results_["mean_test_score"] for one in (found, whole))
    assert np.array_equal(*scores)
    found.study_.close()


def test_a_finished_search_is_read_and_can_grow(tmp_path):
    path = str(tmp_path / "hone.db")
    first = search(n_iter=4, storage=path, return_train_score=True).fit(X, y)
    first.study_.close()
    Peak.fits = []
    again = search(n_iter=4, storage=path, return_train_score=True).fit(X, y)
    assert len(Peak.fits) == 2  # one to see what the scorer gives, and the refit
    for key in first.cv_results_:
        assert np.array_equal(first.cv_results_[key], again.cv_results_[key]), key
    again.study_.close()
    more = search(n_iter=6, storage=path, return_train_score=True).fit(X, y)
    assert params_of(more)[:4] == params_of(first) and len(params_of(more)) == 6
    more.study_.close()


def test_a_grid_goes_on(tmp_path):
    path = str(tmp_path / "hone.db")
    grid = {"a": [0.1, 0.5, 0.2, 0.4]}
    with pytest.raises(ValueError, match="No fits were performed"):
        search(grid, storage=path, timeout=1e-9).fit(X, y)
    found = search(grid, storage=path).fit(X, y)
    assert params_of(found) == grid["a"]
    found.study_.close()


def test_a_killed_search_goes_on(tmp_path):
    script = """
import os, sys, warnings
from scipy.stats import expon
from sklearn.datasets import load_iris
from sklearn.svm import SVC
from hone.sklearn import HoneSearchCV

warnings.simplefilter("ignore")
path, last = sys.argv[1], int(sys.argv[2])

class Dying(SVC):
    n = 0
    def fit(self, X, y):
        Dying.n += 1
        if Dying.n == last:
            os._exit(9)
        return super().fit(X, y)

search = HoneSearchCV(
    Dying(), {"C": expon(), "class_weight": [None, {0: 2}]}, n_iter=6, cv=4, storage=path,
    random_state=0, scheduler="race", scoring=["accuracy", "f1_macro"], refit="f1_macro",
    return_train_score=True,
).fit(*load_iris(return_X_y=True))
print([sorted(p.items(), key=str) for p in search.cv_results_["params"]])
print([search.cv_results_[k].tolist() for k in search.cv_results_ if k.endswith("train_f1_macro")])
trial = search.study_.trials[0]
assert trial.user_attrs["C"] == search.cv_results_["params"][0]["C"] != trial.params["C"]
"""

    def run(name, last):
        command = [sys.executable, "-c", script, str(tmp_path / name), str(last)]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)

    whole = run("whole.db", 0)
    assert whole.returncode == 0, whole.stderr
    assert run("killed.db", 9).returncode == 9
    again = run("killed.db", 0)
    assert again.returncode == 0, again.stderr
    assert again.stdout == whole.stdout


def test_other_data_are_refused(tmp_path):
    path = str(tmp_path / "hone.db")
    search(n_iter=2, storage=path).fit(X, y).study_.close()
    with pytest.raises(ValueError, match="n_samples was 120 and is 100"):
        search(n_iter=3, storage=path).fit(X[:100], y[:100])


def test_the_study_is_the_commands(tmp_path):
    path = str(tmp_path / "hone.db")
    found = search({"a": [0.1, 0.9, 0.5, 0.7]}, storage=path, study_name="peak").fit(X, y)
    found.study_.close()
    study = hone.open(path, "peak")
    assert study.best_params == {"a": 0.1} and study.best_value == pytest.approx(0.8)


# --- as an estimator ---


def test_pickles_and_clones():
    found = search(n_iter=3).fit(X, y)
    back = pickle.loads(pickle.dumps(found))
    assert back.best_params_ == found.best_params_ and not hasattr(back, "study_")
    assert clone(found).get_params()["n_iter"] == 3


HERE, THREAD, PROCESS, DASK = range(4)
MAIN = os.getpid()


def _score_and_place(main, estimator, X, y):
    place = PROCESS if os.getpid() != main else HERE
    if place == HERE and threading.current_thread() is not threading.main_thread():
        place = THREAD
        if "distributed" in sys.modules:
            with contextlib.suppress(ValueError):  # this is no thread of a worker's
                sys.modules["distributed"].get_worker()
                place = DASK
    return {"score": estimator.score(X, y), "place": place}


@pytest.mark.parametrize(
    "backend, place", [("sequential", HERE), ("loky", PROCESS), ("threading", THREAD), ("dask", DASK)]
)
def test_fits_run_where_joblib_is_told(backend, place):
    joblib = pytest.importorskip("joblib")
    found = HoneSearchCV(
        LogisticRegression(), {"C": "log:1e-3..1e3"}, n_iter=4, n_jobs=2, refit="score",
        scoring=functools.partial(_score_and_place, MAIN),
    )  # fmt: skip
    with contextlib.ExitStack() as stack:
        if backend == "dask":
            distributed = pytest.importorskip("distributed")
            stack.enter_context(
                distributed.Client(processes=False, n_workers=1, dashboard_address=None)
            )
        stack.enter_context(joblib.parallel_backend(backend))
        found.fit(X, y)
    assert len(found.cv_results_["params"]) == 4
    assert set(found.cv_results_["mean_test_place"]) == {place}


@pytest.mark.parametrize(
    "options, words",
    [
        ({"param_grid": {"a": [1]}}, "not space and param_grid"),
        ({"n_iter": 3, "n_trials": 3}, "two names of one argument"),
        ({"n_iter": 0}, "n_iter"),
        ({"sampler": "tpo"}, "tpe"),
        ({"factor": 1}, "factor"),
        ({"factor": 2, "scheduler": "race"}, "exclude each other"),
        ({"resource": "b", "max_resources": 3}, "resource=b which is not supported"),
    ],
)
def test_what_is_wrong_is_named(options, words):
    with pytest.raises((ValueError, LookupError), match=words):
        search(**options).fit(X, y)


def test_no_space_at_all():
    with pytest.raises(ValueError, match="none of them"):
        HoneSearchCV(Peak()).fit(X, y)
