"""`hone run`, `hone resume`, `hone try`: what they print, keep, refuse and go on from."""
import json
import re
import socket
import subprocess

import pytest

from lookers import trials_of

# What a trial prints depends on its parameters only.
SCRIPT = """#!/bin/sh
# train X [Y]: loss is the square of X - 3
echo "hello from trial $HONE_TRIAL"
awk -v x="$1" 'BEGIN { printf "loss=%g\\n", (x - 3) ^ 2 }'
"""


def scrub(text, directory=None):
    """Durations become T, the test's directory D."""
    if directory:
        text = text.replace(str(directory), "D")
    return re.sub(r"\b\d+(ms|\.\ds|s|m\d\ds)\b", "T", text)


GRID = ["--minimize", "loss", "-p", "x=int:1..3", "--sampler", "grid", "--seed", "1"]


def test_the_first_use(hone, train, workdir):
    result = hone("run", *GRID, "--", "./train", "{x}")
    assert scrub(result.out) == """\
Study default (sqlite:hone.db): minimize loss
x  int  1 .. 3
3 configurations
Sampler grid, scheduler auto (curve), seed 1
Ends when every configuration has been tried, or with Ctrl-C; 1 runs at a time.
trial 0  COMPLETE  loss=4  T  x=1  best
trial 1  COMPLETE  loss=1  T  x=2  best
trial 2  COMPLETE  loss=0  T  x=3  best
default: 3 COMPLETE (this run: 3 in T)
Best: loss 0 in trial 2
    x  3
More: `hone best`, `hone trials`; every configuration has been tried.
"""
    assert result.code == 0
    assert result.err.startswith("hone: ") and len(result.err.splitlines()) == 1
    assert (workdir / "hone/default/2/stdout").read_text() == "hello from trial 2\nloss=0\n"


def last_line(result):
    return result.out.splitlines()[-1]


def test_the_closing_line_offers_what_there_is(hone, train):
    """No best trial where all were pruned; no more trials where nothing is left to try."""
    pruned = hone("run", "-n", 2, "--study", "p", "--minimize", "loss", "-p", "x=0..1", "--", "sh",
                  "-c", "echo step=1 loss={x}; exit 10")
    assert pruned.code == 0 and "No best trial yet.\n" in pruned.out
    assert last_line(pruned) == (
        "More: `hone trials --study p`; `hone resume --study p -n +50` goes on.")
    whole = ["--minimize", "loss", "--sampler", "grid", "--", "./train", "{x}"]
    finite = hone("run", "-n", 3, "--study", "f", "-p", "x=int:1..3", *whole)
    assert last_line(finite) == (
        "More: `hone best --study f`, `hone trials --study f`; every configuration has been tried.")
    again = hone("run", "-n", 3, "--study", "f", "-p", "x=int:1..3", *whole)
    assert "As many are finished already (3).\n" in again.out
    assert last_line(again) == last_line(finite)
    partly = hone("run", "-n", 2, "--study", "l", "-p", "x=int:1..3", *whole)
    assert last_line(partly) == ("More: `hone best --study l`, `hone trials --study l`; "
                                 "`hone resume --study l -n +50` goes on.")
    grid = hone("run", "--study", "g", "-p", "x=0..6", *whole)
    assert last_line(grid) == (
        "More: `hone best --study g`, `hone trials --study g`; the sampler grid has nothing new "
        "left, `hone resume --study g --sampler auto -n +50` goes on.")
    more = hone("resume", "g", "--sampler", "random", "-n", "+1")
    assert more.code == 0 and last_line(more).endswith("`hone resume --study g -n +50` goes on.")


def test_a_pipe_gets_a_line_per_trial_and_no_escapes(hone, train):
    result = hone("run", "-n", 20, "-j", 2, "--minimize", "loss", "-p", "x=0..6", "--", "./train",
                  "{x}")
    lines = [line for line in result.out.splitlines() if line.startswith("trial ")]
    assert len(lines) == 20
    assert all(re.fullmatch(r"trial \d+  COMPLETE  loss=\S+  \S+  x=\S+(  best)?", line)
               for line in lines)
    assert "\x1b" not in result.out + result.err


def test_the_same_again_goes_on(hone, train):
    args = ["--minimize", "loss", "-p", "x=0..6", "--seed", 5, "--", "./train", "{x}"]
    first, second = (hone("run", "-n", n, *args) for n in (2, 5))
    assert first.out.count("\ntrial ") == 2 and second.out.count("\ntrial ") == 3
    assert "goes on after 2 finished trials" in second.out
    third = hone("run", "-n", 5, *args)
    assert (third.code, third.out.count("\ntrial ")) == (0, 0)
    assert "As many are finished already (5)" in third.out


def test_run_and_resume_without_a_command_repeat_what_was_recorded(hone, train):
    hone("run", "-n", 2, "-j", 2, "--minimize", "loss", "-p", "x=0..6", "--", "./train", "{x}")
    result = hone("run", "-n", 4)
    assert result.code == 0
    assert "Ends at 4 finished trials; 2 run at a time." in result.out
    for args, total in ((["-n", "+2"], 6), (["-n", "7"], 7), ([], 7)):
        result = hone("resume", *args)
        assert result.code == 0
        assert f"default: {total} COMPLETE" in result.out


def test_resume_may_change_jobs_and_sampler(hone, train):
    hone("run", "-n", 2, "--minimize", "loss", "-p", "x=0..6", "--", "./train", "{x}")
    result = hone("resume", "-n", "+2", "-j", 2, "--sampler", "random")
    assert "Sampler random" in result.out and "2 run at a time" in result.out
    assert "Sampler random" in hone("resume", "-n", "+1").out


def test_a_change_is_refused_with_the_difference(hone, train):
    hone("run", "-n", 2, "--minimize", "loss", "-p", "x=0..6", "--", "./train", "{x}")
    result = hone("run", "-n", 4, "--maximize", "loss", "-p", "x=0..9", "-p", "y=bool", "--",
                  "./train", "{x}", "{y}")
    assert result.code == 2 and result.out == ""
    assert result.err == """\
hone: the study 'default' differs from what is asked for (- has, + asked for):
  parameters
    - x 0..6
    + x 0..9
    + y bool
  objective
    - minimize loss
    + maximize loss
  command
    - ./train {x}
    + ./train {x} {y}
Change it with --accept, begin another study with --study NAME, or go on with what it
has by `hone resume`.
"""


def best_of(hone):
    return json.loads(hone("best", "--json").out)


def test_accept_takes_a_changed_objective_over(hone):
    """The other direction reads the same values anew; a new metric begins without any."""
    def run(n, *options):
        return hone("run", "-q", "-n", n, "--seed", 3, *options, "-p", "x=0..1", "--", "sh", "-c",
                    "echo loss={x} size=$HONE_TRIAL")

    assert run(4, "--minimize", "loss").code == 0
    values = [t["values"]["loss"] for t in trials_of(hone)]
    assert best_of(hone)["values"] == {"loss": min(values)}
    assert run(4, "--maximize", "loss").code == 2
    assert run(4, "--maximize", "loss", "--accept").code == 0
    assert best_of(hone)["values"] == {"loss": max(values)}
    assert run(4, "--maximize", "loss").code == 0
    # Nobody has told a size: the trials are still there, and none of them is the best.
    changed = run(4, "--minimize", "size", "--accept")
    assert changed.code == 0 and changed.out == ""
    done = hone("best")
    assert (done.code, done.err) == (
        2, 'hone: study "default" has no complete, feasible trial yet: `hone trials` shows how they '
           "stand\n")
    assert run(6, "--minimize", "size").code == 0
    best = best_of(hone)
    assert best["number"] == 4 and best["values"]["size"] == 4
    rows = [t["values"] for t in trials_of(hone)]
    assert [row["loss"] for row in rows[:4]] == values and "size" not in rows[0]
    # Back again: what was told is still known. The trials since have told it, too.
    assert run(6, "--minimize", "loss", "--accept").code == 0
    rows = [t["values"] for t in trials_of(hone)]
    assert best_of(hone)["values"]["loss"] == min(row["loss"] for row in rows)
    assert len(rows) == 6 and all("loss" in row for row in rows)


def test_accept_takes_a_changed_space_and_command_over(hone, train):
    hone("run", "-n", 2, "--minimize", "loss", "-p", "x=0..6", "--", "./train", "{x}")
    changed = ["--minimize", "loss", "-p", "x=0..9", "--", "./train", "{x}", "more"]
    result = hone("run", "-n", 4, "--accept", *changed)
    assert result.code == 0 and "default: 4 COMPLETE" in result.out
    assert hone("run", "-n", 4, *changed).code == 0


def test_a_seed_stays(hone, train):
    args = ["run", "-n", 1, "--minimize", "loss", "-p", "x=0..6", "--", "./train", "{x}"]
    hone(*args[:1], "--seed", 7, *args[1:])
    result = hone(*args[:1], "--seed", 8, *args[1:])
    assert result.code == 2
    assert result.err == ("hone: the study 'default' has the seed 7, which stays; --study NAME "
                          "begins another one\n    hone run --seed 8 -n 1 --minimize loss -p x=0..6 "
                          "-- ./train {x}\n                    ^\n")


def test_dry_run_shows_and_keeps_nothing(hone, train, workdir):
    result = hone("run", "--dry-run", "-n", 9, *GRID, "--", "./train", "{x}", "a b")
    assert (result.code, result.err) == (0, "")
    assert result.out == """\
Study default (sqlite:hone.db): minimize loss
x  int  1 .. 3
3 configurations
Sampler grid, scheduler auto (curve), seed 1
Ends at 9 finished trials; 1 runs at a time.
First commands:
    ./train 1 'a b'
    ./train 2 'a b'
    ./train 3 'a b'
Nothing was run and nothing was kept (--dry-run).
"""
    assert [path.name for path in workdir.iterdir()] == ["train"]


def test_dry_run_of_a_study_that_exists(hone, train):
    hone("run", *GRID, "--", "./train", "{x}")
    result = hone("run", "--dry-run")
    assert result.code == 0
    assert "goes on" not in result.out
    assert "First commands of a new study like this one:\n    ./train 1\n" in result.out


# Arguments of `hone run`, and all that is said.
REFUSED = [
    ([], "hone: there is nothing to run: the command comes after `--`, as in\n"
         "    hone run -n 50 --minimize loss -p lr=log:1e-5..0.1 -- ./train --lr {lr}\n"),
    (["--", "ls"],
     "hone: there is no parameter to tune: add -p NAME=SPEC, as in -p lr=log:1e-5..0.1\n"),
    (["-p", "x=0..1", "--", "ls"],
     "hone: what is the aim? Add --minimize NAME or --maximize NAME, where NAME is a metric that "
     "the command prints, as in loss=0.2\n"),
    (["-p", "x=0..1", "ls", "{x}"],
     "hone: 'ls' is no study file (.yaml, .yml, .json); a command comes after `--`\n"
     "    hone run -p x=0..1 ls {x}\n"
     "                       ^\n"),
    (["-p", "o=a", "o=b", "--", "ls"],
     "hone: the shell has split 'o={…}' into several words; write 'o=a,b' without braces, or "
     "quote it\n"
     "    hone run -p o=a o=b -- ls\n"
     "                    ^\n"),
    (["x=0..1"], "hone: a parameter is given as -p 'x=0..1'\n"
                 "    hone run x=0..1\n"
                 "             ^\n"),
    (["--minimize", "l", "-p", "x=log:0..1", "--", "ls"], None),
    (["--minimize", "l", "-p", "lr=0..1", "--", "ls", "--rate={lt}"], None),
    (["--minimize", "l", "-p", "x=0..1", "--sampler-option", "a=1", "--", "ls"],
     "hone: auto takes no options: \"a\" is unknown; of another sampler: name it with --sampler\n"
     "    hone run --minimize l -p x=0..1 --sampler-option a=1 -- ls\n"
     "                                                     ^\n"),
    (["--minimize", "l", "-p", "x=0..1", "--regex", "x", "--metric", "time", "--", "ls"],
     "hone: the objective can be read in one way only: --metric-from, --regex or --metric "
     "time|maxrss\n"),
    (["--minimize", "l", "-p", "x=0..1", "--shell", "--", "ls", "-l"],
     "hone: --shell takes the command as one text: put it in quotes\n"),
    (["--minimize", "a", "--minimize", "b", "--target", "1", "-p", "x=0..1", "--", "ls"],
     "hone: --target needs a single objective, there are 2\n"),
]


@pytest.mark.parametrize("args, said", REFUSED, ids=lambda x: " ".join(x) if isinstance(x, list) else "")
def test_a_mistake_is_found_before_anything_is_made(hone, workdir, args, said):
    result = hone("run", *args)
    assert (result.code, result.out) == (2, "")
    if said:
        assert result.err == said
    else:
        sentence, line, caret = result.err.splitlines()
        assert sentence.startswith("hone: ") and line.startswith("    hone run ") and "^" in caret
    assert list(workdir.iterdir()) == []


def test_an_error_in_a_parameter_points_into_the_command_line(hone):
    result = hone("run", "--minimize", "l", "-p", "lr=log:1e-5..x", "--", "ls")
    assert result.err.splitlines()[1:] == [
        "    hone run --minimize l -p lr=log:1e-5..x -- ls",
        "                                          ^",
    ]


def test_an_unknown_placeholder_is_named(hone):
    result = hone("run", "--minimize", "l", "-p", "lr=0..1", "--", "ls", "--rate={lt}")
    assert "{lr}" in result.err.splitlines()[0]
    line, caret = result.err.splitlines()[1:]
    assert line[caret.index("^"):] == "{lt}"


def test_json_prints_events_only(hone, train):
    result = hone("run", "--json", *GRID, "--", "./train", "{x}")
    events = [json.loads(line) for line in result.out.splitlines()]
    assert [e["event"] for e in events if e["event"] != "source"] == (
        ["begin"] + 3 * ["started", "finished"] + ["end"])
    begin, end = events[0], events[-1]
    assert begin["study"] == "default" and begin["seed"] == 1 and begin["sampler"] == "grid"
    assert begin["objectives"] == [{"name": "loss", "goal": "minimize"}]
    finished = [e for e in events if e["event"] == "finished"]
    assert [(e["trial"], e["state"], e["params"], e["values"], e["best"]) for e in finished] == [
        (0, "COMPLETE", {"x": 1}, {"loss": 4.0}, True),
        (1, "COMPLETE", {"x": 2}, {"loss": 1.0}, True),
        (2, "COMPLETE", {"x": 3}, {"loss": 0.0}, True),
    ]
    assert (end["outcome"], end["exit"], end["finished"]) == ("finished", 0, 3)
    assert end["best"] == {"number": 2, "values": {"loss": 0.0}, "params": {"x": 3}}


def test_quiet_prints_the_best_only(hone, train):
    result = hone("run", "-q", *GRID, "--", "./train", "{x}")
    assert (result.code, result.out, result.err) == (0, "trial 2  loss=0  x=3\n", "")


def test_several_objectives_end_in_the_best_compromises(hone):
    result = hone("run", "--minimize", "a", "--maximize", "b", "-p", "x=int:1..3", "--sampler",
                  "grid", "--shell", "--", "echo a={x} b={x}")
    assert result.code == 0
    assert "minimize a, maximize b" in result.out
    assert "Best compromises (3):\n    trial 0     a=1 b=1  x=1\n" in result.out


def test_every_trial_failed_is_4_and_names_the_log(hone, workdir):
    result = hone("run", *GRID, "-n", 3, "--", "sh", "-c", "echo no; exit 3", "{x}")
    assert result.code == 4
    line = next(line for line in result.out.splitlines() if line.startswith("trial 0"))
    assert re.fullmatch(r"trial 0  FAILED  \S+  x=1  \(exit code 3\)  log \S+", line)
    assert (workdir / line.split("  log ")[1]).read_text() == "no\n"
    assert "No best trial yet." in result.out and "hone logs -a 2" in result.out


def test_a_missing_metric_shows_the_output_at_once(hone):
    result = hone("run", *GRID, "--", "sh", "-c", "echo nothing to say", "{x}")
    assert result.code == 4
    assert ("hone: Trial 0 ended well, but did not say its metric. Its output ends:\n"
            "    nothing to say\n") in result.err


def test_storage_errors_are_1(hone, workdir):
    (workdir / "hone.db").write_text("this is no database " * 100)
    result = hone("run", *GRID, "--", "true", "{x}")
    assert result.code == 1 and result.err.startswith("hone: ")


def test_the_time_is_measured_by_hone(hone):
    result = hone("run", "--metric", "time", "-p", "x=int:1..2", "--sampler", "grid", "--", "true",
                  "{x}")
    assert result.code == 0
    assert "minimize time" in result.out
    assert re.search(r"trial 0  COMPLETE  time=0\.\d+", result.out)


def test_what_is_needed_to_reproduce_is_recorded(hone, train, workdir):
    git = ["git", "-c", "user.name=n", "-c", "user.email=e"]
    for words in (["init", "-q"], ["add", "train"], ["commit", "-q", "-m", "first"]):
        subprocess.run(git + words, check=True)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True,
                            text=True).stdout.strip()
    hone("run", "-n", 1, *GRID, "--", "./train", "{x}")
    train.write_text(SCRIPT + "# changed")
    hone("run", "-n", 2, "--timeout-trial", "1m", *GRID, "--", "./train", "{x}")
    events = [json.loads(line) for line in hone("export", "--events").out.splitlines()]
    settings = [(e["name"], json.loads(e["text"])) for e in events if e["event"] == "study_set"]
    first, last = dict(reversed(settings)), dict(settings)
    assert first["command"] == ["./train", "{x}"] and first["shell"] is False
    assert (first["cwd"], first["host"]) == (str(workdir), socket.gethostname())
    assert first["git"] == {"commit": commit, "dirty": False}
    assert last["git"] == {"commit": commit, "dirty": True}
    assert last["options"] == {"trials": 2, "timeout-trial": 60.0, "command": ["./train", "{x}"]}
    assert last["line"].startswith("hone run -n 2 --timeout-trial 1m --minimize loss -p x=int:1..3 ")
    assert f"hone {first['version']}\n" == hone("--version").out


def test_so_many_more(hone, train):
    args = ["--minimize", "loss", "-p", "x=0..6", "--", "./train", "{x}"]
    for n_finished in (2, 4):
        assert hone("run", "-q", "-n", "+2", *args).code == 0
        assert hone("trials", "--json").out.count('"COMPLETE"') == n_finished
    result = hone("run", "-n", "few", *args)
    assert result.code == 2
    assert result.err.startswith("hone: --trials takes a whole number, not 'few'\n")


def test_try_queues_and_resume_runs_it(hone, train):
    args = ["run", "-n", 1, "--minimize", "loss", "-p", "x=0..8", "-p", "y=a,b", "--", "./train"]
    hone(*args, "{x}", "{y}")
    result = hone("try", "x=3")
    assert (result.code, result.err) == (0, "")
    assert result.out == ("Trial 1 is queued: the next free slot runs it (`hone resume`, or one "
                          "that runs).\n")
    result = hone("resume", "-n", "+1")
    assert re.search(r"trial 1  COMPLETE  loss=0  \S+  x=3 y=[ab]  best", result.out)


def test_what_was_tried_by_hand_runs_although_the_study_is_done(hone, train):
    args = ["run", "-n", 1, "--minimize", "loss", "-p", "x=0..8", "-p", "y=a,b", "--", "./train"]
    hone(*args, "{x}", "{y}")
    hone("try", "x=3")
    waiting = json.loads(hone("trials", "--state", "waiting", "--json").out)
    assert waiting["params"] == {"x": 3.0} and waiting["origin"] == "manual"
    shown = hone("show", 1).out
    assert "\nparameters\n  x          3\n  y          -  (not chosen yet)\n" in shown
    result = hone("resume")
    assert "As many are finished already (1); 1 that was asked for by hand is run.\n" in result.out
    assert re.search(r"trial 1  COMPLETE  loss=0  \S+  x=3 y=[ab]  best", result.out)
    assert "As many are finished already (2).\n" in hone("resume").out


def test_try_now_runs_it_at_once(hone, train):
    hone("run", "-n", 1, "--minimize", "loss", "-p", "x=0..8", "--", "./train", "{x}")
    result = hone("try", "x=3", "--now")
    assert result.code == 0
    assert scrub(result.out) == "trial 1  COMPLETE  loss=0  T  x=3  best\n"
    assert json.loads(hone("try", "x=2.5", "--json").out) == {"trial": 2, "params": {"x": 2.5}}


@pytest.mark.parametrize("args, said, under", [
    (["x=9"], "outside", "9"),
    (["z=1"], "there is no parameter", None),
    (["x"], "a value is given as name=value", "x"),
    (["x=1", "x=2"], "given twice", "x=2"),
])
def test_a_wrong_try_is_refused(hone, train, args, said, under):
    hone("run", "-n", 1, "--minimize", "loss", "-p", "x=0..6", "--", "./train", "{x}")
    result = hone("try", *args)
    assert result.code == 2 and said in result.err.splitlines()[0]
    if under:
        line, caret = result.err.splitlines()[1:]
        assert line[caret.index("^"):] == under


def test_without_a_study_there_is_nothing_to_go_on_with(hone):
    for args in (["resume"], ["try", "x=1"], ["resume", "mnist"]):
        result = hone(*args)
        assert (result.code, result.out) == (2, "") and result.err.startswith("hone: ")


def test_names_of_storage_and_study_are_in_what_is_suggested(hone, train):
    result = hone("run", "--storage", "a.db", "--study", "b", *GRID, "--", "./train", "{x}")
    assert "`hone best --storage sqlite:a.db --study b`" in result.out
    assert hone("resume", "b", "--storage", "a.db").code == 0


def test_memory_storage_leaves_no_database(hone, train, workdir):
    result = hone("run", "--storage", "memory:", *GRID, "--", "./train", "{x}")
    assert result.code == 0
    assert result.out.splitlines()[-1] == ("The study was in memory alone: what is left are the "
                                           "files of its trials.")
    assert "hone best" not in result.out and "hone resume" not in result.out
    assert not list(workdir.glob("*.db*"))


def test_why_there_is_no_best_trial(hone, train):
    args = ["run", "-n", 2, "--minimize", "loss", "-p", "x=0..6", "--constraint", "latency<=20",
            "--", "./train", "{x}"]
    result = hone(*args)
    assert result.code == 0, result.err
    assert "\nNo best trial yet: no complete trial satisfies the constraints.\n" in result.out


def test_a_constraint_on_what_no_trial_says_is_told_once(hone, train):
    grid = ["--minimize", "loss", "-p", "x=0..6", "--constraint"]
    said = "did not say memroy; without it the constraint memroy<=20 is broken\n"
    result = hone("run", "-q", "-n", 3, *grid, "memroy<=20", "--", "./train", "{x}")
    assert result.code == 0 and result.err == f"hone: Warning: trial 0 {said}"
    result = hone("run", "--study", "heard", "-n", 3, *grid, "loss<=-1", "--", "./train", "{x}")
    assert result.code == 0 and "did not say" not in result.err


def test_a_closed_pipe_does_not_end_the_study(hone, train):
    process = hone.start("run", "-n", 5, "--minimize", "loss", "-p", "x=0..6", "--", "./train",
                         "{x}")
    process.stdout.readline()
    process.stdout.close()
    process.stdin.close()
    assert process.wait(60) in (0, 1)
    process.stderr.close()
    assert "default: 5 COMPLETE" in hone("resume").out


def test_an_environment_variable_is_an_option(hone, train):
    result = hone("run", *GRID, "--", "./train", "{x}", env={"HONE_STUDY": "e", "HONE_JOBS": "2"})
    assert "Study e " in result.out and "2 run at a time" in result.out


def test_choices_of_any_json_reach_the_command_as_they_stood(hone, workdir):
    (workdir / "train.py").write_text(
        "import json, os, sys\n"
        "told = json.load(open(os.environ['HONE_DIR'] + '/params.json'))['h']\n"
        "assert sys.argv[1] == os.environ['HONE_P_H']\n"
        "print('told', json.dumps([told, sys.argv[1]]))\n"
        "print('loss=%d' % len(str(told)))\n")
    choices = [[64, 64], "[64,64]", {"a": None, "b": [1, 2.0]}, 1, "1", True]
    told = ["[64,64]", "[64,64]", '{"a":null,"b":[1,2.0]}', "1", "1", "true"]
    spec = 'h=[64, 64],"[64,64]",{"b":[1,2.0],"a":null},1,"1",true'
    args = ["--seed", 1, "--sampler", "grid", "--minimize", "loss", "-p", spec]
    result = hone("run", *args, "--", "python3", "train.py", "{h}")
    assert result.code == 0, result.err
    lines = [f'trial {i}  COMPLETE  loss={loss}  T  h={h}' for i, (loss, h) in enumerate(zip(
        [8, 7, 26, 1, 1, 4], ["[64,64]", '"[64,64]"', told[2], "1", '"1"', "true"]))]
    shown = re.sub(r"  [0-9.]+m?s  ", "  T  ", result.out).splitlines()
    assert [line.removesuffix("  best") for line in shown if line.startswith("trial ")] == lines
    got = trials_of(hone)
    assert [t["params"]["h"] for t in got] == choices
    for i, choice in enumerate(choices):
        log = (workdir / f"hone/default/{i}/stdout").read_text()
        assert json.loads(re.search("told (.*)", log)[1]) == [choice, told[i]]
    for typed, i in [("1", 3), ('"1"', 4), ("[64,  64]", 0), ("'[64,64]'", 1)]:
        assert hone("try", f"h={typed}", "--json").out == (
            f'{{"trial":{len(got)},"params":{{"h":{json.dumps(choices[i], separators=(",", ":"))}}}}}\n')
        got.append(None)
    assert hone("best", "--format", "args").out == "--h=1\n"
    assert hone("export").out.splitlines()[1].split(",0.")[0].startswith('0,COMPLETE,8,"[64,64]"')
