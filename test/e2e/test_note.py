"""hone note: remarks on trials and on the study."""
import json
import re

import pytest

from lookers import same, small_study, trials_of


def test_a_note_on_a_trial(hone):
    small_study(hone)
    done = hone("note", "1", "looks", "like", "overfitting")
    assert (done.code, done.out, done.err) == (0, "", "hone: noted on trial 1\n")
    assert hone("note", "1").out == "looks like overfitting\n"
    assert json.loads(hone("note", "1", "--json").out) == {"trial": 1,
                                                           "note": "looks like overfitting"}
    assert "note       looks like overfitting\n" in hone("show", "1").out
    rows = trials_of(hone)
    assert {r["number"]: r["note"] for r in rows}[1] == "looks like overfitting"
    assert "looks like overfitting" in hone("export", "--format", "csv").out


def test_a_new_note_replaces_it_and_an_empty_one_removes_it(hone):
    small_study(hone)
    hone("note", "2", "first")
    hone("note", "2", "second")
    assert hone("note", "2").out == "second\n"
    assert hone("note", "2", "").err == "hone: the note on trial 2 is gone\n"
    done = hone("note", "2")
    assert (done.code, done.out, done.err) == (0, "", "hone: trial 2 has no note\n")


def test_a_running_trial_takes_a_note(hone):
    small_study(hone)
    assert hone("note", "3", "slow").code == 0
    assert json.loads(hone("show", "3", "--json").out)["note"] == "slow"
    assert json.loads(hone("show", "3", "--json").out)["state"] == "RUNNING"


def test_notes_on_the_study(hone):
    small_study(hone)
    assert hone("note").err == "hone: the study default has no note\n"
    assert hone("note", "on the new data").err == "hone: noted on the study default\n"
    hone("note", "with", "more", "warmup", "-q")
    assert same(hone("note").out) == "DATE  on the new data\nDATE  with more warmup\n"
    notes = json.loads(hone("note", "--json").out)
    assert notes["study"] == "default"
    assert [n["text"] for n in notes["notes"]] == ["on the new data", "with more warmup"]
    assert json.loads(hone("status", "--json").out)["notes"] == notes["notes"]
    assert re.search(r"^notes +on the new data\n +with more warmup$", hone("status").out, re.M)


def test_facts_of_the_study_and_of_a_trial(hone):
    small_study(hone)
    done = hone("note", "--attr", "dataset=v3", "--attr", "rows=[1,2]")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert hone("note", "--attr", "rows=500", "with", "more", "rows").code == 0
    facts = {"dataset": "v3", "rows": 500}
    assert json.loads(hone("status", "--json").out)["attrs"] == facts
    assert json.loads(hone("export", "--format", "json").out)["attrs"] == facts
    assert re.search(r"^notes +with more rows\nattributes +dataset=v3\n +rows=500$",
                     hone("status").out, re.M)
    assert hone("note", "1", "--attr", "checked=true").code == 0
    assert [t["attrs"] for t in trials_of(hone)][1] == {"checked": True}
    assert hone("note", "1").err == "hone: trial 1 has no note\n"


@pytest.mark.parametrize("args, said", [
    (["--attr", "x"], "hone: --attr takes NAME=VALUE, such as n_params=12345 or arch=resnet, not "
     "'x'\n"),
    (["17", "--attr", "x=1"], 'hone: there is no trial 17: study "default" has trials 0 to 3\n'),
    (["17", "x"], 'hone: there is no trial 17: study "default" has trials 0 to 3\n'),
    (["17"], 'hone: there is no trial 17: study "default" has trials 0 to 3\n'),
    ([""], "hone: a note on the study needs words; those it has stay\n"),
])
def test_what_is_refused(hone, args, said):
    small_study(hone)
    done = hone("note", *args)
    assert (done.code, done.out, done.err) == (2, "", said)


def test_words_of_all_kinds_come_back(hone):
    small_study(hone)
    text = 'größer "als" sonst,\nzwei Zeilen; 100 %'
    hone("note", "0", text)
    assert hone("note", "0").out == text + "\n"
    assert json.loads(hone("show", "0", "--json").out)["note"] == text
