"""optimize with processes, and objectives that are hard on them."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

import hone

PARENT = os.getpid()


@pytest.fixture
def study():
    return hone.study("x=0..1", seed=5)


def unpack(value):
    if os.getpid() == PARENT:
        raise RuntimeError("not here")
    return value


class Bound:
    """What only a worker can unpickle."""

    def __repr__(self):
        return "Bound"

    def __reduce__(self):
        return unpack, (1,)


def test_objects_that_the_parent_cannot_read():
    made = hone.study(seed=1)

    def objective(trial):
        return trial.suggest_categorical("c", [Bound(), 2]) is None

    made.optimize(objective, 4, n_jobs=2)
    assert made.count("complete") == 4


def test_objects_that_the_parent_cannot_send():
    def local():
        pass

    made = hone.study(hone.space(f=hone.Categorical([local, 1])), noisy=True, seed=1)
    spec = made.space.spec("f")

    def objective(trial):
        value = trial["f"]
        if value is local:
            with pytest.raises(Exception, match="local"):
                trial.suggest("f", spec)
        return 0.0

    made.optimize(objective, 6, n_jobs=2)
    assert made.count("complete") == 6 and any(t["f"] is local for t in made.trials)


def test_a_killed_worker_whose_own_children_live_on(study):
    read, write = os.pipe()

    def objective(trial):
        if os.fork() == 0:
            os.close(write)
            os.read(read, 1)  # until the test ends
            os._exit(0)
        os.kill(os.getpid(), signal.SIGKILL)

    thread = threading.Timer(20, os.close, [write])
    thread.start()
    begun = time.monotonic()
    study.optimize(objective, 2, n_jobs=2)
    assert time.monotonic() - begun < 15 and study.count("failed") == 2
    thread.cancel()
    os.close(write)
    os.close(read)


def test_threads_of_an_objective(study):
    def objective(trial):
        def report(first):
            for step in range(50):
                trial.report(0.5, first + step)

        threads = [threading.Thread(target=report, args=(1 + 50 * i,)) for i in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return 0.0

    study.optimize(objective, 2, n_jobs=2)
    assert [len(trial.intermediate_values) for trial in study.trials] == [150, 150]


def test_stop_from_an_objective(study):
    def objective(trial):
        if trial.number == 3:
            trial.study.stop()
        return trial["x"]

    study.optimize(objective, 50, n_jobs=2)
    assert 4 <= study.n_trials <= 6


def test_a_handler_of_the_program_is_not_the_workers(study):
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:

        def objective(trial):
            if trial.number == 0:
                sys.exit(3)
            time.sleep(60)

        begun = time.monotonic()
        with pytest.raises(SystemExit):
            study.optimize(objective, 4, n_jobs=2)
        assert time.monotonic() - begun < 4
    finally:
        signal.signal(signal.SIGTERM, before)


def test_sigterm_from_outside_is_told(study):
    study.optimize(lambda trial: os.kill(os.getpid(), signal.SIGTERM), 1, n_jobs=2)
    assert study.trials[0].message == "the process of the trial was killed by signal 15 (SIGTERM)"


SCRIPT = """
    import subprocess, hone
    print("begun", end=" ")
    def objective(trial):
        subprocess.run(["sh", "-c", "echo now >&2; exec sleep 600"])
        return 0.0
    hone.study("x=0..1").optimize(objective, 4, n_jobs=2)
"""


def test_ctrl_c_ends_what_the_objective_has_started():
    environment = {key: v for key, v in os.environ.items() if key != "PYTHONUNBUFFERED"}
    run = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SCRIPT)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )
    for _ in range(2):
        assert run.stderr.readline() == "now\n"
    os.killpg(run.pid, signal.SIGINT)
    # Ends when the last process that writes to it has.
    output = run.communicate(timeout=30)[0]
    assert output == "begun "  # by this process alone, not by each of the workers


def test_an_unknown_parameter_is_named(study):
    with pytest.raises(KeyError, match="this trial has no active parameter y"):
        study.optimize(lambda trial: trial["y"], 1, n_jobs=2)
