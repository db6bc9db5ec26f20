"""`hone.sklearn`: distributions and lists as parameters of a study, and back."""

import math

import pytest

pytest.importorskip("sklearn")
np = pytest.importorskip("numpy")
stats = pytest.importorskip("scipy.stats")

import hone  # noqa: E402
from hone.sklearn._choices import labels, listed  # noqa: E402
from hone.sklearn._distributions import distributed  # noqa: E402
from hone.sklearn._space import SearchSpace  # noqa: E402


def spec(distribution):
    return distributed(distribution, 0).param.spec


def draws(given, n=400, seed=1):
    """What a study with independent draws gives the estimator."""
    space = SearchSpace(given, seed)
    study = hone.study(space.space, seed=seed, sampler="random", noisy=True)
    return [space.params_of(study.ask().params) for _ in range(n)]


def test_distributions_that_the_space_language_has():
    assert spec(stats.uniform(1, 3)) == "1.0..4.0"
    assert spec(stats.loguniform(1e-3, 10)) == "log:0.001..10.0"
    assert spec(stats.reciprocal(1, 100, scale=2)) == "log:2.0..200.0"
    assert spec(stats.randint(2, 9)) == "int:2..8"
    assert spec(stats.randint(2, 9, loc=10)) == "int:12..18"
    assert spec(stats.norm(1, 2)) == "normal:1.0,2.0"
    assert spec(stats.norm) == "normal:0.0,1.0"
    mean, deviation = spec(stats.lognorm(0.5, scale=3)).removeprefix("lognormal:").split(",")
    assert float(mean) == pytest.approx(math.log(3)) and float(deviation) == pytest.approx(0.5)


@pytest.mark.parametrize(
    "distribution",
    [
        stats.truncnorm(-1, 2, loc=5),
        stats.expon(scale=10),
        stats.beta(2, 5),
        stats.loguniform(1, 10, loc=3),
        stats.lognorm(0.5, loc=1),
    ],
    ids=lambda distribution: distribution.dist.name,
)
def test_any_other_keeps_its_shape_by_its_quantiles(distribution):
    found = [params["a"] for params in draws({"a": distribution}, 1000)]
    assert stats.kstest(found, distribution.cdf).pvalue > 0.001


def test_discrete_distributions_give_integers():
    found = [params["a"] for params in draws({"a": stats.binom(10, 0.3)}, 1000)]
    assert all(type(value) is int and 0 <= value <= 10 for value in found)
    assert np.mean(found) == pytest.approx(3, abs=0.2)


class Fives:
    def rvs(self, random_state=None):
        return 2.5 * random_state.randint(5)


class Words:
    def rvs(self, random_state=None):
        return ["a", ("b", 1)][random_state.randint(2)]


def test_objects_that_can_only_be_drawn_from():
    found = [params["a"] for params in draws({"a": Fives()}, 1000)]
    assert set(found) == {0, 2.5, 5, 7.5, 10}
    assert np.mean(found) == pytest.approx(5, abs=0.5)
    assert {params["a"] for params in draws({"a": Words()}, 50)} == {"a", ("b", 1)}


def test_new_scipy_distributions():
    if not hasattr(stats, "Normal"):
        pytest.skip("scipy before 1.15")
    found = [params["a"] for params in draws({"a": stats.Normal(mu=3.0, sigma=1.0)}, 500)]
    assert np.mean(found) == pytest.approx(3, abs=0.2)


def test_a_distribution_of_one_value():
    assert draws({"a": stats.randint(3, 4), "b": [0, 1]}, 2)[0]["a"] == 3


def test_labels_are_unique_and_stable():
    class Thing:
        pass

    made = labels([1, 1.0, True, "1", None, len, Thing(), Thing(), np.int64(7), math.inf])
    assert made[:6] == [1, "1.0 #2", True, "1", None, "len"]
    assert "0x" not in made[6] and made[7] == made[6] + " #2"
    assert made[8] == 7 and type(made[8]) is int and made[9] == "inf"


def test_numbers_that_rise_are_ordered():
    assert isinstance(listed(np.logspace(-2, 2, 5)).param, hone.Ordinal)
    assert isinstance(listed([3, 2, 1]).param, hone.Ordinal)
    assert isinstance(listed([1, 3, 2]).param, hone.Categorical)
    assert isinstance(listed([0, 1]).param, hone.Categorical)
    assert listed(range(5000)).param.spec == "int:0..4999"


def test_the_very_objects_come_back():
    objects = [len, [1, 2], {"a": 1}, (1, 2), object(), None, "None"]
    found = [params["a"] for params in draws({"a": objects}, 60)]
    assert all(any(value is item for item in objects) for value in found)
    assert len({id(value) for value in found}) == len(objects)


def test_hones_own_ways_to_say_it():
    given = {"C": "log:1e-3..1e3", "n": hone.Int(1, 4), "g": hone.Float(0, 1, when="n==1")}
    for params in draws(given, 30):
        assert 1e-3 <= params["C"] <= 1e3 and ("g" in params) == (params["n"] == 1)
    assert SearchSpace("C=log:1e-3..1e3").params_of({"C": 1.0}) == {"C": 1.0}
    assert SearchSpace(hone.space(C="0..1")).has("C")


def test_branches():
    given = [
        {"kernel": ["rbf"], "C": stats.expon(), "gamma": [1, 2, 3]},
        {"kernel": ["poly"], "C": stats.expon(), "degree": [2, 3]},
        {},
    ]
    keys = {"rbf": {"kernel", "C", "gamma"}, "poly": {"kernel", "C", "degree"}, None: set()}
    found = draws(given, 60)
    assert {params.get("kernel") for params in found} == set(keys)
    assert all(set(params) == keys[params.get("kernel")] for params in found)
    space = SearchSpace(given)
    assert space.space.names.count("C") == 1  # alike in two branches: one parameter
    assert {"kernel", "kernel.2"} <= set(space.space.names)


def test_names_that_a_space_refuses():
    params = draws({"seed": [1, 2], "trial": [3, 4], "space": [5, 6]}, 1)[0]
    assert set(params) == {"seed", "trial", "space"}
    assert set(draws([{"space": [1, 2]}, {"b": [3]}], 40)[0]) < {"space", "b"}


def test_grid_in_the_order_of_scikit_learn():
    from sklearn.model_selection import ParameterGrid

    given = [{"b": [1, 2], "a": ["x", 1.0, True, 1, 1]}, {}, {"c": (None, [1])}]
    space = SearchSpace(given)
    assert [space.params_of(config) for config in space.grid()] == list(ParameterGrid(given))
    assert space.size == len(ParameterGrid(given))
    assert SearchSpace({"a": [1], "b": stats.norm()}).size is None


@pytest.mark.parametrize(
    "given, error, words",
    [
        ({"a": 1}, TypeError, "'a' needs to be a list or a numpy array, but got 1"),
        ({"a": []}, ValueError, "'a' need to be a non-empty sequence"),
        ({"a": np.ones((2, 2))}, ValueError, "'a' should be one-dimensional"),
        ([{"a": [1]}, 3], TypeError, "not a dict"),
        ({"a": "log:0..1"}, ValueError, "above zero"),
    ],
)
def test_what_is_wrong_is_named(given, error, words):
    with pytest.raises(error, match=words):
        SearchSpace(given)
