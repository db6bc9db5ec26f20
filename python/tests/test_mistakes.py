"""Mistakes that a new user makes, each answered by a sentence that names it."""

import pytest

import hone
from hone._stops import must_only_stop


def study(**options):
    return hone.study("x=0..1", **options)


def optimize(objective=lambda trial: trial["x"], **options):
    study().optimize(objective, **{"n_trials": 1, **options})


def tell(**how):
    made = study()
    made.tell(made.ask(), **how)


def suggest(kind, *domain, **options):
    getattr(hone.study().ask(), f"suggest_{kind}")(*domain, **options)


def report(value, step):
    study().ask().report(value, step)


MISTAKES = [
    (lambda: optimize(n_jobs="2"), TypeError, "n_jobs is '2': it must be a whole number"),
    (lambda: hone.Float("a", 1), TypeError, "low is 'a': it must be a number"),
    (lambda: hone.Categorical([]), ValueError, "choices are empty"),
    (lambda: hone.study().ask().suggest_categorical("c", []), ValueError, "choices are empty"),
    (lambda: hone.samplers.tpe(n_startup=len), TypeError, "option n_startup is <built-in"),
    (lambda: study(directions=2), TypeError, "directions is 2: write a list"),
    (lambda: study(metrics={}), ValueError, "metrics is empty"),
    (lambda: study(name=3), TypeError, "the name of a study is 3: it must be a text"),
    (lambda: study(storage=3), TypeError, "storage is 3: write a path"),
    (lambda: study(checkpoint_dir=3), TypeError, "checkpoint_dir is 3: write a path"),
    (lambda: study().best_trial, LookupError, "no complete.* yet: study.trials shows how they stand"),
    (lambda: tell(values="a"), TypeError, "the result told is 'a': a number is needed"),
    (lambda: tell(state="paused"), RuntimeError, 'as PAUSED: the scheduler "auto" has none go on'),
    (lambda: report("a", 1), TypeError, "value is 'a': a number is needed"),
    (lambda: report(1, "a"), TypeError, "step is 'a': a number is needed"),
    (lambda: report({"value": 1}, None), TypeError, "step is None: a number is needed"),
    (lambda: report(1, float("nan")), ValueError, "step is nan: it must be a number from 0 on"),
    (lambda: report(1, -1), ValueError, "step is -1: it must be a number from 0 on"),
    (lambda: study().ask().set_user_attr(3, 1), TypeError, "name of an attribute is 3"),
    (lambda: study().set_user_attr(3, 1), TypeError, "name of an attribute is 3"),
    (lambda: optimize(3), TypeError, "the objective is 3: a function"),
    (lambda: optimize(n_trials=2.5), TypeError, "n_trials is 2.5: it must be a whole number"),
    (lambda: optimize(timeout="3"), TypeError, "timeout is '3': it must be a number of seconds"),
    (lambda: optimize(callbacks=print), TypeError, "write a list of functions"),
    (lambda: optimize(catch=[ValueError]), TypeError, "catch is .*: write an exception class"),
    (lambda: optimize(lambda _: None), TypeError, "the objective returned None: a number is"),
    (lambda: optimize(lambda _: {"value": "a"}), TypeError, "metric 'value' is 'a': a number"),
    (lambda: optimize(lambda _: ["a"] * 999), TypeError, "'a', .{1,10}…: a number is needed"),
    (lambda: study(direction="min"), ValueError, "'min' is no direction"),
    (lambda: study(direction=["minimize"]), ValueError, "write directions="),
    (lambda: study(directions=[]), ValueError, "directions is empty"),
    (lambda: study(directions=["minimize"], direction="minimize"), ValueError, "exclude each"),
    (lambda: study(metrics=["loss"]), TypeError, "write a dict"),
    (lambda: study(seed=1.5), TypeError, "seed is 1.5: it must be a whole number"),
    (lambda: study(lag=-1), ValueError, "lag -1: both must be at least 0"),
    (lambda: study(sampler="tpee"), LookupError, 'did you mean "tpe"'),
    (lambda: hone.Categorical("abc"), TypeError, "choices are 'abc': write a list"),
    (lambda: hone.study().ask().suggest_categorical("c", "abc"), TypeError, "write a list"),
    (lambda: study().tell(-1, 1.0), LookupError, "there is no trial -1"),
    (lambda: tell(values=1, constraints="a"), TypeError, "constraints are 'a': a number"),
    (lambda: tell(state="complete"), ValueError, "tell needs values"),
    (lambda: tell(values={}), ValueError, "no value of the objective 'value', only of nothing"),
    (lambda: tell(values={"loss": 1}), ValueError, "'loss' is no metric of the study"),
    (lambda: study().enqueue_trial([1]), TypeError, "write a dict"),
    *(
        (lambda s=s: must_only_stop(s), NotImplementedError, rf'"{name}" {does} trials.*asha')
        for s, name, does in [
            ("hyperband", "hyperband", "pauses"),
            ("bohb", "bohb", "pauses"),
            ("pbt", "pbt", "pauses or copies"),
            (hone.scheduler("pbt", max_resource=9), "pbt", "copies"),
            (hone.scheduler("asha", variant="pause", max_resource=9), "asha", "pauses"),
            (hone.scheduler("freeze-thaw", max_resource=9), "freeze-thaw", "pauses"),
        ]
    ),
    (lambda: study(scheduler="pbt"), ValueError, "pbt hands out the resource: give it max_resource"),
    (
        lambda: study(scheduler=hone.schedulers.pbt(max_resource=9), n_trials=3),
        ValueError,
        'begins with 8 trials, its "population", but the study ends at 3: leave n_trials out',
    ),
    (lambda: suggest("int", "n", 1, 10**300), ValueError, "'n': high is beyond all bounds"),
    (lambda: suggest("int", "n", 1, 2**63), ValueError, "'n': high is 9223372036854775808: it must"),
    (lambda: suggest("int", "n", 0.5, 3), TypeError, "'n': low is 0.5: it must be a whole number"),
    (lambda: suggest("int", "n", 1, 9, step=0), ValueError, "'n': step is 0: it must be at least 1"),
    (lambda: suggest("int", 3, 1, 9), TypeError, "name of a parameter is 3: it must be a text"),
    (lambda: suggest("float", "x", "a", 3), TypeError, "'x': low is 'a': it must be a number"),
    (lambda: suggest("float", "x", 1, 10**309), ValueError, "'x': high is beyond all bounds"),
    (lambda: suggest("float", 3, 1, 9), TypeError, "name of a parameter is 3: it must be a text"),
    (lambda: suggest("float", "x", float("nan"), 3), ValueError, '"x": the low end is not a number'),
    (lambda: suggest("float", "x", 3, 1), ValueError, '"x": the low end 3 is above the high end 1'),
    (lambda: hone.study({"x": (0.0, 1.0)}), TypeError, r'hone.Float\(0.0, 1.0\) or "0.0..1.0", .*\[0'),
    (lambda: hone.study({"n": (1, 8)}), TypeError, r'hone.Int\(1, 8\) or "int:1..8"'),
    (lambda: hone.space(r=(1e-5, 1, "log-uniform")), TypeError, r'1, log=True\) or "log:1e-05..1"'),
    (lambda: study().set_user_attr("a", {1}), TypeError, "is nothing that JSON has"),
]


@pytest.mark.parametrize(("make", "kind", "text"), MISTAKES)
def test_a_sentence_names_it(make, kind, text):
    with pytest.raises(kind, match=text):
        make()


def test_wrong_arguments_leave_no_trial():
    made = study()
    with pytest.raises(TypeError):
        made.optimize(3, 1)
    assert made.n_trials == 0


def test_advice_is_for_python(tmp_path):
    path = tmp_path / "hone.db"
    with pytest.raises(hone.NotFoundError, match=r"hone.study\(…, storage=…\) begins a study"):
        hone.open(path)
    hone.study("x=0..1", storage=path).close()
    with pytest.raises(hone.StateError, match="accept_changes=True takes it over"):
        hone.study("x=0..2", storage=path)


def test_a_path_may_contain_a_colon(tmp_path):
    folder = tmp_path / "a:b"
    folder.mkdir()
    for path in (str(folder / "hone.db"), folder / "hone.db", f"sqlite:{folder}/hone.db"):
        hone.study("x=0..1", storage=path).close()
    assert [file.name for file in folder.glob("*.db")] == ["hone.db"]
    with pytest.raises(hone.Error, match="redis"):
        hone.study("x=0..1", storage="redis://somewhere")


def test_one_constraint_is_a_number():
    made = study()
    made.tell(made.ask(), 1.0, constraints=0.5)
    assert made.trials[0].constraints == (0.5,)


def test_numpy_where_a_number_or_json_is_asked_for():
    numpy = pytest.importorskip("numpy")
    made = study()
    made.enqueue_trial({"x": numpy.float32(0.5)}, user_attrs={"n": numpy.int64(3)})
    trial = made.ask()
    trial.set_constraint(numpy.float32(0.25))
    trial.set_user_attr("curve", numpy.arange(3))
    made.tell(trial, 1.0)
    frozen = made.trials[0]
    assert frozen["x"] == 0.5 and frozen.constraints == (0.25,)
    assert frozen.user_attrs == {"n": 3, "curve": [0, 1, 2]}


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_recorded_metric_may_be_missing(n_jobs):
    made = study(metrics={"loss": "minimize", "memory": "record"})
    made.optimize(lambda trial: {"loss": trial["x"]}, 2, n_jobs=n_jobs)
    assert made.count("complete") == 2 and set(made.trials[0].metrics) == {"loss"}


class Mute(Exception):
    def __str__(self):
        raise ValueError("no text")


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError("no \udc80"), "OSError: no \\udc80"),
        (ValueError("a\0b"), "ValueError: a\\x00b"),
        (Mute(), "Mute: (its text cannot be made)"),
        (ValueError("a" * 20_000), "ValueError: " + "a" * 9_988 + " …"),
    ],
)
def test_any_text_of_an_exception_is_recorded(error, message, n_jobs):
    def objective(trial):
        raise error

    made = study()
    made.optimize(objective, 2, n_jobs=n_jobs, catch=Exception)
    assert [trial.message for trial in made.trials] == [message] * 2
