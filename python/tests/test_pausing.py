"""Schedulers that pause trials, resume them and copy them: the objective goes on from a checkpoint."""

import math
import os
import signal
import subprocess
import sys
import textwrap
import warnings

import pytest

import hone

WAYS = [{}, {"n_jobs": 2}, {"n_jobs": 2, "backend": "threads"}]
PAUSING = {
    "hyperband": {"max_resource": 9},
    "halving": {"max_resource": 9},
    "bohb": {"max_resource": 9},
    "dehb": {"max_resource": 9},
    "pasha": {"max_resource": 9},
    "freeze-thaw": {"max_resource": 9},
    "asha": {"max_resource": 9, "variant": "pause"},
}


def train(trial):
    """Its state is the list of (trial, epoch, lr) that the weights have seen."""
    lived = trial.load_state([])
    lr = trial.suggest_float("lr", 0.01, 1, log=True)
    while len(lived) < trial.resource:
        lived.append((trial.number, len(lived) + 1, lr))
        trial.save_state(lived)
        trial.report(loss(lived), len(lived))
        if trial.should_prune():
            raise hone.TrialPruned
    return loss(lived)


def loss(lived):
    return math.prod(1 - 0.3 * lr for _, _, lr in lived)


def lived_by(study, number):
    import pickle

    return pickle.loads((study._checkpoints.of(number) / "state.pickle").read_bytes())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PAUSING)
def test_trials_go_on_from_where_they_were(name, way):
    study = hone.study(seed=1, scheduler=hone.scheduler(name, **PAUSING[name]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        study.optimize(train, 25, **way)
    assert len(study.trials) == 25 and study.count("complete") > 0
    assert study.count("running") == study.count("waiting") == study.count("failed") == 0
    resumed = 0
    for trial in study.trials:
        lived = lived_by(study, trial.number)
        steps = list(trial.intermediate_values)
        # Each epoch was trained, and reported, once, whatever the pauses between.
        assert [epoch for _, epoch, _ in lived] == steps == list(range(1, len(steps) + 1))
        assert trial.intermediate_values[steps[-1]] == loss(lived)
        assert trial.state != hone.TrialState.COMPLETE or len(steps) == 9
        resumed += trial.attempts > 1
    assert resumed >= 3


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["pbt", "pb2"])
def test_a_copy_goes_on_from_the_weights_of_its_parent(name, way):
    options = {"max_resource": 20, "interval": 5, "population": 4}
    study = hone.study(seed=2, scheduler=hone.scheduler(name, **options))
    ended = []
    study.optimize(train, callbacks=[lambda _, trial: ended.append(trial.number)], **way)
    assert sorted(ended) == list(range(len(study.trials)))  # once each, those given up included
    assert study.count("complete") == 4 and study.count("paused") == 0
    forks = [trial for trial in study.trials if trial.parent is not None]
    assert len(forks) == study.count("pruned") > 0
    for fork in forks:
        own = lived_by(study, fork.number)
        inherited = [row for row in own if row[0] != fork.number]
        assert inherited == lived_by(study, fork.parent)[: len(inherited)]
        assert inherited[-1][0] == fork.parent and len(inherited) % 5 == 0
        assert min(fork.intermediate_values) == len(inherited) + 1
    for trial in study.get_trials("complete"):
        assert trial.value == loss(lived_by(study, trial.number))


def test_a_return_is_at_the_resource():
    """One that trains anew with what it is given, and names no steps."""
    given = []

    def objective(trial):
        given.append((trial.number, trial.resource))
        return abs(trial["x"] - 0.3) + 1 / trial.resource

    study = hone.study("x=0..1", seed=1, scheduler=hone.schedulers.hyperband(max_resource=9))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # it starts over, and means to
        study.optimize(objective, 20)
    assert {resource for _, resource in given} == {1, 3, 9}
    assert study.count("complete") > 0 and study.count("paused") > 0
    for trial in study.trials:
        assert list(trial.intermediate_values) == [r for n, r in given if n == trial.number]
    assert all(9 in trial.intermediate_values for trial in study.get_trials("complete"))


def test_steps_from_zero_come_to_the_resource_as_well():
    def objective(trial):
        for epoch in range(int(trial.resource)):
            trial.report(trial["x"], epoch)
        return trial["x"]

    study = hone.study("x=0..1", seed=1, scheduler=hone.schedulers.halving(max_resource=9))
    with pytest.warns(UserWarning, match="paused without a checkpoint"):
        study.optimize(objective, 12)
    assert study.count("complete") > 0
    assert all(9 in trial.intermediate_values for trial in study.get_trials("complete"))


def test_without_a_checkpoint_it_is_said_once():
    def objective(trial):
        for epoch in range(1, int(trial.resource) + 1):
            trial.report(trial["x"], epoch)
            if trial.should_prune():
                assert trial.should_pause()
                raise hone.TrialPruned
        return trial["x"]

    study = hone.study("x=0..1", seed=1, scheduler=hone.schedulers.hyperband(max_resource=9))
    with pytest.warns(UserWarning, match=r"trial 0 has paused without.*save_state") as said:
        study.optimize(objective, 20)
    assert len(said) == 1


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_what_fails_after_a_pause(n_jobs):
    def objective(trial):
        if trial.load_state() is not None:
            raise ArithmeticError("the second time")
        trial.save_state(1)
        return trial["x"]

    study = hone.study("x=0..1", seed=1, scheduler=hone.schedulers.halving(max_resource=9))
    study.optimize(objective, 9, catch=ArithmeticError, n_jobs=n_jobs)
    assert study.count("failed") > 0 and study.count("paused") > 0
    assert study.count("failed") + study.count("paused") + study.count("complete") == 9


def test_optimize_goes_on_with_what_is_paused():
    study = hone.study(seed=1, scheduler=hone.schedulers.halving(max_resource=9))

    def stops(trial):
        if trial.number == 6:
            study.stop()
        return train(trial)

    study.optimize(stops, 20)
    assert study.count("paused") == len(study.trials) == 7
    study.optimize(train, 0)  # none that is new
    assert study.count("complete") > 0 and len(study.trials) == 7
    study.optimize(train, 13)
    assert len(study.trials) == 20


def test_in_an_own_loop():
    study = hone.study(seed=3, scheduler=hone.schedulers.halving(max_resource=4, eta=2))
    while not study.count("complete"):
        trial = study.ask()
        try:
            study.tell(trial, train(trial))
        except hone.TrialPruned:
            study.tell(trial, state="paused" if trial.should_pause() else "pruned")
    assert study.best_trial.attempts == 3
    assert [row[1] for row in lived_by(study, study.best_trial.number)] == [1, 2, 3, 4]


# --- where it lies ---


def test_the_place_of_checkpoints(tmp_path):
    with hone.study("x=0..1", storage=tmp_path / "hone.db", name="s") as study:
        assert study.ask().checkpoint_dir == tmp_path / "hone" / "s" / "0" / "ckpt"
    with hone.study("x=0..1", storage=tmp_path / "a.db", name="s") as study:
        assert study.ask().checkpoint_dir == tmp_path / "a.db.ckpt" / "s" / "0" / "ckpt"
    with hone.open(tmp_path / "a.db", checkpoint_dir=tmp_path / "elsewhere") as study:
        assert study.ask().checkpoint_dir == tmp_path / "elsewhere" / "1" / "ckpt"
        assert (tmp_path / "elsewhere" / "1" / "ckpt").is_dir()
    study = hone.study("x=0..1")
    path = study.ask().checkpoint_dir
    assert path.is_dir()
    study.close()
    assert not path.exists() and not path.parent.parent.exists()


def test_a_new_trial_finds_nothing_of_a_deleted_study(tmp_path):
    path = tmp_path / "a.db"
    with hone.study("x=0..1", storage=path) as study:
        study.ask().save_state("old")
    hone.delete_study("default", path)
    with hone.study("x=0..1", storage=path) as study:
        assert study.ask().load_state("nothing") == "nothing"


def test_a_lost_checkpoint_is_said(tmp_path):
    options = {"scheduler": hone.schedulers.halving(max_resource=9), "seed": 1}
    study = hone.study(storage=tmp_path / "a.db", **options)
    study.optimize(train, 2)
    for number in range(2):
        (study._checkpoints.of(number) / "state.pickle").unlink()
        study._checkpoints.of(number).rmdir()
    with pytest.warns(UserWarning, match=r"trial \d starts over: its checkpoint is no longer in"):
        study.optimize(train, 7)
    assert study.count("complete") > 0


def test_a_state_is_whole_or_that_of_before(tmp_path):
    trial = hone.study("x=0..1").ask()
    assert trial.load_state() is None and trial.load_state(7) == 7
    trial.save_state({"epoch": 1})
    with pytest.raises(Exception, match="pickle"):
        trial.save_state({"epoch": 2, "f": lambda: None})
    assert trial.load_state() == {"epoch": 1}


# --- kills ---

KILLED = """
    import os, signal, sys
    sys.path.insert(0, sys.argv[2])
    import hone, test_pausing

    n_left = int(sys.argv[1])

    def objective(trial):
        class Dies:
            def __getattr__(self, name):
                return getattr(trial, name)
            def report(self, value, step):
                global n_left
                trial.report(value, step)
                n_left -= 1
                if n_left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
        return test_pausing.train(Dies())

    study = hone.study(storage="hone.db", **test_pausing.SAME)
    study.optimize(objective)
    study.close()
"""
SAME = {
    "seed": 4,
    "sampler": "random",
    "scheduler": hone.schedulers.pbt(max_resource=6, interval=2, population=4),
}


def test_killed_again_and_again_it_ends_as_if_it_never_was(tmp_path):
    script = textwrap.dedent(KILLED)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script, "7", os.path.dirname(__file__)]
    for n in range(40):
        ended = subprocess.run(command, cwd=tmp_path, env=environment, timeout=60).returncode
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
    assert n >= 3
    whole = hone.study(**SAME)
    whole.optimize(train)
    with hone.open(tmp_path / "hone.db") as study:
        assert [t.params for t in study.trials] == [t.params for t in whole.trials]
        assert [t.value for t in study.trials] == [t.value for t in whole.trials]
        assert [t.parent for t in study.trials] == [t.parent for t in whole.trials]
        for trial in whole.trials:
            assert lived_by(study, trial.number) == lived_by(whole, trial.number)


def test_a_killed_worker_is_a_failed_trial_and_the_others_go_on():
    def objective(trial):
        if trial.number == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return train(trial)

    study = hone.study(seed=1, scheduler=hone.schedulers.halving(max_resource=9))
    study.optimize(objective, 12, n_jobs=2)
    assert study.count("failed") == 1 and study.count("complete") > 0


def test_the_end_of_time_leaves_them_paused():
    study = hone.study(seed=1, scheduler=hone.schedulers.halving(max_resource=9))
    study.optimize(train, timeout=0)
    assert len(study.trials) == 0
    study.optimize(train, 100, callbacks=[lambda study, trial: study.stop()])
    assert study.count("complete") == 1 and study.count("running") == 0
