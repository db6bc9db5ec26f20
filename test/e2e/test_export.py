"""hone export: CSV, JSON, events; whole files only."""
import csv
import io
import json

import pytest

from lookers import POINTS, pipe, same, small_study


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_csv(hone):
    small_study(hone)
    done = hone("export")
    assert (done.code, done.err) == (0, "")
    table = rows(done.out)
    assert list(table[0]) == [
        "number", "state", "values.loss", "params.lr", "params.depth", "params.opt",
        "params.momentum", "duration_s", "attempts", "created", "started", "ended", "origin",
        "purpose", "parent", "message", "note"]
    assert [r["state"] for r in table] == ["COMPLETE", "COMPLETE", "FAILED", "RUNNING"]
    assert [r["values.loss"] for r in table] == ["0.3", "0.25", "", ""]
    assert [r["params.momentum"] for r in table] == ["", "0.9", "", "0.5"]
    assert [float(r["params.lr"]) for r in table] == [p["lr"] for p in POINTS]
    assert table[2]["message"] == "out of patience" and table[3]["ended"] == ""
    assert float(table[0]["duration_s"]) >= 0


def test_csv_is_quoted(hone):
    odd = ['a,b', 'say "hi"', " lead", "two\nlines"]
    space = [{"name": "c", "type": "categorical", "choices": odd}]
    messages = [{"space": space, "storage": "sqlite:hone.db", "sampler": "grid"}, {"ask": 4}]
    messages += [{"tell": i, "value": v, "message": f'"{i}",\r\n'}
                 for i, v in enumerate([1e-300, "inf", "-inf", 1])]
    pipe(hone, *messages)
    assert hone("export", "-o", "t.csv").code == 0
    table = list(csv.DictReader(open("t.csv", newline="", encoding="utf-8")))
    assert [r["params.c"] for r in table] == odd
    assert [r["message"] for r in table] == [f'"{i}",\r\n' for i in range(4)]
    assert [float(r["values.value"]) for r in table] == [1e-300, float("inf"), float("-inf"), 1]


def test_parameters_of_older_spaces_have_their_column(hone):
    hone("ask", "-p", "old=int:1..2", "--minimize", "loss")
    done = hone("ask", "-p", "new=int:3..4", "--minimize", "loss", "--accept")
    assert done.code == 0, done.err
    table = rows(hone("export").out)
    assert [(r["params.new"] != "", r["params.old"] != "") for r in table] == [(False, True),
                                                                              (True, False)]


def test_json(hone):
    small_study(hone)
    study = json.loads(hone("export", "--format", "json").out)
    assert {k: study[k] for k in ("study", "metrics", "sampler", "scheduler", "seed")} == {
        "study": "default", "metrics": [{"name": "loss", "goal": "minimize"}], "sampler": "random",
        "scheduler": "auto", "seed": 7}
    assert [p["name"] for p in study["space"]["params"]] == ["lr", "depth", "opt", "momentum"]
    assert [len(t["reports"]) for t in study["trials"]] == [0, 2, 0, 0]
    for trial, line in zip(study["trials"], hone("trials", "--json").out.splitlines()):
        listed = json.loads(line)
        assert {k: trial[k] for k in listed if k != "duration_s"} == {
            k: listed[k] for k in listed if k != "duration_s"}


def test_an_empty_study(hone):
    pipe(hone, {"space": [{"name": "x", "spec": "0..1"}], "storage": "sqlite:hone.db"})
    assert json.loads(hone("export", "--format", "json").out)["trials"] == []
    assert rows(hone("export").out) == []
    assert hone("export").out.startswith("number,state,values.value,params.x,")


def test_events(hone):
    small_study(hone)
    events = [json.loads(line) for line in hone("export", "--events").out.splitlines()]
    assert [e["seq"] for e in events] == list(range(len(events)))
    assert events[0]["event"] == "study_created"
    assert [e["trial"] for e in events if e["event"] == "told"] == [0, 1, 2]
    status = json.loads(hone("status", "--json").out)
    assert status["n_events"] == len(events)


@pytest.mark.parametrize("name, first", [("t.csv", "number,state"), ("t.json", '{"study":"default"'),
                                         ("t", "number,state")])
def test_a_file(hone, workdir, name, first):
    small_study(hone)
    (workdir / name).write_text("what was there before")
    done = hone("export", "-o", name)
    assert (done.code, done.out, done.err) == (0, "", f"hone: {name}: 4 trials\n")
    assert (workdir / name).read_text().startswith(first)
    assert not [p for p in workdir.iterdir() if ".tmp-" in p.name]
    assert hone("export", "--events", "-o", name, "-q").err == ""


def test_what_was_there_stays_when_writing_fails(hone, workdir):
    small_study(hone)
    done = hone("export", "-o", "none/t.csv")
    assert (done.code, done.out) == (1, "")
    assert done.err == "hone: cannot write none/t.csv: No such file or directory\n"
    (workdir / "folder").mkdir()
    done = hone("export", "-o", "folder")
    assert (done.code, done.err) == (1, "hone: cannot write folder: Is a directory\n")
    assert not [p for p in workdir.iterdir() if ".tmp-" in p.name]


def test_a_full_disk_is_noticed(hone):
    small_study(hone)
    with open("/dev/full", "w", encoding="ascii") as full:
        process = hone.start("export", stdout=full)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1 and "No space left on device" in err


def test_mistakes(hone):
    small_study(hone)
    done = hone("export", "--events", "--format", "csv")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[0] == "hone: --events has a form of its own, JSON lines"
    assert hone("export", "nope").code == 2


def test_times_are_of_one_form(hone):
    small_study(hone)
    assert same(hone("export").out).splitlines()[1] == (
        "0,COMPLETE,0.3,0.001,3,adam,," + rows(hone("export").out)[0]["duration_s"] +
        ",1,TIME,TIME,TIME,manual,search,,,")
