"""optimize with processes."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

import hone


@pytest.fixture
def study():
    return hone.study("x=-10..10", seed=5)


def test_trials_run_in_other_processes(study):
    def objective(trial):
        trial.set_user_attr("pid", os.getpid())
        time.sleep(0.02)
        return (trial["x"] - 2) ** 2

    study.optimize(objective, 30, n_jobs=2)
    pids = {trial.user_attrs["pid"] for trial in study.trials}
    assert study.count("complete") == 30 and len(pids) == 2 and os.getpid() not in pids
    for trial in study.trials:
        assert trial.value == (trial["x"] - 2) ** 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_define_by_run_with_any_objects():
    def plus(x):  # which no pickle can carry
        return x

    def minus(x):
        return -x

    study = hone.study(seed=1)

    def objective(trial):
        f = trial.suggest_categorical("f", [abs, float, None])
        n = trial.suggest_int("n", 1, 4, log=True)
        x = trial.suggest_float("x", -1, 1, step=0.5)
        trial.suggest("order", "perm:a,b,c")
        assert trial.params.keys() == {"f", "n", "x", "order"} and trial["n"] == n
        trial.set_constraint(x - 0.5)
        return n if f is None else f(x)

    study.optimize(objective, 20, n_jobs=2)
    assert study.count("complete") == 20
    for trial in study.trials:
        assert trial["f"] in (abs, float, None)
        assert trial.constraints == (trial["x"] - 0.5,)
    declared = hone.study(hone.space(f=hone.Categorical([plus, minus])), seed=1, noisy=True)
    declared.optimize(lambda trial: trial["f"](3.0), 6, n_jobs=2)
    assert [trial.value for trial in declared.trials] == [t["f"](3.0) for t in declared.trials]


def test_reports_prune_across_the_pipe():
    study = hone.study("x=0..1", scheduler=hone.schedulers.median(n_startup=3), seed=2)

    def objective(trial):
        for step in range(1, 10):
            trial.report(trial["x"], step)
            if trial.should_prune():
                raise hone.TrialPruned("worse")
        return trial["x"]

    study.optimize(objective, 40, n_jobs=3)
    assert study.count("pruned") > 0
    assert study.count("pruned") + study.count("complete") == 40


def test_a_process_that_dies_is_a_failed_trial(study):
    def objective(trial):
        if trial.number == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        if trial.number == 4:
            os._exit(3)
        return trial["x"]

    study.optimize(objective, 8, n_jobs=2)
    assert study.count("complete") == 6
    killed, left = study.trials[2], study.trials[4]
    assert killed.message == "the process of the trial was killed by signal 9 (SIGKILL)"
    assert left.message == "the process of the trial ended with exit code 3"
    assert killed.state == left.state == hone.TrialState.FAILED


class Odd(Exception):
    """One that pickle cannot bring back."""

    def __init__(self, a, b):
        super().__init__(a)
        self.b = b


@pytest.mark.parametrize("error", [ValueError("four"), Odd("four", 2)])
def test_an_exception_ends_all_and_shows_where(study, error):
    def objective(trial):
        if trial.number == 4:
            raise error
        return trial["x"]

    with pytest.raises((ValueError, RuntimeError), match="four") as caught:
        study.optimize(objective, 1000, n_jobs=2)
    assert "raise error" in str(caught.value.__cause__)
    assert study.count("running") == 0 and study.n_trials < 1000
    assert study.trials[4].message == f"{type(error).__name__}: four"


def test_exceptions_that_are_caught(study):
    def objective(trial):
        raise ZeroDivisionError("by zero")

    study.optimize(objective, 4, n_jobs=2, catch=ArithmeticError)
    assert study.count("failed") == 4


def test_an_error_of_the_study_reaches_the_objective(study):
    def objective(trial):
        with pytest.raises(ValueError, match="declared as"):
            trial.suggest_float("x", 0, 1)
        with pytest.raises(hone.Error, match="in the memory of another process"):
            _ = study.n_trials
        return 0.0

    study.optimize(objective, 2, n_jobs=2)
    assert study.count("complete") == 2


def test_callbacks_stop_and_timeout(study):
    numbers = []

    def callback(of, trial):
        numbers.append(trial.number)
        if len(numbers) == 5:
            of.stop()

    study.optimize(lambda trial: trial["x"], 100, n_jobs=2, callbacks=[callback])
    assert 5 <= len(numbers) <= 6
    study.optimize(lambda trial: time.sleep(0.01) or 0.0, timeout=0.1, n_jobs=2)
    assert study.count("running") == 0


def test_a_finite_space_ends_by_itself():
    study = hone.study("a=int:1..3\nb=bool", sampler="grid")
    study.optimize(lambda trial: trial["a"], 100, n_jobs=2)
    assert study.n_trials == 6


def test_lag_makes_parallel_runs_equal():
    def run():
        study = hone.study("x=0..1", seed=3, lag=2, sampler="tpe")
        study.optimize(lambda t: time.sleep(t["x"] / 500) or t["x"], 30, n_jobs=2)
        return [trial.params for trial in study.trials]

    assert run() == run()


SCRIPT = """
    import os, sys, time, hone
    study = hone.study("x=0..1", storage="hone.db", seed=1)
    def objective(trial):
        if trial.number >= 4 and trial.attempts == 1:
            print("now", flush=True)
            time.sleep(600)
        return trial["x"]
    study.optimize(objective, 20, n_jobs=N_JOBS)
"""


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_ctrl_c_leaves_a_study_that_goes_on(tmp_path, n_jobs):
    script = textwrap.dedent(SCRIPT).replace("N_JOBS", str(n_jobs))
    run = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for _ in range(n_jobs):
        assert run.stdout.readline() == "now\n"
    os.killpg(run.pid, signal.SIGINT)
    error = run.communicate(timeout=60)[1]
    assert run.returncode != 0 and error.rstrip().endswith("KeyboardInterrupt")
    with pytest.raises(ProcessLookupError):
        os.killpg(run.pid, 0)
    study = hone.open(tmp_path / "hone.db")
    assert study.count("waiting") == n_jobs and study.count("running") == 0
    study.optimize(lambda trial: trial["x"], n_jobs)
    assert study.count("complete") == 4 + n_jobs


def test_workers_end_with_their_parent(tmp_path):
    script = textwrap.dedent(SCRIPT).replace("N_JOBS", "2").replace("time.sleep(600)", "time.sleep(1)")
    run = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert run.stdout.readline() == "now\n"
    run.kill()
    run.wait(timeout=60)
    run.stdout.read()  # ends when the last process that writes to it has
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            os.killpg(run.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("a worker stays behind")
