"""The loop: how trials end, who stops it, threads."""

import threading
import time

import pytest

import hone


@pytest.fixture
def study():
    return hone.study("x=-10..10", seed=5)


def square(trial):
    return (trial["x"] - 2) ** 2


def test_n_trials_and_best(study):
    study.optimize(square, n_trials=30)
    assert study.n_trials == 30 and study.best_value < 0.1
    study.optimize(square, n_trials=5)
    assert study.n_trials == 35


def test_timeout(study):
    study.optimize(square, timeout=0.05)
    assert study.n_trials > 0
    study.optimize(square, timeout=0)
    n = study.n_trials
    study.optimize(square, n_trials=0)
    assert study.n_trials == n


def test_pruned_trials(study):
    def objective(trial):
        trial.report(1.0, 1)
        raise hone.TrialPruned("bad")

    study.optimize(objective, 2)
    assert {trial.state for trial in study.trials} == {hone.TrialState.PRUNED}
    assert study.trials[0].message == "bad"


def test_a_scheduler_prunes():
    study = hone.study("x=0..1", scheduler=hone.schedulers.median(n_startup=3), seed=2)

    def objective(trial):
        for step in range(1, 10):
            trial.report(trial["x"], step)
            if trial.should_prune():
                raise hone.TrialPruned
        return trial["x"]

    study.optimize(objective, 40)
    assert 0 < study.count("pruned") < 40 and study.count("complete") >= 3


def test_failures(study):
    def objective(trial):
        raise ZeroDivisionError("by zero")

    study.optimize(objective, 3, catch=ZeroDivisionError)
    assert [str(trial.state) for trial in study.trials] == ["FAILED"] * 3
    assert study.trials[0].message == "ZeroDivisionError: by zero"
    with pytest.raises(ZeroDivisionError):
        study.optimize(objective, 3)
    assert study.n_trials == 4 and study.count("running") == 0


@pytest.mark.parametrize("returned", [None, "0.1", [1, 2], {"loss": 1}, object()])
def test_a_wrong_result_is_one_clear_error(study, returned):
    with pytest.raises((TypeError, ValueError), match="objective|metric"):
        study.optimize(lambda trial: returned, 1)
    assert study.trials[0].state == hone.TrialState.FAILED


def test_numbers_of_numpy(study):
    numpy = pytest.importorskip("numpy")
    study.optimize(lambda trial: numpy.float32(1.5), 1)
    study.optimize(lambda trial: numpy.array(2.5), 1)
    study.optimize(lambda trial: numpy.array([3.5]), 1)
    assert [trial.value for trial in study.trials] == [1.5, 2.5, 3.5]


def test_callbacks_and_stop(study):
    seen = []

    def callback(of, trial):
        seen.append(trial.number)
        if len(seen) == 3:
            of.stop()

    study.optimize(square, 10, callbacks=[callback])
    assert seen == [0, 1, 2]


def test_ctrl_c_lets_the_trial_wait(study):
    def objective(trial):
        if trial.attempts == 1 and trial.number == 2:
            raise KeyboardInterrupt
        return square(trial)

    with pytest.raises(KeyboardInterrupt):
        study.optimize(objective, 5)
    waiting = study.trials[2]
    assert waiting.state == hone.TrialState.WAITING and study.count("running") == 0
    study.optimize(objective, 1)
    assert study.trials[2].state == hone.TrialState.COMPLETE
    assert study.trials[2].params == waiting.params


def test_a_finite_space_ends_by_itself():
    study = hone.study("a=int:1..3\nb=bool", sampler="grid")
    study.optimize(lambda trial: trial["a"], 100)
    assert study.n_trials == 6 and study.exhausted()


def test_threads_run_at_the_same_time(study):
    barrier = threading.Barrier(3, timeout=30)
    study.optimize(lambda trial: barrier.wait() * 1.0, 9, n_jobs=3, backend="threads")
    assert study.count("complete") == 9


def test_an_exception_in_a_thread_ends_all(study):
    def objective(trial):
        if trial.number == 4:
            raise ValueError("four")
        return square(trial)

    with pytest.raises(ValueError, match="four"):
        study.optimize(objective, 1000, n_jobs=2, backend="threads")
    assert study.n_trials < 1000 and study.count("running") == 0


def test_lag_makes_parallel_runs_equal():
    def run():
        study = hone.study("x=0..1", seed=3, lag=3, sampler="tpe")
        study.optimize(
            lambda trial: time.sleep(trial["x"] / 500) or trial["x"],
            30,
            n_jobs=3,
            backend="threads",
        )
        return [trial.params for trial in study.trials]

    assert run() == run()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"n_jobs": 0}, "n_jobs is 0"),
        ({"n_trials": -1}, "n_trials is -1"),
        ({"timeout": -1}, "timeout is -1"),
        ({"backend": "fibres"}, "backend is 'fibres'"),
    ],
)
def test_wrong_arguments(study, options, text):
    with pytest.raises(ValueError, match=text):
        study.optimize(square, **{"n_trials": 1, **options})


def test_progress(study, capsys):
    study.optimize(square, 3, progress=True)
    assert "3/3" in capsys.readouterr().err
