"""hone import: studies of Optuna, compared field by field with what Optuna itself reads of them."""
import json
import math
import re
import shutil
import sqlite3

import pytest

SOURCES = ["study.sql", "journal.log"]
STATES = {"COMPLETE": "COMPLETE", "PRUNED": "PRUNED", "FAIL": "FAILED", "RUNNING": "LOST",
          "WAITING": "WAITING"}
NAMES = {"dropout rate": "dropout_rate", "seed": "seed_"}
NOTES = """\
hone: parameter "dropout rate" is called dropout_rate here
hone: parameter "seed" is called seed_ here
hone: parameter constant has a single value and is left out
"""
SCREEN = """\
Study demo

lr            float        1e-5 .. 0.1  log
dropout_rate  float        0 .. 0.5     step 0.1
opt           categorical  sgd, adam, null, true, 3, 2.5
n_layers      int          1 .. 3
units.0       int          16 .. 512    log
units.1       int          16 .. 512    log  if n_layers>=2
units.2       int          16 .. 512    log  if n_layers>=3
seed_         int          1 .. 9       step 2
momentum      float        0 .. 0.99    if opt in {sgd}
infinitely many configurations

"""


@pytest.fixture
def golden(root):
    return root / "test" / "golden" / "optuna"


@pytest.fixture(params=SOURCES)
def source(request, golden, workdir):
    """A file as Optuna left it, and what Optuna reads of it."""
    if request.param == "study.sql":
        path = workdir / "study.db"
        database = sqlite3.connect(path)
        database.executescript((golden / "study.sql").read_text(encoding="utf-8"))
        database.close()
    else:
        path = shutil.copy(golden / "journal.log", workdir)
    expected = json.loads((golden / "expected.json").read_text(encoding="utf-8"))
    return path, expected[request.param]


def number(value):
    return float(value) if isinstance(value, str) else value


def exported(hone, study):
    return json.loads(hone("export", "--study", study, "--format", "json").out)


def attributes(hone, study):
    """{trial: {name: value}} from the journal; the study's own under None."""
    found = {}
    for line in hone("export", "--study", study, "--events").out.splitlines():
        event = json.loads(line)
        if event["event"] == "attr":
            found.setdefault(event.get("trial"), {})[event["name"]] = json.loads(event["text"])
    return found


def same(a, b):
    return a == b or (a is not None and b is not None and math.isnan(number(a))
                      and math.isnan(number(b)))


def check_trial(ours, theirs, attrs, metrics):
    assert ours["number"] == theirs["number"]
    assert ours["state"] == STATES[theirs["state"]]
    params = {NAMES.get(k, k): v for k, v in theirs["params"].items() if k != "constant"}
    assert ours["params"] == params
    assert [type(v) for v in ours["params"].values()] == [type(params[k]) for k in ours["params"]]
    if "constant" in theirs["params"]:
        assert attrs.pop("optuna:param:constant") == theirs["params"]["constant"]
    if theirs["state"] in ("COMPLETE", "FAIL"):
        assert [ours["values"].get(m) for m in metrics] == theirs["values"] or not theirs["values"]
    reports = ours.get("reports", [])
    assert [r["step"] for r in reports] == [step for step, _ in theirs["reports"]]
    for report, (_, value) in zip(reports, theirs["reports"]):
        assert same(number(report["values"].get(metrics[0], "nan")), number(value))
    wanted = {**theirs["user"], **{f"optuna:{k}": v for k, v in theirs["system"].items()}}
    assert attrs == wanted
    if theirs["state"] in ("COMPLETE", "PRUNED", "FAIL"):
        assert ours["started"][:19] == theirs["start"][:19]
        assert ours["ended"][:19] == theirs["end"][:19]


@pytest.mark.parametrize("study,metrics", [("demo", ["loss"]), ("multi", ["value_0", "value_1"])])
def test_nothing_is_lost(hone, source, study, metrics):
    path, expected = source
    done = hone("import", path, "--from-study", study, "-q")
    assert (done.code, done.out, done.err) == (0, "", "")
    ours, theirs, attrs = exported(hone, study), expected[study], attributes(hone, study)
    assert ours["study"] == study
    assert [m["goal"].upper() for m in ours["metrics"]] == theirs["directions"]
    assert len(ours["trials"]) == len(theirs["trials"])
    for trial, wanted in zip(ours["trials"], theirs["trials"]):
        if wanted["state"] == "WAITING":
            assert (trial["number"], trial["state"]) == (wanted["number"], "WAITING")
            continue
        assert trial["attrs"] == attrs.get(wanted["number"], {})
        check_trial(trial, wanted, trial["attrs"], metrics)
    assert ours["attrs"] == attrs.get(None, {})


def test_screen(hone, source):
    path, _ = source
    done = hone("import", path, "--from-study", "demo")
    assert (done.code, done.err) == (0, NOTES)
    assert done.out.startswith(SCREEN)
    counts, best, again = done.out[len(SCREEN):].splitlines()
    assert counts.startswith("26 trials: 1 WAITING, ") and counts.endswith("1 LOST")
    assert best.startswith("best: loss ")
    finished = sum(int(re.search(rf"(\d+) {state}", counts)[1]) for state in ("COMPLETE", "PRUNED"))
    assert again == f"Go on with: hone run --study demo -n {finished + 50} -- command"


def test_constraints_are_kept(hone, source):
    path, _ = source
    assert hone("import", path, "--from-study", "multi", "-q").code == 0
    front = [json.loads(line) for line in hone("best", "--study", "multi", "--json").out.splitlines()]
    for trial in front if isinstance(front[0], dict) else front[0]:
        assert trial["params"]["x"] <= 0.5


def test_a_study_goes_on(hone, source):
    path, _ = source
    assert hone("import", path, "--from-study", "demo", "-q").code == 0
    finished = [t for t in exported(hone, "demo")["trials"] if t["state"] in ("COMPLETE", "PRUNED")]
    done = hone("run", "--study", "demo", "-n", len(finished) + 3, "--", "sh", "-c",
                "echo loss=0.001 {lr}")
    assert done.code == 0, done.err
    trials = exported(hone, "demo")["trials"]
    waited = trials[25]
    assert waited["state"] == "COMPLETE" and waited["params"]["lr"] == 0.03
    assert waited["params"]["dropout_rate"] == 0.2
    assert len([t for t in trials[26:] if t["state"] == "COMPLETE"]) == 2


def test_names(hone, source):
    path, _ = source
    done = hone("import", path, "--from-study", "demo", "--study", "other", "--metric", "err",
                "--json")
    answer = json.loads(done.out)
    assert (answer["study"], answer["n_trials"]) == ("other", 26)
    assert answer["metrics"] == [{"name": "err", "goal": "minimize"}]
    assert sum(answer["states"].values()) == 26


def test_which_study(hone, source):
    path, _ = source
    done = hone("import", path)
    assert (done.code, done.out) == (2, "")
    assert done.err == (f'hone: {path} holds 2 Optuna studies: name one with --from-study, of '
                        '"demo", "multi"\n')
    done = hone("import", path, "--from-study", "mult")
    assert done.err == (f'hone: {path} holds no Optuna study "mult" (did you mean "multi"?); it '
                        'holds "demo", "multi"\n')
    assert hone("studies", "--json").code == 2


def test_an_existing_study_stays(hone, source):
    path, _ = source
    assert hone("import", path, "--from-study", "multi", "-q").code == 0
    before = hone("export", "--study", "multi", "--events").out
    done = hone("import", path, "--from-study", "multi")
    assert (done.code, done.out) == (2, "")
    assert done.err == 'hone: there is a study "multi" already: choose another name with --study\n'
    assert hone("export", "--study", "multi", "--events").out == before


@pytest.mark.parametrize("text,why", [
    ("hello\n", "is neither an SQLite database nor a journal of Optuna: optuna.copy_study brings a "
                "study of another storage into one"),
    ("", "is neither an SQLite database nor a journal of Optuna: optuna.copy_study brings a study "
         "of another storage into one"),
    ("{}\n", "line 1: no op_code: this is no journal of Optuna"),
    ('{"op_code":0,"study_name":"s","directions":[1]}\n{"op_c\n',
     "line 2: not a JSON object: this is no journal of Optuna"),
    ('{"op_code":0,"study_name":"s","directions":[1]}\n{"op_code":4,"study_id":0,"state":9}\n',
     "line 2: a state that is none")])
def test_other_files(hone, workdir, text, why):
    (workdir / "x").write_text(text)
    done = hone("import", "x")
    assert (done.code, done.out) == (2 if "neither" in why else 1, "")
    assert done.err.startswith("hone: x") and done.err.rstrip("\n").endswith(why)
    assert not (workdir / "hone.db").exists()


def test_other_databases(hone, workdir):
    sqlite3.connect(workdir / "x.db").execute("CREATE TABLE t (a)")
    done = hone("import", "x.db")
    assert (done.code, done.err) == (2, "hone: x.db is an SQLite database, but not one of Optuna: "
                                        "it has no studies\n")


def test_what_is_being_written_is_left(hone, golden, workdir):
    """The last line of a journal may be half there."""
    text = (golden / "journal.log").read_text(encoding="utf-8")
    (workdir / "j.log").write_text(text[:-20])
    assert hone("import", "j.log", "--from-study", "demo", "-q").code == 0


KIND = ("kind", {"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b"]}})
FLAG = ("flag", {"name": "CategoricalDistribution", "attributes": {"choices": [False, True]}})
SIZE = ("size", {"name": "CategoricalDistribution", "attributes": {"choices": ["s", "m"]}})
UNITS = ("units", {"name": "IntDistribution",
                   "attributes": {"low": 1, "high": 9, "step": 1, "log": False}})
CARRIED = ["kind=a,b", "units=int:1..9 if kind==a", "flag=bool", "size=ord:s,m"]


def write_journal(path, trials, carried=()):
    """A journal of study `s`; trials as (state, {(name, distribution): internal value})."""
    lines = [{"op_code": 0, "study_name": "s", "directions": [1]}]
    if carried:
        params = [dict(zip(("name", "spec"), p.split("=", 1))) for p in carried]
        lines.append({"op_code": 3, "study_id": 0,
                      "system_attr": {"hone:study": {"space": {"params": params}}}})
    for state, params in trials:
        lines.append({"op_code": 4, "study_id": 0, "state": state,
                      "value": 0.5 if state == 1 else None,
                      "params": {name: value for (name, _), value in params},
                      "distributions": {name: json.dumps(d) for (name, d), _ in params},
                      "intermediate_values": {"1": 0.75}})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.mark.parametrize("more,params,spec", [
    ([(KIND, 1), (UNITS, 5)], {"kind": "b", "units": 5}, "units"),
    ([(KIND, 0)], {"kind": "a"}, "units"),
])
def test_trials_that_leave_carried_conditions(hone, workdir, more, params, spec):
    """Optuna's objective need not keep to the conditions that a study had in Hone."""
    whole = [(KIND, 0), (UNITS, 3)]
    write_journal(workdir / "j", [(1, whole), (1, [(KIND, 1)])], CARRIED)
    done = hone("import", "j", "--study", "kept")
    assert (done.code, done.err) == (0, "")
    write_journal(workdir / "j", [(1, whole), (1, more)], CARRIED)
    done = hone("import", "j")
    assert done.code == 0 and "trials have left the space" in done.err
    trials = exported(hone, "s")["trials"]
    assert [t["state"] for t in trials] == ["COMPLETE", "COMPLETE"]
    assert [t["params"] for t in trials] == [{"kind": "a", "units": 3}, params]
    assert [t["values"] for t in trials] == [{"value": 0.5}] * 2
    assert [len(t["reports"]) for t in trials] == [1, 1]


@pytest.mark.parametrize("param", [FLAG, SIZE, KIND])
@pytest.mark.parametrize("value", [7, -1, 1.6, 1e300, math.nan])
@pytest.mark.parametrize("carried", [CARRIED, ()])
def test_choices_that_do_not_exist(hone, workdir, param, value, carried):
    write_journal(workdir / "j", [(1, [(param, 1)]), (1, [(param, value)])], carried)
    done = hone("import", "j", "-q")
    assert (done.code, done.out) == (1, "")
    assert re.fullmatch(r"hone: j: trial 1 has \w+ = [-+.\w]+, which its distribution excludes\n",
                        done.err), done.err
    assert hone("studies").out.count("s.importing") == 0


@pytest.mark.parametrize("carried", [CARRIED, ()])
@pytest.mark.parametrize("state,name", [(3, "FAILED"), (0, "LOST")])
def test_a_trial_that_ended_before_it_had_its_parameters(hone, workdir, carried, state, name):
    write_journal(workdir / "j", [(1, [(KIND, 0), (UNITS, 3)]), (state, [(KIND, 0)]),
                                  (1, [(KIND, 1)]), (state, [(KIND, 1)])], carried)
    done = hone("import", "j")
    assert (done.code, done.err) == (0, "hone: 1 trial ended before the objective had asked for all "
                                        "parameters: those it had are attributes\n")
    trials = exported(hone, "s")["trials"]
    assert [t["state"] for t in trials] == ["COMPLETE", name, "COMPLETE", name]
    assert [t["params"] for t in trials] == [{"kind": "a", "units": 3}, {}, {"kind": "b"},
                                             {"kind": "b"}]
    assert {t: a["optuna:params"] for t, a in attributes(hone, "s").items()
            if "optuna:params" in a} == {1: {"kind": "a"}}


def test_parameters_that_do_not_go_together(hone, workdir):
    write_journal(workdir / "j", [(1, [(KIND, 0.7), (UNITS, 3)]), (1, [(KIND, 1)])])
    done = hone("import", "j", "-q")
    assert (done.code, done.out) == (1, "")
    assert done.err == ("hone: j: the parameters of trial 0 do not go with those of the other "
                        "trials: the same values switch other ones on and off\n")
