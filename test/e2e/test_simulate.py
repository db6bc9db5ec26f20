"""`hone simulate`: schedulers compared on curves that are made by hand, and what it refuses."""
import json

import pytest

from lookers import NO_DATABASE, pipe

# Three steps of a second each. With four workers all curves run at once.
CURVES = [[9, 1, 0], [4, 4, 4], [3, 2, 2], [9, 9, 9]]
FILE = ["simulate", "--curves", "curves.jsonl", "--minimize", "loss"]
# The same curve four times: who is better is the one with the lower number.
TWINS = 4 * [[3, 2, 1, 0]]
PAUSE = "asha:variant=pause,eta=2,max_resource=4"


def write(tmp_path, curves, **more):
    lines = [json.dumps({"values": values, "seconds": [1] * len(values), **more})
             for values in curves]
    (tmp_path / "curves.jsonl").write_text("\n".join(lines) + "\n")


@pytest.fixture(name="curves")
def _curves(hone):
    write(hone.directory, CURVES)


def figures(hone, *args):
    done = hone(*args, "--json")
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


TABLE = """\
objective   minimize loss: best 0, median 3
curves      4, up to 3 steps, 12s of training
simulated   4 workers, 5 orders of 4 trials

scheduler          time  steps  saved  regret  best lost  to 1%
none                 3s     12   0.0%       0        0/5     3s
threshold:upper=5    3s      8  33.3%       2        5/5      -
"""


def test_table(hone, curves):
    done = hone(*FILE, "-j", 4, "--orders", 5, "--scheduler", "none", "--scheduler",
                "threshold:upper=5")
    assert (done.code, done.err, done.out) == (0, "", TABLE)
    quiet = hone(*FILE, "-j", 4, "--orders", 5, "--scheduler", "none", "-q")
    assert quiet.out == ("scheduler  time  steps  saved  regret  best lost  to 1%\n"
                         "none         3s     12   0.0%       0        0/5     3s\n")


def test_one_worker_takes_as_long_as_all_steps(hone, curves):
    told = figures(hone, *FILE, "-j", 1, "--orders", 3, "--scheduler", "none", "--scheduler",
                   "threshold:upper=5")
    none, threshold = told["schedulers"]
    assert (told["n_curves"], told["n_points"], told["work_s"], told["trials"]) == (4, 3, 12, 4)
    assert [(r["time_s"], r["steps"], r["n_complete"]) for r in none["runs"]] == 3 * [(12, 12, 4)]
    assert {r["reached_s"] for r in none["runs"]} <= {3, 6, 9, 12}
    assert threshold["options"] == {"upper": 5} and threshold["name"] == "threshold"
    for run in threshold["runs"]:
        assert (run["time_s"], run["steps"], run["full_steps"]) == (8, 8, 12)
        assert (run["n_complete"], run["n_stopped"], run["n_paused"]) == (2, 2, 0)
        assert (run["best"], run["best_tried"], run["regret"]) == (2, 0, 2)
        assert run["best_lost"] and run["reached_s"] is None
    assert (threshold["saved"], threshold["n_best_lost"]) == (pytest.approx(1 / 3), 3)


def test_orders_are_drawn_by_the_seed(hone, curves):
    def reached(seed):
        told = figures(hone, *FILE, "-j", 1, "--orders", 8, "--scheduler", "none", "--seed", seed)
        return [run["reached_s"] for run in told["schedulers"][0]["runs"]]
    first = reached(1)
    assert first == reached(1) and len(set(first)) > 1
    assert reached(2)[:7] == first[1:]


# By hand: 0 pauses at step 1, 1 too, 0 goes on to 2, and 2 and 3 pause at 1. No more begin, so that
# the best at step 2, which is 0, goes on to its end; then 1 goes on to 2.
@pytest.mark.parametrize("how, steps, reached", [([], 8, 7), (["--no-checkpoint"], 12, 10)])
def test_paused_trials_go_on(hone, how, steps, reached):
    write(hone.directory, TWINS)
    told = figures(hone, *FILE, "-j", 1, "--orders", 2, "--scheduler", PAUSE, *how)
    for run in told["schedulers"][0]["runs"]:
        assert (run["steps"], run["time_s"], run["n_reports"]) == (steps, steps, steps)
        assert (run["n_trials"], run["n_complete"], run["n_paused"]) == (4, 1, 3)
        assert (run["n_resumed"], run["regret"], run["reached_s"]) == (3, 0, reached)


def test_a_resource_that_is_shorter_than_the_curves_ends_them(hone, curves):
    told = figures(hone, *FILE, "-j", 4, "--orders", 1, "--scheduler",
                   "asha:max_resource=2,min_resource=1,n_startup=9")
    run = told["schedulers"][0]["runs"][0]
    assert (run["steps"], run["n_complete"], run["best"], run["regret"]) == (8, 4, 1, 1)


def test_some_of_the_trials(hone, curves):
    told = figures(hone, *FILE, "-j", 1, "-n", 2, "--orders", 6, "--scheduler", "none")
    runs = told["schedulers"][0]["runs"]
    assert all((r["n_trials"], r["steps"], r["regret"]) == (2, 6, 0) for r in runs)
    assert len({r["best_tried"] for r in runs}) > 1


def test_as_recorded(hone, curves):
    told = figures(hone, *FILE, "-j", 1, "-n", 2, "--as-recorded", "--scheduler", "none")
    run, = told["schedulers"][0]["runs"]
    assert (told["as_recorded"], told["orders"]) == (True, 1)
    assert (run["steps"], run["best"], run["reached_s"]) == (6, 0, 3)
    text = hone(*FILE, "-n", 2, "--as-recorded", "--scheduler", "none").out
    assert "simulated   8 workers, 2 trials as recorded\n" in text


def test_larger_may_be_better(hone, curves):
    told = figures(hone, "simulate", "--curves", "curves.jsonl", "--maximize", "score", "-j", 4,
                   "--orders", 1, "--scheduler", "threshold:upper=5")
    run = told["schedulers"][0]["runs"][0]
    assert told["direction"] == "maximize"
    assert (told["best"], run["best"], run["regret"]) == (9, 4, 5)


def test_every_scheduler_by_default(hone):
    write(hone.directory, [[30 - k, 20 - k / 2, 10 + k, 5 + k] for k in range(20)])
    done = hone(*FILE, "--orders", 2, "--json")
    assert done.code == 0
    rows = json.loads(done.out)["schedulers"]
    names = [row["name"] for row in rows]
    listed = [json.loads(line)["name"] for line in hone("schedulers", "--json").out.splitlines()]
    left_out = [line.split()[1] for line in done.err.splitlines() if "is left out" in line]
    assert names[0] == "none"
    # These are a scheduler with a sampler, and no sampler takes part.
    assert sorted([*names, *left_out, "bohb", "dehb", "pb2"]) == sorted(listed)
    assert all(row["runs"][0]["n_trials"] == 20 for row in rows)


# --- from a study ---

def report(hone, curves, opening=None, **tells):
    messages = [{"space": [{"name": "x", "spec": "0..1"}], "seed": 1, "sampler": "random",
                 "storage": "sqlite:hone.db", **(opening or {"direction": "minimize"})}]
    for number, values in enumerate(curves):
        messages.append({"ask": 1})
        messages += [{"report": number, "step": k + 1, "value": v} for k, v in enumerate(values)]
        messages.append(tells.get(f"t{number}", {"tell": number, "value": (values or [1])[-1]}))
    return pipe(hone, *messages)


def test_curves_of_a_study(hone):
    report(hone, [*CURVES, [8, 7], [5]], t4={"tell": 4, "state": "pruned"},
           t5={"tell": 5, "state": "failed"})
    before = hone("status", "--json").out
    told = figures(hone, "simulate", "-j", 4, "--orders", 2, "--scheduler", "threshold:upper=5")
    assert (told["n_curves"], told["n_stopped"], told["n_failed"], told["n_silent"]) == (4, 1, 1, 0)
    assert (told["metric"], told["best"], told["median"]) == ("value", 0, 3)
    assert [r["steps"] for r in told["schedulers"][0]["runs"]] == [8, 8]
    assert hone("status", "--json").out == before
    held = figures(hone, "simulate", "-j", 4, "--orders", 1, "--scheduler", "none",
                   "--unfinished", "hold")
    assert (held["n_curves"], held["median"]) == (5, 4)
    assert held["schedulers"][0]["runs"][0]["steps"] == 15
    text = hone("simulate", "--scheduler", "none", "default").out.splitlines()
    assert "left out    1 trial stopped early; their rest is not known (--unfinished hold)" in text
    assert "left out    1 trial without a result" in text
    assert max(map(len, text)) <= 80


def test_paused_trials_are_left_out_or_held(hone):
    train = "k=0; while [ $k -lt $1 ]; do k=$((k + 1)); echo loss=$k step=$k; done; : $2"
    # Two brackets of four trials up to step 1, two up to 2, one up to 4.
    assert hone("run", "-q", "-n", 8, "-j", 1, "--minimize", "loss", "-p", "x=0..1", "--scheduler",
                "halving", "--scheduler-option", "min_resource=1", "--scheduler-option",
                "max_resource=4", "--", "sh", "-c", train, "sh", "{resource}", "{x}").code == 0
    told = figures(hone, "simulate", "-j", 1, "--orders", 1, "--scheduler", "none")
    assert (told["n_curves"], told["n_stopped"]) == (2, 6)
    held = figures(hone, "simulate", "-j", 1, "--orders", 1, "--scheduler", "none",
                   "--unfinished", "hold")
    assert (held["n_curves"], held["schedulers"][0]["runs"][0]["steps"]) == (8, 32)


def test_a_step_that_is_far_off_is_held_up_to(hone):
    report(hone, [[6, 5, 4], [3, 2, 1]], t0={"tell": 0, "state": "pruned"})
    far = [{"space": [{"name": "x", "spec": "0..1"}], "storage": "sqlite:hone.db",
            "direction": "minimize"}, {"ask": 1},
           {"report": 2, "step": 1, "value": 2}, {"report": 2, "step": 1e15, "value": 1},
           {"report": 2, "step": 1e300, "value": 1}, {"tell": 2, "value": 1}]
    assert not any("error" in reply for reply in pipe(hone, *far))
    held = figures(hone, "simulate", "-j", 1, "--orders", 1, "--scheduler", "none",
                   "--unfinished", "hold")
    assert (held["n_curves"], held["n_stopped"]) == (3, 1)
    assert held["n_points"] <= 1000


def test_times_are_those_of_the_reports(hone):
    train = "for k in 1 2 3; do sleep 0.$k; echo loss=$k step=$k; done"
    assert hone("run", "-q", "-n", 2, "--minimize", "loss", "-p", "x=0..1", "--", "sh", "-c",
                train + "; : {x}").code == 0
    told = figures(hone, "simulate", "-j", 1, "--orders", 1, "--scheduler", "none", "--scheduler",
                   "threshold:upper=1.5")
    whole, stopped = told["schedulers"]
    assert 1.2 <= whole["time_s"] < 3
    # Two steps of 0.1 s and 0.2 s each.
    assert stopped["steps"] == 4 and 0.6 <= stopped["time_s"] < whole["time_s"] - 0.5


# --- what it refuses ---

def refusal(hone, *args):
    done = hone("simulate", *args)
    assert (done.code, done.out) == (2, "")
    return done.err.splitlines()[0]


def test_studies_without_curves(hone):
    assert refusal(hone) == f"hone: {NO_DATABASE}"
    report(hone, [[], []])
    assert refusal(hone) == (
        'hone: the trials of study "default" have reported no curve of value: a simulation needs '
        "its value at several steps")


def test_curves_of_one_step(hone):
    report(hone, [[1], [2]])
    assert refusal(hone) == ('hone: each trial of study "default" has reported one step alone: '
                             "there is nothing to stop early")


def test_too_few_curves(hone):
    report(hone, [[1, 2], [2, 3]], t1={"tell": 1, "state": "pruned"})
    assert refusal(hone) == (
        'hone: study "default" has 1 complete trial with a curve (1 stopped early): a simulation '
        "needs two at least, better fifty")


def test_several_objectives(hone):
    hone("ask", "--minimize", "a", "--maximize", "b", "-p", "x=0..1")
    assert refusal(hone) == ('hone: study "default" has 2 objectives, a, b: name the one that is '
                             "compared")
    assert refusal(hone, "--metric", "c") == ('hone: "c" is no objective of study "default": it has '
                                              "a, b")


@pytest.mark.parametrize("line, message", [
    ('{"values":[1,2],"steps":[2,1]}', "line 2: the steps of a curve must rise: 1 follows 2"),
    ('{"values":[1,"x"]}', 'line 2: "values" must be a list of numbers'),
    ('{"values":[1,2],"seconds":[1]}', 'line 2: "seconds" has 1 numbers, "values" 2'),
    ('{"valuse":[1,2]}', 'line 2: a curve has no key "valuse"; did you mean "values"?'),
    ('{"values":[1,2],"value":"nan"}', "line 2: the result of a curve must be a number"),
])
def test_wrong_lines(hone, line, message):
    (hone.directory / "curves.jsonl").write_text('{"values":[1,2]}\n' + line + "\n")
    assert refusal(hone, *FILE[1:]) == f"hone: curves.jsonl: {message}"


@pytest.mark.parametrize("args, message", [
    (["--scheduler", "ashaa"], 'there is no scheduler "ashaa", did you mean "asha"'),
    (["--scheduler", "asha:et=2"], 'asha has no option "et": did you mean "eta"?'),
    (["--scheduler", "asha:eta"], "options of a scheduler are NAME=VALUE,NAME=VALUE, not 'eta'"),
    (["--scheduler", "asha:eta=x"], 'option "eta" of asha'),
    (["--maximize", "loss"], "say which way is better"),
    (["--as-recorded", "--orders", "3"], "--as-recorded is one order: leave out --orders"),
    (["--metric", "loss"], "--curves takes the place of a study"),
])
def test_wrong_options(hone, curves, args, message):
    assert refusal(hone, *FILE[1:], *args).startswith(f"hone: {message}")


def test_configurations_that_change_cannot_be_replayed(hone, curves):
    assert refusal(hone, *FILE[1:], "--scheduler", "pbt:max_resource=3,population=2") == (
        "hone: pbt changes configurations while they train: how those would have gone on, no "
        "recorded curve tells")


def test_goals_are_for_files(hone):
    assert refusal(hone, "--minimize", "loss") == (
        "hone: a study knows which way is better: --minimize goes with --curves")
