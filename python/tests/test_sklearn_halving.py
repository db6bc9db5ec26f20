"""`hone.sklearn`: arithmetic of batches and of successive halving."""

import pytest

pytest.importorskip("sklearn")

from hone.sklearn import _halving  # noqa: E402
from hone.sklearn._batch import batch_width  # noqa: E402
from hone.sklearn._rows import Row  # noqa: E402


@pytest.mark.parametrize(
    "n_jobs, n_folds, width",
    [(1, 5, 1), (2, 5, 2), (2, 4, 1), (4, 5, 3), (16, 5, 3), (5, 5, 1), (8, 1, 8), (3, 0, 3)],
)
def test_the_fewest_candidates_that_keep_workers_busy(n_jobs, n_folds, width):
    assert batch_width(n_jobs, n_folds) == width


def plan(low=20, high=180, exhaust=False, aggressive=False, factor=3):
    return _halving.Resources("n_samples", factor, low, high, exhaust, aggressive)


def test_rounds():
    assert _halving.rounds(plan(), 60).amounts == [20, 60, 180]
    assert _halving.rounds(plan(aggressive=True), 60).amounts == [20, 20, 60, 180]
    assert _halving.rounds(plan(high=1000, exhaust=True), 60).amounts == [37, 111, 333, 999]
    assert _halving.rounds(plan(), 1).amounts == [20]


def test_rounds_of_exact_powers():
    # log(243, 3) is 4.999… in floating point.
    assert _halving.rounds(plan(low=1, high=243), 243).n_required == 6


def row(name, score):
    outcome = {"test_scores": score, "fit_error": None}
    return Row({"name": name}, None, 0, [outcome, outcome])


def test_survivors_are_the_best_and_never_a_nan():
    rows = [row("a", 0.5), row("b", float("nan")), row("c", 0.9), row("d", 0.1)]
    kept = [r.params["name"] for r in _halving.survivors(rows, 2)]
    assert kept == ["a", "c"]


def request(**given):
    names = ("resource", "factor", "min_resources", "max_resources", "n_candidates", "aggressive")
    return _halving.Request(**{name: given.get(name) for name in names})


def test_any_argument_asks_for_halving():
    assert not request().is_wanted
    assert request(factor=2).is_wanted and request(aggressive=False).is_wanted


def test_resources_by_default():
    from sklearn.svm import SVC

    found = _halving.resources(request(factor=2), SVC(), (300, 5, 3), True)
    assert (found.low, found.high, found.factor) == (30, 300, 2)
    wanted = request(resource="max_iter", max_resources=9)
    found = _halving.resources(wanted, SVC(), (9, 5, 1), True)
    assert (found.low, found.high) == (1, 9)
