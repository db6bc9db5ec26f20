"""hone.ray.HoneSearch by its methods, in the order in which Tune calls them."""

import copy
import pickle

import pytest

pytest.importorskip("ray.tune")

from ray import tune  # noqa: E402
from ray.tune.search import ConcurrencyLimiter, Searcher  # noqa: E402

import hone  # noqa: E402
from hone.ray import HoneSearch  # noqa: E402

SPACE = {"x": tune.uniform(0, 1), "n": tune.randint(1, 5)}


def searching(space=None, **options):
    options = {"sampler": "random", "seed": 1, **options}
    search = HoneSearch(**options)
    assert search.set_search_properties("loss", "min", SPACE if space is None else space)
    return search


def at(step, **metrics):
    return {"training_iteration": step, **metrics}


def states(search):
    return [str(trial.state).lower() for trial in search.study.trials]


def is_multiple(value, step):
    return abs(value / step - round(value / step)) < 1e-9


DOMAINS = {
    "uniform": (tune.uniform(-1, 2), lambda v: isinstance(v, float) and -1 <= v <= 2),
    "loguniform": (tune.loguniform(1e-4, 1e-1), lambda v: 1e-4 <= v <= 1e-1),
    "quniform": (tune.quniform(0, 1, 0.25), lambda v: v in (0, 0.25, 0.5, 0.75, 1)),
    "qloguniform": (tune.qloguniform(0.5, 64, 0.5), lambda v: 0.5 <= v <= 64 and is_multiple(v, 0.5)),
    "randint": (tune.randint(1, 4), lambda v: type(v) is int and v in (1, 2, 3)),
    "lograndint": (tune.lograndint(1, 4), lambda v: type(v) is int and v in (1, 2, 3)),
    "qrandint": (tune.qrandint(3, 10, 3), lambda v: type(v) is int and v in (3, 6, 9)),
    "qlograndint": (tune.qlograndint(4, 16, 4), lambda v: type(v) is int and v in (4, 8, 12, 16)),
    "randn": (tune.randn(10, 0.1), lambda v: 9 < v < 11),
    "qrandn": (tune.qrandn(10, 2, 0.5), lambda v: is_multiple(v, 0.5)),
    "choice": (tune.choice(["a", 1, None, len]), lambda v: v in ("a", 1, None, len)),
}


@pytest.mark.parametrize("kind", DOMAINS)
def test_domains(kind):
    domain, is_right = DOMAINS[kind]
    search = searching({"v": domain})
    values = []
    for i in range(12):
        config = search.suggest(str(i))
        if config == Searcher.FINISHED:
            break
        values.append(config["v"])
        search.on_trial_complete(str(i), at(1, loss=1.0))
    assert all(map(is_right, values)) and len(set(values)) >= 3
    # What a trainable was given is a point of the same space again.
    again = searching({"v": domain}, points_to_evaluate=[{"v": value} for value in values[:3]])
    assert [again.suggest(str(i))["v"] for i in range(3)] == values[:3]
    again.add_evaluated_point({"v": domain.sample()}, 1.0)


def test_both_ends_of_integers_are_rays():
    search = searching({"n": tune.randint(0, 3)}, sampler="grid")
    found = [search.suggest(str(i)) for i in range(4)]
    assert sorted(config["n"] for config in found[:3]) == [0, 1, 2]
    assert found[3] == Searcher.FINISHED


def test_nested_configurations():
    space = {
        "model": {"lr": tune.loguniform(1e-3, 1), "depth": 3, "units": [tune.randint(1, 9), 7]},
        "seed": tune.randint(0, 100),
        "only": tune.choice(["adam"]),
        "data": {"path": "x"},
    }
    search = searching(space)
    config = search.suggest("a")
    # Constants are left to Tune, but in a list, which it replaces as a whole.
    assert set(config) == {"model", "seed", "only"} and set(config["model"]) == {"lr", "units"}
    assert config["model"]["units"][1] == 7 and config["only"] == "adam"
    assert search.study.space.names == ["model.lr", "model.units.0", "p_seed"]
    whole = HoneSearch(space, "loss", "min", sampler="random", seed=1).suggest("a")
    assert whole["model"]["lr"] == config["model"]["lr"]
    assert whole["model"]["depth"] == 3 and whole["data"] == {"path": "x"}


def test_spaces_of_hone():
    space = hone.space("opt=sgd,adam\nmomentum=0..0.99 if opt==sgd", lr=hone.Float(1e-5, 1, log=True))
    search = HoneSearch(space, "loss", "min", sampler="random", seed=1)
    configs = [search.suggest(str(i)) for i in range(20)]
    assert {"momentum" in config for config in configs} == {True, False}
    assert all(("momentum" in config) == (config["opt"] == "sgd") for config in configs)
    search.add_evaluated_point({"opt": "adam", "lr": 0.1}, 0.5)
    mixed = {"a": hone.Int(1, 3), "b": {"c": tune.uniform(0, 1)}, "k": 5}
    config = HoneSearch(mixed, "loss", "min").suggest("a")
    assert config["a"] in (1, 2, 3) and 0 <= config["b"]["c"] <= 1 and config["k"] == 5
    with pytest.raises(ValueError, match="param_space has a as Int"):
        HoneSearch().set_search_properties("loss", "min", mixed)


@pytest.mark.parametrize(
    ("space", "text"),
    [
        ({"a": {"b": tune.grid_search([1, 2])}}, 'a/b is tune.grid_search.*sampler="grid"'),
        ({"a": tune.sample_from(lambda config: 1)}, "a is tune.sample_from.*in the trainable"),
        ({"a": tune.choice([tune.uniform(0, 1), 2])}, "a is a tune.choice that holds further"),
        ({"a": tune.choice([])}, "nothing to choose"),
        ({"a": tune.choice(["x", "x"])}, "a: two choices are both written"),
        ({"a": tune.uniform(2, 1)}, "a goes from 2 down to 1"),
        ({"a": tune.randint(3, 3)}, "no value in between"),
    ],
)
def test_what_cannot_be_searched(space, text):
    with pytest.raises(ValueError, match=text):
        HoneSearch().set_search_properties("loss", "min", space)


def test_what_is_missing_is_named():
    with pytest.raises(RuntimeError, match="has no space"):
        HoneSearch(metric="loss", mode="min").suggest("a")
    with pytest.raises(RuntimeError, match="has no mode"):
        HoneSearch(SPACE).suggest("a")
    with pytest.raises(ValueError, match='mode is .most.: write "min" or "max"'):
        HoneSearch(metric="loss", mode="most")
    with pytest.raises(ValueError, match="write as many of both"):
        HoneSearch(metric=["a", "b"], mode=["min"])
    with pytest.raises(ValueError, match="one metric must have an aim"):
        HoneSearch(metric=["a"], mode=["obs"])
    with pytest.raises(ValueError, match="nothing to search"):
        HoneSearch({"a": 1})
    with pytest.raises(LookupError, match="tpe"):
        HoneSearch(sampler="tpee")
    with pytest.raises(ValueError, match="points_to_evaluate\\[0\\] has 'y'.*space has x, n"):
        searching(points_to_evaluate=[{"y": 1}])
    with pytest.raises(TypeError, match="a list of dicts"):
        searching(points_to_evaluate={"y": 1})
    with pytest.raises(ValueError, match="1 evaluated_rewards for 0"):
        searching(evaluated_rewards=[1])


def test_a_space_of_its_own_goes_with_constants_only():
    search = HoneSearch(SPACE, "loss", "min")
    assert search.set_search_properties(None, None, {"data": 1})
    assert not search.set_search_properties(None, None, {"x": tune.uniform(0, 1)})
    # The same search serves the next run of the same space, and learns on.
    search = searching()
    search.suggest("a")
    assert search.set_search_properties("loss", "min", SPACE)
    assert not search.set_search_properties("loss", "min", {"x": tune.uniform(0, 2)})
    with pytest.raises(ValueError, match="the min of 'loss', and the run wants the max of 'score'"):
        search.set_search_properties("score", "max", SPACE)


def test_how_trials_end():
    search = searching(max_t=9)
    for trial_id in "abcdefgh":
        search.suggest(trial_id)
    assert search.suggest("a") == search.suggest("a")
    search.on_trial_result("a", at(1, loss=3.0))
    search.on_trial_result("a", at(2, loss=2.0))
    search.on_trial_result("a", at(2, loss=2.5))  # starts over: known
    search.on_trial_result("a", at(3, other=2.5))  # a result without the metric
    search.on_trial_complete("a", at(2, loss=2.0, done=True))  # the last one again: by itself
    search.on_trial_result("b", at(1, loss=3.0))
    search.on_trial_complete("b", at(2, loss=2.9, done=True))  # a new one: it was stopped
    search.on_trial_complete("c", at(9, loss=1.0, done=True))  # at its last step
    search.on_trial_complete("d", error=True)
    search.on_trial_complete("e")
    search.on_trial_complete("f", at(1, other=1))
    search.on_trial_complete("g", at(1, loss=float("nan")))
    search.on_trial_complete("g", at(1, loss=1.0))  # again, and of nobody: passed by
    search.on_trial_complete("nobody", at(1, loss=1.0))
    search.on_trial_result("nobody", at(1, loss=1.0))
    trials = search.study.trials
    ends = ["complete", "pruned", "complete", "failed", "lost", "invalid", "pruned", "running"]
    assert states(search) == ends
    assert trials[0].intermediate_values == {1: 3.0, 2: 2.0} and trials[0].value == 2.0
    assert trials[1].intermediate_values == {1: 3.0, 2: 2.9}
    assert "no loss" in trials[5].message and "raised" in trials[3].message


def test_a_stop_rule_of_the_run_says_what_is_whole():
    search = HoneSearch(sampler="random", seed=1)
    search.set_search_properties("loss", "min", SPACE, stop={"training_iteration": 4}, num_samples=9)
    for trial_id, last in (("a", 4), ("b", 2)):
        search.suggest(trial_id)
        search.on_trial_complete(trial_id, at(last, loss=1.0, done=True))
    assert search.study.count("complete") == search.study.count("pruned") == 1


def test_any_rule_of_the_run_makes_a_trial_whole():
    search = HoneSearch(sampler="random", seed=1)
    rules = {"acc": 0.98, "training_iteration": 100}
    search.set_search_properties("acc", "max", SPACE, stop=rules, num_samples=9)
    for trial_id, step, acc in (("a", 20, 0.985), ("b", 20, 0.9), ("c", 100, 0.9)):
        search.suggest(trial_id)
        search.on_trial_complete(trial_id, at(step, acc=acc, done=True))
    assert states(search) == ["complete", "pruned", "complete"]
    assert search.study.best_value == 0.985
    # A max_t of the search's own goes before the run's steps, not before what the run has ended.
    search = HoneSearch(sampler="random", seed=1, max_t=50)
    search.set_search_properties("acc", "max", SPACE, stop={"acc": 0.98}, num_samples=9)
    for trial_id, step, acc in (("a", 20, 0.985), ("b", 20, 0.9), ("c", 50, 0.9)):
        search.suggest(trial_id)
        search.on_trial_complete(trial_id, at(step, acc=acc, done=True))
    assert states(search) == ["complete", "pruned", "complete"]


def test_each_run_has_rules_of_its_own():
    search = HoneSearch(sampler="random", seed=1)
    runs = ({"training_iteration": 10}, {"training_iteration": 5}, None)
    for i, (rules, last) in enumerate(zip(runs, (10, 5, 3), strict=True)):
        assert search.set_search_properties("loss", "min", SPACE, stop=rules, num_samples=9)
        search.suggest(str(i))
        search.on_trial_complete(str(i), at(last, loss=1.0, done=True))
    assert states(search) == ["complete"] * 3


def test_a_paused_trial_that_is_ended_was_pruned():
    search = searching(max_t=9)
    for trial_id, steps in (("a", 3), ("b", 9), ("c", 0)):
        search.suggest(trial_id)
        for step in range(1, steps + 1):
            search.on_trial_result(trial_id, at(step, loss=10.0 - step))
        search.on_trial_complete(trial_id)
    assert states(search) == ["pruned", "complete", "lost"]
    assert search.study.trials[1].value == 1.0
    unlimited = searching()
    unlimited.suggest("a")
    unlimited.on_trial_result("a", at(1, loss=1.0))
    unlimited.on_trial_complete("a")
    assert states(unlimited) == ["pruned"]


def test_goals_of_its_own_go_before_those_of_the_run():
    search = HoneSearch(metric=["loss", "size"], mode=["min", "min"], sampler="random", seed=1)
    for trial_id in "ab":  # two runs
        assert search.set_search_properties("loss", "min", SPACE)
        search.suggest(trial_id)
        search.on_trial_complete(trial_id, at(1, loss=1.0, size=2.0))
    assert search.study.metric_names == ("loss", "size") and search.metric == ["loss", "size"]
    assert search.study.trials[0].values == (1.0, 2.0)
    half = HoneSearch(metric="acc", sampler="random", seed=1)
    assert half.set_search_properties("acc", "max", SPACE)
    assert (half.metric, half.mode) == ("acc", "max")
    for metric, mode, text in (
        ("loss", "max", "HoneSearch has metric='acc' and tune.TuneConfig metric='loss'"),
        ("acc", "min", "HoneSearch has mode='max' and tune.TuneConfig mode='min'"),
    ):
        with pytest.raises(ValueError, match=text):
            HoneSearch(metric="acc", mode="max").set_search_properties(metric, mode, SPACE)


def test_points_come_first():
    points = [{"x": 0.5, "n": 2}, {"x": 0.25}]
    search = searching(points_to_evaluate=points)
    first, second = search.suggest("a"), search.suggest("b")
    assert first == points[0] and second["x"] == 0.25 and second["n"] in range(1, 5)
    evaluated = searching(points_to_evaluate=points[:1], evaluated_rewards=[0.75])
    evaluated.suggest("a")
    assert evaluated.study.best_value == 0.75 and evaluated.study.n_trials == 2


def test_evaluated_points():
    search = searching()
    search.add_evaluated_point({"x": 0.5, "n": 2, "constant": 1}, 3.0, intermediate_values=[5, 4])
    search.add_evaluated_point({"x": 0.6, "n": 2}, 9.0, pruned=True)
    search.add_evaluated_point({"x": 0.7, "n": 2}, None, error=True)
    assert states(search) == ["complete", "pruned", "failed"]
    assert search.study.trials[0].intermediate_values == {1: 5.0, 2: 4.0}
    with pytest.raises(ValueError, match="has no n"):
        search.add_evaluated_point({"x": 0.5}, 1.0)
    with pytest.raises(ValueError, match="x"):
        search.add_evaluated_point({"x": 7.0, "n": 2}, 1.0)


@pytest.mark.parametrize(("mode", "best"), [("min", 0), ("max", 4)])
def test_it_learns_in_the_direction_of_the_mode(mode, best):
    search = HoneSearch({"x": tune.uniform(0, 4)}, "loss", mode, sampler="tpe", seed=3)
    found = []
    for i in range(60):
        found.append(search.suggest(str(i))["x"])
        search.on_trial_complete(str(i), at(1, loss=found[-1]))
    assert abs(sum(found[-20:]) / 20 - best) < 1


def test_several_metrics():
    search = HoneSearch(SPACE, ["a b", "eval/cost", "seen"], ["min", "max", "obs"], sampler="nsga2")
    for i in range(8):
        search.suggest(str(i))
        search.on_trial_result(str(i), {"training_iteration": 1, "a b": i, "eval/cost": i})
        search.on_trial_complete(
            str(i), {"training_iteration": 1, "a b": i, "eval/cost": i % 4, "seen": 7}
        )
    assert [trial.number for trial in search.study.best_trials] == [0, 1, 2, 3]
    assert search.study.metric_names == ("a_b", "eval/cost", "seen")
    assert search.study.trials[0].metrics["seen"] == 7
    search.add_evaluated_point({"x": 0.5, "n": 2}, [-1.0, 9.0])
    assert search.study.best_trials[-1].number == 8


@pytest.mark.parametrize("sampler", ["random", "tpe", "gp", "cmaes"])
@pytest.mark.parametrize("storage", [None, "hone.db"])
def test_save_and_restore(sampler, storage, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    space = {"x": tune.uniform(0, 1), "c": tune.choice([len, abs]), "s": tune.randint(1, 4)}

    def began():
        search = searching(space, sampler=sampler, seed=5, storage=storage)
        for i in range(15):
            config = search.suggest(str(i))
            search.on_trial_result(str(i), at(1, loss=config["x"]))
            if i % 5 == 1:
                search.on_trial_complete(str(i), error=True)
            elif i % 5 != 2:
                search.on_trial_complete(str(i), at(1, loss=config["x"]))
        return search

    search = began()
    search.save("state.pkl")
    if storage is not None:
        search.study.close()
    other = HoneSearch()
    other.restore("state.pkl")
    assert other.set_search_properties("loss", "min", space)
    assert other.study.n_trials == 15 and other.study.count("running") == 3
    other.on_trial_result("2", at(1, loss=9.0))  # starts over
    other.on_trial_complete("2", at(2, loss=0.125))
    if storage is None and sampler != "cmaes":  # which takes what was entered for others' points
        search.on_trial_complete("2", at(2, loss=0.125))
        assert other.suggest("z") == search.suggest("z")
    assert other.study.trials[2].value == 0.125
    assert other.study.trials[2].intermediate_values.keys() == {1, 2}


def test_it_is_restored_in_another_directory(tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(tmp_path)
    search = searching(storage="hone.db")
    search.suggest("a")
    search.on_trial_complete("a", at(1, loss=1.0))
    search.save("state.pkl")
    search.study.close()
    monkeypatch.chdir(elsewhere)
    other = HoneSearch()
    other.restore(str(tmp_path / "state.pkl"))
    assert other.study.n_trials == 1 and not list(elsewhere.iterdir())
    # What it has learned is of its metric.
    third = HoneSearch()
    third.restore(str(tmp_path / "state.pkl"))
    with pytest.raises(ValueError, match="the min of 'loss', and the run wants the max of 'acc'"):
        third.set_search_properties("acc", "max", SPACE)


def test_reports_of_all_metrics_are_restored():
    goals = {"metric": ["loss", "cost", "seen"], "mode": ["min", "max", "obs"]}
    search = HoneSearch(SPACE, **goals, sampler="nsga2", seed=1)
    search.suggest("a")
    search.on_trial_result("a", at(1, loss=3.0, cost=7.0))
    search.on_trial_result("a", at(2, loss=float("nan"), cost=6.0, seen=5.0))
    again = pickle.loads(pickle.dumps(search))
    reports = ((1.0, (3.0, 7.0, None)), (2.0, (None, 6.0, 5.0)))
    assert search.study._record_rest(0)[3] == again.study._record_rest(0)[3] == reports
    again.on_trial_complete("a", at(3, loss=2.0, cost=5.0))
    assert again.study.trials[0].values == (2.0, 5.0)


def test_copies_are_apart():
    search = searching()
    before = pickle.loads(pickle.dumps(search))
    search.suggest("a")
    after = copy.deepcopy(search)
    assert before.suggest("a") == after.suggest("a") == search.suggest("a")
    after.on_trial_complete("a", at(1, loss=1.0))
    assert search.study.count("running") == 1 and after.study.count("complete") == 1


def test_a_run_that_was_killed_is_gone_on_with(tmp_path):
    first = searching(storage=tmp_path / "hone.db", name="run")
    first.suggest("a")
    first.on_trial_complete("a", at(1, loss=1.0))
    first.study.close()
    second = searching(storage=tmp_path / "hone.db", name="run")
    second.suggest("b")
    assert second.study.n_trials == 2
    with pytest.raises(RuntimeError, match="accept_changes"):
        searching({"other": tune.uniform(0, 1)}, storage=tmp_path / "hone.db", name="run").study


def test_concurrency_limiter():
    limited = ConcurrencyLimiter(HoneSearch(sampler="random", seed=1), max_concurrent=2)
    assert limited.set_search_properties("loss", "min", SPACE)
    assert limited.suggest("a") and limited.suggest("b") and limited.suggest("c") is None
    limited.on_trial_complete("a", at(1, loss=1.0))
    assert limited.suggest("c")
