"""hone show: everything about one trial."""
import json

import pytest

from lookers import pipe, same, screen, small_study


def test_a_trial_with_reports(hone):
    small_study(hone)
    done = hone("show", "1")
    assert (done.code, done.err) == (0, "")
    seed = json.loads(hone("show", "1", "--json").out)["seed"]
    assert same(done.out) == f"""\
trial 1 of study default: COMPLETE

values
loss  0.25  (minimize, the best of the study)

parameters
lr  0.05
depth  7
opt  sgd
momentum  0.9

run
started  DATE (SPAN ago)
ended  DATE
duration  SPAN
attempts  1
origin  manual
seed  {seed}
space  version 1

reports (2)
step  loss
1  0.5
2  0.25
"""


def test_a_failed_trial_says_why_and_what_is_not_active(hone):
    small_study(hone)
    text = same(hone("show", "2").out)
    assert text.startswith("trial 2 of study default: FAILED\nmessage  out of patience\n\nvalues\n"
                           "none\n\nparameters\nlr  0.00025\ndepth  10\nopt  adam\n"
                           "momentum  -  (not active)\n")


def test_a_running_trial(hone):
    small_study(hone)
    text = same(hone("show", "3").out)
    assert "values\nnone yet\n" in text and "duration  SPAN so far\n" in text


def test_json(hone):
    small_study(hone)
    trial = json.loads(hone("show", "1", "--json").out)
    assert trial["reports"] == [{"step": 1.0, "values": {"loss": 0.5}},
                                {"step": 2.0, "values": {"loss": 0.25}}]
    assert (trial["study"], trial["command"], trial["stdout"]) == ("default", None, None)
    line = json.loads(hone("trials", "--json").out.splitlines()[1])
    assert {k: trial[k] for k in line} == line


def test_a_constraint_that_is_broken(hone):
    pipe(hone, {"space": [{"name": "x", "spec": "0..1"}], "storage": "sqlite:hone.db"}, {"ask": 1},
         {"tell": 0, "value": 1, "constraints": [0.5, -1]})
    assert same(hone("show", "0").out).split("\n\n")[1] == (
        "values\nvalue  1  (minimize)\nconstraint  0.5  (satisfied at 0 and below)\n"
        "-1  (satisfied at 0 and below)\na constraint is broken")


def test_a_long_series_shows_its_ends(hone):
    reports = [{"report": 0, "step": i, "value": i} for i in range(1, 101)]
    pipe(hone, {"space": [{"name": "x", "spec": "0..1"}], "storage": "sqlite:hone.db"}, {"ask": 1},
         *reports)
    text = hone("show", "0").out
    steps = [line.split()[0] for line in text.split("reports (100)\n")[1].splitlines()[1:]]
    assert steps == [*map(str, range(1, 11)), "⋮", *map(str, range(91, 101))]
    text = hone("show", "0", "--all").out
    assert len(text.split("reports (100)\n")[1].splitlines()) == 101


def test_the_command_and_the_files_of_a_run(hone, workdir):
    done = hone("run", "-n", "1", "--minimize", "loss", "-p", "x=int:3..4", "-p", 'o="a b",c',
                "--seed", "1", "--", "sh", "-c", "echo loss=0.$1 $2", "sh", "{x}", "{o}")
    assert done.code == 0, done.err
    trial = json.loads(hone("show", "0", "--json").out)
    x, option = trial["params"]["x"], trial["params"]["o"]
    quoted = f"'{option}'" if " " in option else option
    assert trial["command"] == f"sh -c 'echo loss=0.$1 $2' sh {x} {quoted}"
    assert (trial["stdout"], trial["exit_code"]) == ("hone/default/0/stdout", 0)
    assert (workdir / trial["stdout"]).read_text() == f"loss=0.{x} {option}\n"
    text = hone("show", "0").out
    assert f"command\n  {trial['command']}\n\nfiles\n  hone/default/0/stdout\n" in text
    (workdir / "elsewhere").mkdir()
    hone.directory = workdir / "elsewhere"
    far = json.loads(hone("show", "0", "--json", "--storage", "../hone.db").out)
    assert far["stdout"] == str(workdir / "hone/default/0/stdout")


@pytest.mark.parametrize("args, message", [
    (["9"], 'there is no trial 9: study "default" has trials 0 to 3'),
    (["x"], "a trial is named by its number, such as 17, not 'x'"),
    (["-1"], "a trial is named by its number, such as 17, not '-1'"),
    ([], "something is missing: hone show TRIAL [options]"),
])
def test_mistakes(hone, args, message):
    small_study(hone)
    done = hone("show", *args)
    assert (done.code, done.out, done.err.splitlines()[0]) == (2, "", f"hone: {message}")


def test_it_fits_the_terminal(hone):
    small_study(hone)
    for trial in "0123":
        assert max(map(len, screen(hone, "show", trial, columns=80).splitlines())) <= 80
