"""hone.ray.HoneSearch under Tune itself, in processes of this machine. Minutes where it is busy."""

import os

import pytest

pytest.importorskip("ray.tune")

import ray  # noqa: E402
from ray import tune  # noqa: E402
from ray.tune.schedulers import ASHAScheduler  # noqa: E402

import hone  # noqa: E402
from hone.ray import HoneSearch  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def a_ray():
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, configure_logging=False)
    yield
    ray.shutdown()


def trainable(config):
    """A curve that falls to x; it fails where the file `fail` says so."""
    for step in range(1, 5):
        if config.get("fail") and config["x"] > 0.8 and os.path.exists(config["fail"]):
            raise RuntimeError("as told")
        tune.report({"loss": config["x"] + 1 / step})


def tuner(path, search, *, space=None, **options):
    space = {"x": tune.uniform(0, 1)} if space is None else space
    return tune.Tuner(
        trainable,
        param_space=space,
        tune_config=tune.TuneConfig(
            metric="loss", mode="min", search_alg=search, reuse_actors=True, **options
        ),
        run_config=tune.RunConfig(name="run", storage_path=str(path), verbose=0),
    )


def test_a_run_with_a_scheduler(tmp_path):
    points = [{"x": 0.125}, {"x": 0.75}, {"x": 0.5}]
    search = HoneSearch(
        points_to_evaluate=points, max_t=4, sampler="tpe", seed=1, storage=tmp_path / "hone.db"
    )
    asha = ASHAScheduler(max_t=4, grace_period=1, reduction_factor=2)
    results = tuner(
        tmp_path, search, num_samples=4, scheduler=asha, max_concurrent_trials=1
    ).fit()
    assert len(results) == 4 and not results.errors
    assert results.get_best_result().config["x"] <= 0.125
    trials = hone.open(tmp_path / "hone.db").trials
    assert [trial.params["x"] for trial in trials[:3]] == [0.125, 0.75, 0.5]
    assert [str(trial.state).lower() for trial in trials[:3]] == ["complete", "pruned", "pruned"]
    assert trials[0].value == 0.375 and trials[0].intermediate_values == {
        1: 1.125, 2: 0.625, 3: 0.125 + 1 / 3, 4: 0.375,
    }  # fmt: skip
    assert trials[1].intermediate_values == {1: 1.75}
    assert [result.config["x"] for result in results] == [trial.params["x"] for trial in trials]


def test_a_grid_ends_by_itself(tmp_path):
    space = {"x": tune.choice([0.25, 0.5]), "k": 7}
    results = tuner(tmp_path, HoneSearch(sampler="grid"), space=space, num_samples=9).fit()
    assert sorted(result.config["x"] for result in results) == [0.25, 0.5]
    assert all(result.config["k"] == 7 for result in results)


def test_a_run_is_restored(tmp_path):
    fail = tmp_path / "fail"
    fail.touch()
    points = [{"x": 0.25}, {"x": 0.9}, {"x": 0.5}]
    search = HoneSearch(points_to_evaluate=points, sampler="random", seed=1)
    space = {"x": tune.uniform(0, 1), "fail": str(fail)}
    first = tuner(tmp_path, search, space=space, num_samples=3, max_concurrent_trials=1).fit()
    assert len(first.errors) == 1
    fail.unlink()
    again = tune.Tuner.restore(
        str(tmp_path / "run"), trainable, restart_errored=True, param_space=space
    )
    second = again.fit()
    assert len(second) == 3 and not second.errors
    assert sorted(result.metrics["loss"] for result in second) == [0.5, 0.75, 1.15]
    # What Tune has kept of the search serves another one.
    other = HoneSearch()
    other.restore_from_dir(str(tmp_path / "run"))
    assert other.study.n_trials == 3 and other.study.best_params == {"x": 0.25}
