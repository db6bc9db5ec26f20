"""Studies: the loop by hand, looking at trials, storage."""

import math
import pickle
import re

import pytest

import hone


def branin(x, y):
    b = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return b * b + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


@pytest.fixture
def space():
    return hone.space("x=-5..10", "y=0..15")


def test_ask_and_tell(space):
    study = hone.study(space, seed=7)
    for i in range(40):
        trial = study.ask()
        assert trial.number == i and trial.state == hone.TrialState.RUNNING
        assert set(trial.params) == {"x", "y"} and trial["x"] == trial.params["x"]
        study.tell(trial, branin(**trial.params))
    assert study.best_value < 1
    assert study.best_trial.params == study.best_params
    assert study.n_trials == study.n_finished == len(study.trials) == 40
    assert study.direction == "minimize" and study.sampler == "auto"


def test_trials_are_told_by_number_and_by_state(space):
    study = hone.study(space)
    first, second, third = study.ask(), study.ask(), study.ask()
    study.tell(first.number, 1)
    study.tell(second, state="failed", message="no luck")
    study.tell(third, state=hone.TrialState.INFEASIBLE)
    assert [str(trial.state) for trial in study.trials] == ["COMPLETE", "FAILED", "INFEASIBLE"]
    assert study.trials[1].message == "no luck" and study.trials[1].value is None
    assert study.count("failed") == 1
    assert [trial.number for trial in study.get_trials(["complete"])] == [0]
    with pytest.raises(hone.StaleError, match="trial 0 is COMPLETE"):
        study.tell(first, 2)


def test_nan_is_invalid(space):
    study = hone.study(space)
    study.tell(study.ask(), math.nan)
    assert study.trials[0].state == hone.TrialState.INVALID


def test_several_objectives(space):
    study = hone.study(space, directions=["minimize", "maximize"], sampler="random", seed=1)
    for _ in range(20):
        trial = study.ask()
        study.tell(trial, (trial["x"], trial["y"]))
    front = study.best_trials
    assert front and all(trial.values == (trial["x"], trial["y"]) for trial in front)
    for a in front:
        assert not any(b["x"] < a["x"] and b["y"] > a["y"] for b in study.trials)
    with pytest.raises(hone.UnsupportedError):
        _ = study.best_trial
    with pytest.raises(hone.StateError, match="2 objectives"):
        _ = study.direction


def test_metrics_by_name_and_constraints(space):
    study = hone.study(
        space, metrics={"loss": "minimize", "latency": "record"}, constraints=["latency<=20"]
    )
    assert study.metric_names == ("loss", "latency") and study.constraints == ("latency<=20",)
    study.tell(study.ask(), {"loss": 0.1, "latency": 30})
    study.tell(study.ask(), {"loss": 0.2, "latency": 10})
    assert study.best_trial.number == 1
    assert not study.trials[0].feasible
    assert study.trials[1].metrics == {"loss": 0.2, "latency": 10}
    with pytest.raises(ValueError, match="'los' is no metric of the study: it has loss, latency"):
        study.tell(study.ask(), {"los": 0.1})


def test_constraint_values(space):
    study = hone.study(space, sampler="tpe")
    trial = study.ask()
    trial.set_constraint([1.0, -1.0])
    study.tell(trial, 0.0)
    study.tell(study.ask(), 1.0, constraints=[0.0, -1.0])
    assert study.trials[0].constraints == (1.0, -1.0)
    assert study.best_trial.number == 1


def test_queued_trials_come_first(space):
    study = hone.study(space)
    assert study.enqueue_trial({"x": 1.5}, user_attrs={"why": "a guess"}) == 0
    trial = study.ask()
    assert trial["x"] == 1.5 and "y" in trial and trial.user_attrs == {"why": "a guess"}
    with pytest.raises(hone.Error, match="x"):
        study.enqueue_trial({"x": 99})


def test_objects_can_be_queued():
    study = hone.study(hone.space(act=hone.Categorical([len, max])))
    study.enqueue_trial({"act": max})
    assert study.ask()["act"] is max


def test_what_a_trial_does_not_have_is_named():
    study = hone.study("a=1,2\nb=0..1 if a==2", seed=1)
    study.enqueue_trial({"a": 1})
    trial = study.ask()
    for name in ("b", "c"):
        with pytest.raises(KeyError, match=f"this trial has no active parameter {name}"):
            trial[name]


def test_facts_and_reports(space):
    study = hone.study(space)
    study.set_user_attr("data", ["digits", 3])
    trial = study.ask()
    trial.set_user_attr("n_params", 12345)
    trial.set_user_attr("arch", {"kind": "resnet"})
    for step in (1, 2, 3.5):
        trial.report(10 / step, step)
    assert not trial.should_prune()
    study.tell(trial, 3)
    frozen = study.trials[0]
    assert study.user_attrs == {"data": ["digits", 3]}
    assert frozen.user_attrs == {"n_params": 12345, "arch": {"kind": "resnet"}}
    assert frozen.intermediate_values == {1: 10.0, 2: 5.0, 3.5: 10 / 3.5}
    assert frozen.last_step == 3.5 and frozen.ended >= frozen.started > 1e9
    with pytest.raises(TypeError):
        trial.set_user_attr("bad", object())


def test_frozen_trials_can_be_pickled(space):
    study = hone.study(space)
    study.tell(study.ask(), 1)
    frozen = study.trials[0]
    assert pickle.loads(pickle.dumps(frozen)) == frozen
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(study.ask())


def test_a_file_is_gone_on_with(tmp_path, space):
    file = tmp_path / "hone.db"
    with hone.study(space, storage=file, name="a", seed=3) as study:
        study.optimize(lambda trial: branin(trial["x"], trial["y"]), 10)
        first = [trial.params for trial in study.trials]
    assert study.closed
    with pytest.raises(hone.StateError, match="closed"):
        study.ask()
    again = hone.study(space, storage=str(file), name="a")
    assert [trial.params for trial in again.trials] == first and again.seed == 3
    assert hone.open(file).name == "a" and hone.studies(file) == ["a"]
    with pytest.raises(hone.ExistsError):
        hone.study(space, storage=file, name="a", exist_ok=False)
    with pytest.raises(hone.StateError, match="x 0..1"):
        hone.study("x=0..1\ny=0..15", storage=file, name="a")
    hone.copy_study("a", "b", file)
    hone.delete_study("a", file)
    assert hone.studies(file) == ["b"]


def test_a_study_in_a_file_can_be_pickled(tmp_path):
    space = hone.space(act=hone.Categorical([len, max]))
    study = hone.study(space, storage=tmp_path / "hone.db")
    again = pickle.loads(pickle.dumps(study))
    study.tell(study.ask(), 1.0)
    again.refresh()
    assert again.n_trials == 1 and again.trials[0]["act"] in (len, max)
    with pytest.raises(TypeError, match="in memory cannot be pickled"):
        pickle.dumps(hone.study(space))


def test_a_closed_study_waits_for_its_trials(tmp_path, space):
    study = hone.study(space, storage=tmp_path / "hone.db")
    trial = study.ask()
    study.close()
    study.close()
    with pytest.raises(hone.StateError, match="closed"):
        trial.report(1, 1)
    assert set(trial.params) == {"x", "y"}
    del trial
    assert hone.open(tmp_path / "hone.db").n_trials == 1


def test_the_same_seed_gives_the_same_trials(space):
    def params():
        study = hone.study(space, seed=11, sampler="tpe")
        study.optimize(lambda trial: branin(trial["x"], trial["y"]), 25)
        return [trial.params for trial in study.trials]

    assert params() == params()


def test_a_study_keeps_to_one_thread_at_a_time_but_not_to_one_thread(space):
    import threading

    study = hone.study(space, sampler="random")
    trials = []

    def work():
        for _ in range(50):
            trial = study.ask()
            trial.report(1, 1)
            study.tell(trial, trial["x"])
            trials.append(trial.number)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(trials) == list(range(400)) and study.n_finished == 400


def test_repr_and_html(space):
    study = hone.study(space)
    assert "no trials" not in repr(study) and "<table" not in study._repr_html_()
    assert "no trials yet" in study._repr_html_()
    study.optimize(lambda trial: trial["x"], 3)
    study.tell(study.ask(), state="failed")
    assert "<table>" in study._repr_html_() and "4 trials" in repr(study)
    assert "3 COMPLETE, 1 FAILED" in study._repr_html_() and "value ↓" in study._repr_html_()
    assert "COMPLETE" in repr(study.trials[0])


def test_html_shows_what_is_best():
    study = hone.study("x=int:0..99", direction="maximize", seed=1)
    for value, constraint in ((1.0, -1), (3.0, -1), (9.0, 1), (2.0, -1)):
        study.tell(study.ask(), value, constraints=[constraint])
    rows = re.findall(r"<tr><td>(\d)</td>", study._repr_html_())
    assert rows == ["1", "3", "0"]  # 2 does not satisfy its constraint
    study = hone.study("x=0..1", directions=["minimize", "maximize"])
    for values in ((1, 1), (2, 2), (3, 1)):
        study.tell(study.ask(), values)
    assert "2 of the 2 trials that no other" in study._repr_html_()


def test_dataframe(space):
    pandas = pytest.importorskip("pandas")
    study = hone.study(space)
    study.optimize(lambda trial: trial["x"], 3)
    table = study.trials_dataframe()
    assert isinstance(table, pandas.DataFrame) and len(table) == 3
    assert list(table["value"]) == [trial["x"] for trial in study.trials]
    assert {"number", "state", "params_x", "params_y", "duration_s"} <= set(table.columns)
