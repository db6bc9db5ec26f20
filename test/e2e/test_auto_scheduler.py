"""The scheduler that nobody has named: what it stops, what it leaves alone, and how one learns of it."""
import json

# Falls to a floor that x decides; {resource} or 20 steps.
TRAIN = """\
import math, os, sys
x, end = float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20
file = os.path.join(os.environ["HONE_CKPT"], "step")
step = int(open(file).read()) if os.path.exists(file) else 0
while step < end:
    step += 1
    print(f"loss={x + math.exp(-step / 3):.5f} step={step}", flush=True)
    with open(file + ".new", "w") as out:
        out.write(str(step))
    os.rename(file + ".new", file)
"""
STUDY = ["--sampler", "random", "--seed", 3, "-j", 1]
GOAL = ["--minimize", "loss", "-p", "x=0..1"]
COMMAND = ["--", "python3", "-c", TRAIN, "{x}"]


def states(hone):
    return [json.loads(line)["state"] for line in hone("trials", "--json").out.splitlines()]


def test_by_default_hopeless_trials_are_stopped(hone):
    done = hone("run", "-n", 30, *STUDY, *GOAL, *COMMAND)
    assert done.code == 0, done.err
    assert "Sampler random, scheduler auto (curve), seed 3\n" in done.out
    found = states(hone)
    assert found[:5] == ["COMPLETE"] * 5 and found.count("PRUNED") >= 10
    assert "(could pass " in done.out
    assert "scheduler   auto (curve)\n" in hone("status").out
    told = json.loads(hone("status", "--json").out)
    assert (told["scheduler"], told["scheduler_in_use"]) == ("auto", "curve")
    stopped = found.index("PRUNED")
    assert "could pass " in hone("show", stopped).out


def test_none_lets_all_run_to_their_ends(hone):
    assert hone("run", "-q", "-n", 12, *STUDY, "--scheduler", "none", *GOAL, *COMMAND).code == 0
    assert set(states(hone)) == {"COMPLETE"}
    assert "scheduler   none\n" in hone("status").out


def test_told_the_longest_training_it_lets_trials_pause(hone):
    done = hone("run", "-n", 12, *STUDY, "--scheduler-option", "max_resource=20", *GOAL, *COMMAND,
                "{resource}")
    assert done.code == 0, done.err
    assert "scheduler auto (freeze-thaw, max_resource=20)" in done.out
    assert {"COMPLETE", "PAUSED"} == set(states(hone))
    wrong = hone("run", "--study", "b", "-n", 12, *STUDY, *GOAL, *COMMAND, "{resource}")
    assert wrong.code == 2
    assert wrong.err.startswith("hone: {resource}: the scheduler auto gives trials no resource unless its "
                                "options say how long training is (`hone schedulers auto`)")


def test_in_a_deterministic_study_no_trial_pauses(hone):
    run = ["run", "-q", "-n", 4, *STUDY, "--deterministic", *GOAL, *COMMAND, "{resource}"]
    told = ["--scheduler-option", "max_resource=20"]
    for more, sentence in [
            ([], "{resource}: in a deterministic study trials cannot pause, and the scheduler auto gives them no "
                 "resource: use asha with max_resource, which stops them, or write the number"),
            (told, "told max_resource, the scheduler auto lets trials pause (freeze-thaw), which a deterministic "
                   "study cannot allow: leave it out, or use asha, which stops them")]:
        wrong = hone(*run[:4], *more, *run[4:])
        assert wrong.code == 2 and wrong.err.splitlines()[0] == "hone: " + sentence
    assert hone(*run[:4], "--scheduler", "asha", *told, *run[4:]).code == 0


def test_where_no_curve_leads_it_stops_nothing(hone):
    several = hone("run", "-n", 12, "--study", "two", *STUDY, *GOAL, "--minimize", "x", "--",
                   "python3", "-c", TRAIN.replace("print(f\"", "print(f\"x={x} "), "{x}")
    assert several.code == 0, several.err
    assert "scheduler" not in several.out.split("\ntrial 0")[0]
    folds = hone("run", "-n", 12, "--study", "folds", *STUDY, "--folds", 8, *GOAL, "--", "sh", "-c",
                 "echo loss=$(echo \"$1 + 0.1 / ($2 + 1)\" | bc -l)", "sh", "{x}", "{fold}")
    assert folds.code == 0, folds.err
    for name in ("two", "folds"):
        rows = [json.loads(line) for line in hone("trials", "--study", name, "--json").out.splitlines()]
        assert {row["state"] for row in rows} == {"COMPLETE"}, name


def test_where_trials_cannot_pause_that_is_refused(hone):
    opening = {"space": [{"name": "x", "spec": "0..1"}], "seed": 1}
    told = json.loads(hone("pipe", stdin=json.dumps(opening) + "\n").out.splitlines()[0])
    assert told["ok"] is True
    pausing = dict(opening, scheduler_options={"max_resource": 20})
    told = json.loads(hone("pipe", stdin=json.dumps(pausing) + "\n").out.splitlines()[0])
    assert told["error"]["message"].startswith('scheduler "auto" pauses trials, which cannot be done here')


def test_by_hand_reports_are_judged_as_in_a_run(hone):
    first = hone("ask", "--study", "hand", *GOAL, "--sampler", "random", "--seed", 1)
    assert first.code == 0, first.err
    codes = []
    for number in range(12):
        if number:
            assert hone("ask", "--study", "hand").code == 0
        for step in range(1, 21):
            value = (0.1 if number < 5 else 2) + 1 / step
            code = hone("report", "--study", "hand", "--trial", number, f"loss={value}", f"step={step}").code
            if code:
                break
        codes.append(code)
        state = ["--state", "pruned"] if code else [f"loss={value}"]
        assert hone("tell", "--study", "hand", number, *state).code == 0
    assert codes == [0] * 5 + [10] * 7
