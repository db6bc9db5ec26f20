"""Searches of `hone.keras` without Keras: a tuner whose trials are a function."""

import os
import subprocess
import sys

import pytest

import hone.keras as kt
from hone.keras import HyperParameters, oracles
from hone.keras.errors import FailedTrialError, FatalError


class FunctionTuner(kt.BaseTuner):
    """Runs a function of the hyperparameters, and counts its calls."""

    def __init__(self, oracle, function, **kwargs):
        self.function = function
        self.calls = []
        super().__init__(oracle, **kwargs)

    def run_trial(self, trial):
        self.calls.append(trial.number)
        result = self.function(trial.hyperparameters)
        self.oracle.check_duplicate(trial)
        return result


def tuner_of(path, oracle, function, **kwargs):
    tuner = FunctionTuner(oracle, function, directory=path, project_name="p", **kwargs)
    tuner.verbose = 0
    return tuner


def search(tuner):
    tuner.search()
    return tuner


def parabola(hp):
    x = hp.Float("x", -2.0, 2.0)
    return (x - 1) ** 2


@pytest.mark.parametrize(
    "oracle", [oracles.RandomSearchOracle, oracles.BayesianOptimizationOracle]
)
def test_search_finds_and_remembers(tmp_path, oracle, capsys):
    tuner = search(tuner_of(tmp_path, oracle(max_trials=12, seed=1), parabola))
    best = tuner.oracle.get_best_trials(1)[0]
    assert best.score == min(trial.score for trial in tuner.oracle.trials.values())
    assert best.score == pytest.approx((best.hyperparameters.get("x") - 1) ** 2)
    assert tuner.get_best_hyperparameters()[0].get("x") == best.hyperparameters.get("x")
    assert tuner.remaining_trials == 0 and len(tuner.calls) == 12
    assert "trial 11 (12 of 12)  default_objective" in capsys.readouterr().out


def test_same_seed_same_trials(tmp_path):
    def values(name):
        oracle = oracles.RandomSearchOracle(max_trials=5, seed=3)
        tuner = search(tuner_of(tmp_path / name, oracle, parabola))
        return [trial.hyperparameters.get("x") for trial in tuner.oracle.trials.values()]

    assert values("a") == values("b")


def test_project_is_gone_on_with(tmp_path):
    def oracle(n):
        return oracles.RandomSearchOracle(max_trials=n)

    first = search(tuner_of(tmp_path, oracle(3), parabola))
    first.oracle.close()
    second = search(tuner_of(tmp_path, oracle(5), parabola))
    assert second.calls == [3, 4]
    assert len(second.oracle.trials) == 5
    assert [hp.name for hp in second.oracle.get_space().space] == ["x"]
    second.oracle.close()
    third = search(tuner_of(tmp_path, oracle(5), parabola, overwrite=True))
    assert third.calls == [0, 1, 2, 3, 4]


def test_the_space_is_what_is_asked_for(tmp_path):
    """Layers in a loop: a trial has the parameters it asked for, no others."""

    def layers(hp):
        total = 0
        for i in range(hp.Int("layers", 1, 3)):
            with hp.name_scope(f"block{i}"):
                total += hp.Int("units", 8, 64, step=8)
        return total

    tuner = search(tuner_of(tmp_path, oracles.RandomSearchOracle(max_trials=20, seed=2), layers))
    seen = set()
    for trial in tuner.oracle.trials.values():
        hp = trial.hyperparameters
        seen.add(len(hp.values))
        assert len(hp.values) == hp.get("layers") + 1
        assert trial.score == sum(value for name, value in hp.values.items() if "/" in name)
    assert seen == {2, 3, 4}
    names = set(tuner.oracle.study.space.names)
    assert names == {"layers", "block0.units", "block1.units", "block2.units"}


def test_conditional_scopes(tmp_path):
    def model(hp):
        kind = hp.Choice("kind", ["mlp", "cnn"])
        with hp.conditional_scope("kind", "mlp"):
            a = hp.Int("size", 1, 4)
        with hp.conditional_scope("kind", "cnn"):
            b = hp.Int("size", 10, 40)
        assert (a is None) == (kind == "cnn") and (b is None) == (kind == "mlp")
        return a or b

    tuner = search(tuner_of(tmp_path, oracles.RandomSearchOracle(max_trials=12, seed=1), model))
    for trial in tuner.oracle.trials.values():
        low, high = (1, 4) if trial.hyperparameters.get("kind") == "mlp" else (10, 40)
        assert low <= trial.score <= high
    assert set(tuner.oracle.study.space.names) == {"kind", "size", "size-2"}


def test_every_kind_of_domain(tmp_path):
    made = []

    def ask(hp):
        values = {
            "int": hp.Int("int", 3, 14, step=4),
            "log": hp.Int("log", 1, 1000, sampling="log"),
            "factor": hp.Int("factor", 2, 64, step=2, sampling="log"),
            "float": hp.Float("float", 0, 1, step=0.25),
            "tenfold": hp.Float("tenfold", 1e-3, 10, step=10, sampling="log"),
            "reverse": hp.Float("reverse", 0.5, 0.999, sampling="reverse_log"),
            "text": hp.Choice("text", ["1", "a, b", 'say "x"']),
            "ratio": hp.Choice("ratio", [0.1, 2.0]),
            "yes": hp.Boolean("yes"),
            "one": hp.Choice("one", ["only"]),
            "same": hp.Int("same", 7, 7),
            "fixed": hp.Fixed("fixed", 2.5),
            "seed": hp.Int("seed", 0, 9),
        }
        made.append(values)
        return 1.0

    search(tuner_of(tmp_path, oracles.RandomSearchOracle(max_trials=40, seed=5), ask))

    def drawn(name):
        return {values[name] for values in made}

    assert drawn("int") == {3, 7, 11}
    assert drawn("factor") == {2, 4, 8, 16, 32, 64}
    assert drawn("float") == {0, 0.25, 0.5, 0.75, 1.0}
    assert drawn("tenfold") == {0.001, 0.01, 0.1, 1.0, 10.0}
    assert drawn("text") == {"1", "a, b", 'say "x"'}
    assert drawn("ratio") == {0.1, 2.0} and drawn("yes") == {True, False}
    assert (drawn("one"), drawn("same"), drawn("fixed")) == ({"only"}, {7}, {2.5})
    assert all(0.5 <= value <= 0.999 for value in drawn("reverse"))
    kinds = {name: {type(values[name]) for values in made} for name in made[0]}
    assert kinds["log"] == kinds["factor"] == kinds["seed"] == {int}
    assert kinds["float"] == kinds["tenfold"] == kinds["reverse"] == {float}
    assert kinds["yes"] == {bool} and kinds["text"] == {str}


def test_grid_goes_through_a_tree(tmp_path):
    tried = []

    def tree(hp):
        kind = hp.Choice("kind", ["a", "b"])
        if kind == "a":
            point = (kind, hp.Int("n", 1, 3))
        else:
            point = (kind, hp.Boolean("flag"), hp.Float("x", 0, 1, step=0.5))
        tried.append(point)
        return 0.0

    search(tuner_of(tmp_path, oracles.GridSearchOracle(), tree))
    every = [("a", n) for n in (1, 2, 3)]
    every += [("b", flag, x) for flag in (False, True) for x in (0.0, 0.5, 1.0)]
    assert sorted(tried) == sorted(every)


def test_grid_is_gone_on_with(tmp_path):
    tried = []

    def plane(hp):
        tried.append((hp.Int("a", 1, 3), hp.Choice("b", ["x", "y"])))
        return 0.0

    search(tuner_of(tmp_path, oracles.GridSearchOracle(max_trials=2), plane)).oracle.close()
    search(tuner_of(tmp_path, oracles.GridSearchOracle(), plane))
    assert len(tried) == len(set(tried)) == 6


def test_random_search_ends_with_a_finite_space(tmp_path):
    tuner = tuner_of(
        tmp_path, oracles.RandomSearchOracle(max_trials=50, seed=1), lambda hp: hp.Int("n", 1, 3)
    )
    tuner.search()
    assert sorted(trial.score for trial in tuner.oracle.trials.values()) == [1, 2, 3]


def test_declared_hyperparameters_override(tmp_path):
    declared = HyperParameters()
    declared.Float("x", 0.9, 1.1)
    oracle = oracles.RandomSearchOracle(max_trials=4, hyperparameters=declared)
    tuner = search(tuner_of(tmp_path, oracle, parabola))
    assert all(0.9 <= t.hyperparameters.get("x") <= 1.1 for t in tuner.oracle.trials.values())


def test_declared_hyperparameters_can_be_read(tmp_path):
    declared = HyperParameters()
    declared.Float("x", 0.0, 1.0)
    oracle = oracles.RandomSearchOracle(max_trials=3, hyperparameters=declared)
    tuner = search(tuner_of(tmp_path, oracle, lambda hp: hp.get("x") if "x" in hp else None))
    assert len({trial.score for trial in tuner.oracle.trials.values()}) == 3


def test_entries_that_are_not_tuned(tmp_path):
    declared = HyperParameters()
    declared.Float("x", 0.0, 1.0)

    def two(hp):
        return hp.Float("x", 0.0, 1.0) + hp.Int("other", 5, 9)

    oracle = oracles.RandomSearchOracle(
        max_trials=4, hyperparameters=declared, tune_new_entries=False
    )
    tuner = search(tuner_of(tmp_path / "default", oracle, two))
    trials = tuner.oracle.trials.values()
    assert {trial.hyperparameters.get("other") for trial in trials} == {5}
    assert len({trial.hyperparameters.get("x") for trial in trials}) == 4
    oracle = oracles.RandomSearchOracle(
        max_trials=4, hyperparameters=declared, allow_new_entries=False
    )
    with pytest.raises(RuntimeError, match="`allow_new_entries` is `False`.*'x'|'other'"):
        search(tuner_of(tmp_path / "refused", oracle, two))
    with pytest.raises(ValueError, match="allow_new_entries"):
        oracles.RandomSearchOracle(allow_new_entries=False)


def test_failures(tmp_path):
    def sometimes(hp):
        if hp.Boolean("bad"):
            raise FailedTrialError("too large")
        return hp.Float("x", 0, 1)

    oracle = oracles.RandomSearchOracle(
        max_trials=6, max_consecutive_failed_trials=9, seed=4, sampler="random"
    )
    tuner = search(tuner_of(tmp_path / "a", oracle, sometimes))
    states = [trial.status for trial in tuner.oracle.trials.values()]
    assert set(states) == {"COMPLETED", "FAILED"}
    failed = next(t for t in tuner.oracle.trials.values() if t.status == "FAILED")
    assert failed.message == "too large" and failed.score is None

    def always(hp):
        hp.Float("x", 0, 1)
        raise ValueError("no such layer")

    oracle = oracles.RandomSearchOracle(max_retries_per_trial=1)
    tuner = tuner_of(tmp_path / "b", oracle, always)
    with pytest.raises(RuntimeError, match="(?s)3 trials in a row have failed.*no such layer"):
        tuner.search()
    assert tuner.calls == [0, 0, 1, 1, 2, 2]

    def fatal(hp):
        raise FatalError("nothing will help")

    with pytest.raises(FatalError, match="nothing will help"):
        search(tuner_of(tmp_path / "c", oracles.RandomSearchOracle(), fatal))


def test_ctrl_c_keeps_the_trial(tmp_path):
    xs = []

    def interrupted(hp):
        xs.append(hp.Float("x", 0, 1))
        if len(xs) == 2:
            raise KeyboardInterrupt
        return xs[-1]

    tuner = tuner_of(tmp_path, oracles.RandomSearchOracle(max_trials=3), interrupted)
    with pytest.raises(KeyboardInterrupt):
        tuner.search()
    tuner.search()
    assert tuner.calls == [0, 1, 1, 2] and xs[1] == xs[2]


def test_results_of_several_forms(tmp_path):
    oracle = oracles.RandomSearchOracle("val_accuracy", max_trials=2)
    runs = iter([[{"val_accuracy": 0.5}, {"val_accuracy": 0.7}], {"val_accuracy": 0.4, "loss": 3}])
    tuner = tuner_of(tmp_path, oracle, lambda hp: (hp.Float("x", 0, 1), next(runs))[1])
    tuner.search()
    assert [trial.score for trial in oracle.get_best_trials(2)] == pytest.approx([0.6, 0.4])
    assert oracle.get_best_trials(2)[1].metrics == {"val_accuracy": 0.4, "loss": 3.0}
    for wrong, message in (({"loss": 1.0}, "'val_accuracy' is not among"), (None, "returned None")):
        oracle = oracles.RandomSearchOracle("val_accuracy", max_trials=1)
        tuner = tuner_of(tmp_path / str(wrong), oracle, lambda hp, wrong=wrong: wrong)
        with pytest.raises((ValueError, TypeError), match=message):
            tuner.search()


def test_summaries(tmp_path, capsys):
    def build(hp):
        hp.Choice("kind", ["a", "b"])
        with hp.conditional_scope("kind", "b"):
            depth = hp.Int("depth", 1, 4)
            if depth is not None:
                with hp.conditional_scope("depth", [3, 4]):
                    if depth >= 3:
                        hp.Float("rate", 1e-4, 1e-1, sampling="log")

    tuner = FunctionTuner(
        oracles.RandomSearchOracle(max_trials=2),
        lambda hp: hp.Float("x", 0, 1),
        hypermodel=build,
        directory=tmp_path,
    )
    tuner.search_space_summary()
    out = capsys.readouterr().out
    assert "3 hyperparameters" in out and "if kind in ['b'] and depth in [3, 4]" in out
    tuner.search()
    tuner.results_summary()
    assert "2 trials complete" in capsys.readouterr().out


def test_hyperband_counts():
    oracle = oracles.HyperbandOracle(max_epochs=81, factor=3)
    assert oracle.intended() == 81 + 34 + 15 + 8 + 5
    assert oracles.HyperbandOracle(max_epochs=9, hyperband_iterations=2).intended() == 2 * 17


def test_the_command_opens_the_study(tmp_path):
    command = os.path.join(os.path.dirname(sys.executable), "hone")
    if not os.path.exists(command):
        pytest.skip("the command is not installed beside Python")
    search(tuner_of(tmp_path, oracles.RandomSearchOracle(max_trials=3), parabola)).oracle.close()
    done = subprocess.run(
        [command, "trials", "--storage", f"sqlite:{tmp_path / 'p' / 'hone.db'}"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.count("COMPLETE") == 3


def test_a_range_that_was_changed(tmp_path):
    """The new range counts, and is another parameter; what the old trials had stays theirs."""
    oracle = oracles.RandomSearchOracle(max_trials=3)
    search(tuner_of(tmp_path, oracle, lambda hp: hp.Int("n", 1, 4))).oracle.close()
    oracle = oracles.RandomSearchOracle(max_trials=6)
    tuner = search(tuner_of(tmp_path, oracle, lambda hp: hp.Int("n", 100, 104)))
    values = [trial.hyperparameters.get("n") for trial in tuner.oracle.trials.values()]
    assert all(value <= 4 for value in values[:3]) and all(value >= 100 for value in values[3:])
    assert set(oracle.study.space.names) == {"n", "n-2"}
    assert [hp.min_value for hp in oracle.get_space().space] == [100]


def test_another_objective_is_refused(tmp_path):
    oracle = oracles.RandomSearchOracle("val_loss", max_trials=1)
    search(tuner_of(tmp_path, oracle, lambda hp: {"val_loss": hp.Float("x", 0, 1)})).oracle.close()
    oracle = oracles.RandomSearchOracle("val_accuracy", max_trials=1)
    with pytest.raises(RuntimeError, match="val_accuracy"):
        tuner_of(tmp_path, oracle, parabola)


def test_nothing_left_is_said(tmp_path, capsys):
    def oracle():
        return oracles.RandomSearchOracle(max_trials=1)

    search(tuner_of(tmp_path, oracle(), parabola)).oracle.close()
    capsys.readouterr()
    search(tuner_of(tmp_path, oracle(), parabola))
    assert "have ended: raise max_trials, or begin anew with overwrite=True" in (
        capsys.readouterr().out
    )


def test_without_keras(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="RandomSearch tunes Keras models, and Keras is"):
        kt.RandomSearch(lambda hp: None, objective="val_loss", directory=tmp_path)
