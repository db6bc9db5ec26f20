"""Studies moved between Optuna and Hone: there and back without a loss, field by field."""

import math
import pathlib
import re
import subprocess
import sys
import warnings

import pytest

import hone

optuna = pytest.importorskip("optuna")
import hone.optuna  # noqa: E402
from optuna.storages import JournalStorage, RDBStorage  # noqa: E402
from optuna.storages.journal import JournalFileBackend  # noqa: E402

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "test" / "golden" / "optuna"

SPACE = [
    "lr=log:1e-5..1 = 0.01",
    'opt={1,true,"1",null,2.5,[1,2]}',
    "n=int:1..9 step 2",
    "k=int:log:1..100",
    "f=bool",
    "m=0..1 step 0.25 ~ 0.5+-0.1 if opt==null",
    "o=ord:xs,s,m",
    "forbid lr>0.5 && n>7",
]


# Of choices that are lists, whenever it reads them.
pytestmark = pytest.mark.filterwarnings("ignore:Choices for a categorical")


@pytest.fixture(autouse=True)
def _quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)


@pytest.fixture(params=["o.db", "o.log"])
def target(request, tmp_path):
    return tmp_path / request.param


def fields(trial):
    """As text, where NaN is NaN and True is no 1."""
    return {key: repr(value) for key, value in trial.__getstate__().items()}


def declared(tmp_path, times=3):
    """Every state, and what of a trial can be otherwise than usual."""
    study = hone.study(
        SPACE,
        storage=tmp_path / "a.db",
        name="s",
        metrics={"loss": "minimize", "acc": "maximize", "mem": "record"},
        constraints=["mem<=40"],
        seed=2**63 + 5,
        noisy=True,
    )
    study.set_user_attr("who", {"x": [1, None, "é"]})
    ends = [
        {"values": {"loss": 1.0, "acc": 2.0, "mem": 3.0}},
        {"values": {"loss": math.inf, "acc": -1.0, "mem": 50.0}, "constraints": [0.5, -1]},
        {"state": "pruned"},
        {"state": "failed", "message": "died\nof it"},
        {"state": "oom"},
        {"state": "timeout"},
        {"state": "infeasible", "constraints": [2.0]},
        {"values": {"loss": math.nan, "acc": 1.0}},
        {"state": "lost"},
        {"values": {"loss": 0.5, "acc": 1.0}},
    ]
    for i, end in enumerate(ends * times):
        trial = study.ask()
        trial.set_user_attr("é", [i, None])
        if i % 3 == 0:
            for step, value in enumerate([0.5, math.inf, math.nan, -math.inf], 1):
                trial.report(value, step)
        elif i % 3 == 1:
            trial.report({"loss": 1.0, "mem": 2.0}, 0.5)
            trial.report({"mem": 7.0}, 0.75)
        if i % 7 == 6:
            study.requeue(trial, "again")
            trial = study.ask()
        study.tell(trial, **end)
    study.retest(0, 2)
    study._note(1, "a remark")
    study.enqueue_trial({"lr": 0.02, "opt": True}, user_attrs={"a": 1})
    study.enqueue_trial({})
    return study


def define_by_run(tmp_path, seed=1):
    study = hone.study(storage=tmp_path / "a.db", name="d", direction="maximize", seed=seed)

    def objective(trial):
        kind = trial.suggest_categorical("kind", ["cnn", None, 3, True, 2.5])
        x = trial.suggest_float("x", -1, 1)
        if kind == "cnn":
            for layer in range(trial.suggest_int("layers", 1, 3)):
                trial.suggest_int(f"units.{layer}", 16, 512, log=True)
        trial.suggest_float("drop", 0, 0.5, step=0.1)
        for step in range(3):
            trial.report(x + step, step)
        if trial.number % 5 == 3:
            raise hone.TrialPruned("no good")
        return x

    study.optimize(objective, n_trials=40)
    return study


def there_and_back(study, target, tmp_path):
    exported = hone.optuna.export_study(study, target)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        back = hone.optuna.import_study(target, storage=tmp_path / "b.db")
    return exported, back


@pytest.mark.parametrize(
    "make, file",
    [(declared, "o.log"), (define_by_run, "o.log"), (lambda path: declared(path, 1), "o.db")],
)
def test_nothing_is_lost_there_and_back(make, file, tmp_path):
    study = make(tmp_path)
    exported, back = there_and_back(study, tmp_path / file, tmp_path)
    assert len(back) == len(study) == len(exported.trials) >= 14
    for ours, theirs in zip(study.trials, back.trials, strict=True):
        assert fields(ours) == fields(theirs)
    rest = [[s._record_rest(i)[:2] for i in range(len(s))] for s in (study, back)]
    assert rest[0] == rest[1]
    reports = [[repr(s._record_rest(i)[3]) for i in range(len(s))] for s in (study, back)]
    assert reports[0] == reports[1]
    for what in ("space", "seed", "constraints", "_metrics", "user_attrs", "_noisy", "name"):
        assert getattr(study, what) == getattr(back, what), what
    assert {s: study.count(s) for s in hone.TrialState} == {
        s: back.count(s) for s in hone.TrialState
    }


def test_what_optuna_sees(target, tmp_path):
    study = declared(tmp_path, 3 if target.suffix == ".log" else 1)
    exported = hone.optuna.export_study(study, target, "other")
    assert exported.study_name == "other"
    assert [d.name for d in exported.directions] == ["MINIMIZE", "MAXIMIZE"]
    assert exported.metric_names == ["loss", "acc"]
    assert exported.user_attrs == study.user_attrs
    for ours, theirs in zip(study.trials, exported.trials, strict=True):
        assert theirs.number == ours.number
        state = ours.state.name
        assert theirs.state.name == (state if state in ("COMPLETE", "PRUNED", "WAITING") else "FAIL")
        assert theirs.user_attrs == ours.user_attrs
        if state == "WAITING":
            assert theirs.system_attrs["fixed_params"] == ours.params
            continue
        assert repr(theirs.params) == repr(ours.params)  # True is no 1
        if state == "COMPLETE":
            assert tuple(theirs.values) == ours.values
        assert abs(theirs.datetime_start.timestamp() - ours.started) < 1e-5
        assert abs(theirs.datetime_complete.timestamp() - ours.ended) < 1e-5
        if set(ours.intermediate_values) == {1, 2, 3, 4}:
            assert repr(theirs.intermediate_values) == "{1: 0.5, 2: inf, 3: nan, 4: -inf}"
        if "mem" in ours.metrics:
            own = dict(enumerate(ours.constraints))
            mem = ours.metrics["mem"] - 40
            assert list(theirs.constraints.values()) == [*own.values(), mem]
            assert ours.feasible == all(v <= 0 for v in theirs.constraints.values())
    distributions = {}
    for trial in exported.trials:
        distributions.update(trial.distributions)
    D = optuna.distributions
    assert distributions["lr"] == D.FloatDistribution(1e-5, 1, log=True)
    assert distributions["n"] == D.IntDistribution(1, 9, step=2)
    assert distributions["k"] == D.IntDistribution(1, 100, log=True)
    assert distributions["m"] == D.FloatDistribution(0, 1, step=0.25)
    assert distributions["o"] == D.CategoricalDistribution(["xs", "s", "m"])
    assert repr(distributions["opt"].choices) == "(1, True, '1', None, 2.5, [1, 2])"


@pytest.mark.parametrize("by_optuna", [False, True])
def test_other_names_of_objectives_lose_nothing(by_optuna, tmp_path):
    study = declared(tmp_path, 1)
    names = {"loss": "acc", "acc": "val/acc@1", "mem": "mem"}
    exported = hone.optuna.export_study(study, tmp_path / "o.log")
    given = tuple(names.values())[:2]
    if by_optuna:
        exported.set_metric_names(given)
    back = hone.optuna.import_study(
        tmp_path / "o.log", storage=tmp_path / "b.db", metrics=() if by_optuna else given
    )
    assert back.metric_names == tuple(names.values())
    assert any(t.state.name == "INFEASIBLE" for t in study.trials)
    for ours, theirs in zip(study.trials, back.trials, strict=True):
        assert repr({names[k]: v for k, v in ours.metrics.items()}) == repr(theirs.metrics)
        mine, yours = fields(ours), fields(theirs)
        for by_name in ("metrics", "metric_names"):
            mine.pop(by_name, None), yours.pop(by_name, None)
        assert mine == yours
        reports = [repr(s._record_rest(ours.number)[3]) for s in (study, back)]
        assert reports[0] == reports[1]


def test_other_names_in_constraints(tmp_path):
    study = hone.study(
        "x=0..1",
        name="s",
        metrics={"loss": "minimize", "loss_2": "maximize", "mem": "record"},
        constraints=["loss <= 0.5", "loss_2>=1", "mem<=3"],
    )
    for values in [(0.4, 2, 3), (0.6, 2, 3), (0.4, 0, 3), (0.4, 2, 4)]:
        study.tell(study.ask(), dict(zip(study.metric_names, values, strict=True)))
    study.tell(study.ask(), {"loss": 4.0, "loss_2": 1.0}, state="infeasible")
    exported = hone.optuna.export_study(study, tmp_path / "o.log")
    back = hone.optuna.import_study(
        exported, storage=tmp_path / "b.db", metrics=("loss_2", "a/b@c")
    )
    assert back.constraints == ("loss_2 <= 0.5", "a/b@c>=1", "mem<=3")
    assert [t.feasible for t in back.trials] == [t.feasible for t in study.trials]
    assert [t.feasible for t in back.trials[:4]] == [True, False, False, False]
    assert back.trials[4].metrics == {"loss_2": 4.0, "a/b@c": 1.0}
    # And Optuna is told by how much one is broken, whatever the metric is called.
    again = hone.optuna.export_study(back, tmp_path / "again.log")
    excess = [list(t.constraints.values()) for t in again.trials[:4]]
    assert excess == [
        pytest.approx(row) for row in ([-0.1, -1, 0], [0.1, -1, 0], [-0.1, 1, 0], [-0.1, -1, 1])
    ]
    with pytest.raises(
        hone.ExistsError, match='objective "loss" of study "s" cannot be called "mem".*records'
    ):
        hone.optuna.import_study(
            exported, storage=tmp_path / "b.db", name="c", metrics=("mem", "acc")
        )
    assert hone.studies(tmp_path / "b.db") == ["s"]


def test_choices_that_are_equal_in_python(tmp_path):
    study = hone.study("opt={1,true,a}", name="s", seed=1)
    for _ in range(3):
        study.tell(study.ask(), 1.0)
    memory = optuna.storages.InMemoryStorage()
    with pytest.raises(hone.UnsupportedError, match=r"'opt' has choices \[1, True\].*journal.log"):
        hone.optuna.export_study(study, memory)
    assert memory.get_all_studies() == []
    # The storage of a study is a cache before its database.
    cached = optuna.create_study(storage=f"sqlite:///{tmp_path}/o.db", study_name="other")._storage
    for storage in (cached, JournalStorage(JournalFileBackend(str(tmp_path / "o.log")))):
        exported = hone.optuna.export_study(study, storage)
        assert repr([t.params for t in exported.trials]) == repr([t.params for t in study.trials])
    plain = hone.study("opt={1,b,a}", name="s", seed=1)
    plain.tell(plain.ask(), 1.0)
    assert hone.optuna.export_study(plain, memory).trials[0].params == plain.trials[0].params


def test_a_warning_names_the_line_of_the_call(tmp_path):
    theirs = optuna.create_study(study_name="s", storage=f"sqlite:///{tmp_path}/o.db")
    theirs.optimize(lambda trial: trial.suggest_float("a name", 0, 1), n_trials=3)
    for i, source in enumerate([theirs, theirs._storage, tmp_path / "o.db"]):
        with pytest.warns(UserWarning, match="is called a_name") as heard:
            hone.optuna.import_study(source, storage=tmp_path / "a.db", name=f"s{i}")
        assert {one.filename for one in heard} == {__file__}


def test_running(tmp_path):
    study = hone.study("x=0..1", storage=tmp_path / "a.db", name="s")
    study.ask()
    exported, back = there_and_back(study, tmp_path / "o.log", tmp_path)
    assert exported.trials[0].state.name == "RUNNING"
    assert exported.trials[0].params == study.trials[0].params
    lost = back.trials[0]
    assert (lost.state.name, lost.params) == ("LOST", study.trials[0].params)
    assert "running" in lost.message


def test_paused(target, tmp_path):
    study = hone.study("x=0..1", storage=tmp_path / "a.db", name="s")
    for last in (1, 2):
        trial = study.ask()
        for step in range(1, last + 1):
            trial.report(step / 4, step)
        study._pause(trial, last)
    exported, back = there_and_back(study, target, tmp_path)
    assert [t.state.name for t in exported.trials] == ["PRUNED"] * 2
    assert [t.state.name for t in back.trials] == ["PAUSED"] * 2
    assert [fields(t) for t in back.trials] == [fields(t) for t in study.trials]


def test_optuna_goes_on(tmp_path):
    study = define_by_run(tmp_path)
    exported, _ = there_and_back(study, tmp_path / "o.log", tmp_path)
    exported.sampler = optuna.samplers.TPESampler(seed=1)
    exported.optimize(lambda trial: trial.suggest_float("x", -3, 1), n_trials=2)
    with pytest.warns(UserWarning, match="left the space"):
        back = hone.optuna.import_study(exported, storage=tmp_path / "c.db", name="more")
    assert len(back) == len(study) + 2
    assert back.space.spec("x") == "-3..1"
    assert fields(back.trials[3]) == fields(study.trials[3])


def optuna_fields(trial):
    system = {k: v for k, v in trial.system_attrs.items() if not k.startswith("hone:")}
    state = {"RUNNING": "FAIL"}.get(trial.state.name, trial.state.name)
    return (
        trial.number, state, repr(dict(sorted(trial.params.items()))),
        repr(trial.values if trial.state.name == "COMPLETE" else None), trial.user_attrs, system,
        repr(trial.intermediate_values), trial.datetime_start, trial.constraints,
    )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["demo", "multi"])
def test_of_optuna_nothing_is_lost_either(name, tmp_path):
    path = tmp_path / "journal.log"
    path.write_bytes((GOLDEN / "journal.log").read_bytes())
    theirs = optuna.load_study(study_name=name, storage=JournalStorage(JournalFileBackend(str(path))))
    study = hone.optuna.import_study(path, name, storage=tmp_path / "a.db")
    again = hone.optuna.export_study(study, tmp_path / "o.log")
    assert len(again.trials) == len(theirs.trials)
    for a, b in zip(theirs.trials, again.trials, strict=True):
        assert optuna_fields(a) == optuna_fields(b)
        for key, distribution in a.distributions.items():
            if a.state.name != "RUNNING":
                assert a.datetime_complete == b.datetime_complete
            if not distribution.single():
                assert b.distributions[key] == distribution
    assert again.directions == theirs.directions
    assert again.user_attrs == theirs.user_attrs


@pytest.mark.parametrize("kind", ["url", "path", "study", "storage", "memory"])
def test_sources(kind, tmp_path):
    path = tmp_path / "o.db"
    storage = None if kind == "memory" else RDBStorage(f"sqlite:///{path}")
    theirs = optuna.create_study(study_name="s", storage=storage)
    theirs.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=5)
    source = {"url": f"sqlite:///{path}", "path": str(path), "storage": storage}.get(kind, theirs)
    study = hone.optuna.import_study(source, storage=tmp_path / "a.db", metrics="loss")
    assert study.metric_names == ("loss",)
    assert [t.params for t in study.trials] == [t.params for t in theirs.trials]
    assert [t.value for t in study.trials] == [t.value for t in theirs.trials]
    assert math.isclose(study.trials[4].started, theirs.trials[4].datetime_start.timestamp())
    study.optimize(lambda trial: trial["x"], n_trials=3)
    assert len(study) == 8


def test_the_command_reads_what_was_exported(tmp_path):
    study = declared(tmp_path)
    hone.optuna.export_study(study, tmp_path / "o.log")
    command = pathlib.Path(hone._hone.__file__).resolve().parent.parent / "bin" / "hone"
    if not command.exists():
        pytest.skip("the command is not beside the extension")
    done = subprocess.run(
        [command, "import", "o.log", "--storage", "b.db"], cwd=tmp_path, capture_output=True,
        text=True, check=True,
    )
    assert "lr>0.5" in done.stdout and done.stderr == ""


@pytest.mark.parametrize(
    "spec, word",
    [("perm:a,b,c", "permutation"), ("subset:a,b", "subset"), ("simplex:3", "simplex"),
     ("normal:0,1", "normal:0,1")],
)
def test_what_optuna_has_not_is_refused(spec, word, tmp_path):
    study = hone.study({"x": spec, "y": "0..1"})
    study.tell(study.ask(), 1.0)
    with pytest.raises(hone.UnsupportedError, match=f"'x' is a? ?.*{word}.*Optuna has no") as info:
        hone.optuna.export_study(study, tmp_path / "o.log")
    assert "\n" not in str(info.value)
    assert not (tmp_path / "o.log").exists()


def test_mistakes(tmp_path):
    study = hone.study("x=0..1")
    study.tell(study.ask(), 1.0)
    with pytest.raises(TypeError, match="hone.open"):
        hone.optuna.export_study("s.db", tmp_path / "o.log")
    hone.optuna.export_study(study, tmp_path / "o.log", "a")
    with pytest.raises(optuna.exceptions.DuplicatedStudyError):
        hone.optuna.export_study(study, tmp_path / "o.log", "a")
    hone.optuna.export_study(study, tmp_path / "o.log", "b")
    with pytest.raises(hone.NotFoundError, match='holds 2 Optuna studies.*"a", "b"'):
        hone.optuna.import_study(tmp_path / "o.log", storage=tmp_path / "a.db")
    journal = JournalStorage(JournalFileBackend(str(tmp_path / "o.log")))
    with pytest.raises(hone.NotFoundError, match="2 studies: give study_name=, of 'a', 'b'"):
        hone.optuna.import_study(journal, storage=tmp_path / "a.db")
    with pytest.raises(hone.NotFoundError, match="no study 'c'"):
        hone.optuna.import_study(journal, "c", storage=tmp_path / "a.db")
    hone.optuna.import_study(tmp_path / "o.log", "a", storage=tmp_path / "a.db")
    with pytest.raises(hone.ExistsError, match='"a" already'):
        hone.optuna.import_study(tmp_path / "o.log", "a", storage=tmp_path / "a.db")
    with pytest.raises(hone.InvalidError, match="a storage that stays"):
        hone.optuna.import_study(tmp_path / "o.log", "a", storage="memory:")
    with pytest.raises(hone.StorageError, match="nowhere"):
        hone.optuna.import_study(tmp_path / "nowhere.db", storage=tmp_path / "a.db")


def test_an_export_that_fails_leaves_nothing(tmp_path, monkeypatch):
    from hone.optuna import _export

    study = hone.study("x=0..1")
    for _ in range(3):
        study.tell(study.ask(), 1.0)
    made = _export._Exported.trial
    monkeypatch.setattr(
        _export._Exported, "trial", lambda self, i: made(self, i) if i < 2 else sys.exit("full")
    )
    with pytest.raises(SystemExit):
        hone.optuna.export_study(study, tmp_path / "o.db", "s")
    assert optuna.get_all_study_names(f"sqlite:///{tmp_path}/o.db") == []


def test_spaces_that_were_changed(tmp_path):
    study = hone.study(["x=0..1", "c=a,b", "gone=int:1..5"], storage=tmp_path / "a.db", name="s")
    for _ in range(8):
        study.tell(study.ask(), 1.0)
    study.close()
    study = hone.study(
        ["x=0.4..2", "c=b,z"], storage=tmp_path / "a.db", name="s", accept_changes=True
    )
    for _ in range(8):
        study.tell(study.ask(), 1.0)
    exported = hone.optuna.export_study(study, tmp_path / "o.log")
    assert [t.params for t in exported.trials] == [t.params for t in study.trials]
    assert exported.trials[0].distributions["x"] == optuna.distributions.FloatDistribution(0, 2)
    assert exported.trials[0].distributions["c"].choices == ("b", "z", "a")
    with pytest.warns(UserWarning):
        back = hone.optuna.import_study(tmp_path / "o.log", storage=tmp_path / "b.db")
    assert [t.params for t in back.trials] == [t.params for t in study.trials]


@pytest.mark.parametrize("bound", ["1e300", "-1e17", "2.5"])
def test_integers_beyond_all_bounds_are_refused(bound, tmp_path):
    text = (GOLDEN / "journal.log").read_text()
    wrong = re.sub(r'(IntDistribution.*?low\\": )\d+', rf"\g<1>{bound}", text)
    assert wrong != text
    (tmp_path / "o.log").write_text(wrong)
    with pytest.raises(hone.UnsupportedError, match=r"is not of whole numbers up to 2\^53") as info:
        hone.optuna.import_study(tmp_path / "o.log", "demo", storage=tmp_path / "a.db")
    assert "\n" not in str(info.value)
