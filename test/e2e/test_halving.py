"""Trials that pause at rungs and go on: the numbers of the tables, with a program that resumes."""
import collections
import json
import signal

import pytest

# An epoch costs a line in `epochs`; what was trained is in the checkpoint. The metric is worse the
# larger x is, and better the longer it trains.
SCRIPT = """\
#!/bin/sh
say() { echo "loss=$1.$((1000 - epoch)) step=$epoch"; }
epoch=0
if [ -f "$HONE_CKPT/epoch" ]; then
    epoch=$(cat "$HONE_CKPT/epoch")
    say "$1"
fi
echo "$HONE_TRIAL $epoch $2" >> attempts
while [ "$epoch" -lt "$2" ]; do
    epoch=$((epoch + 1))
    echo "$HONE_TRIAL $epoch" >> epochs
    [ -f fail ] && [ "$(cat fail)" = "$HONE_TRIAL $epoch" ] && exit 1
    echo $epoch > "$HONE_CKPT/new" && mv "$HONE_CKPT/new" "$HONE_CKPT/epoch"
    say "$1"
done
"""


def options(**given):
    return [word for k, v in given.items() for word in ("--scheduler-option", f"{k}={v}")]


def study(hone, train, n, jobs, scheduler, **given):
    return hone("run", "-q", "-n", n, "-j", jobs, "--seed", 1, "--sampler", "random", "--minimize",
                "loss", "-p", "x=int:0..100000", "--scheduler", scheduler, *options(**given), "--",
                train, "{x}", "{resource}")


def rungs(workdir):
    """How many trials were started up to each resource."""
    limits = [int(line.split()[2]) for line in (workdir / "attempts").read_text().splitlines()]
    return dict(collections.Counter(limits))


def trials_of(hone):
    return [json.loads(line) for line in hone("trials", "--json").out.splitlines()]


def n_epochs(workdir):
    return len((workdir / "epochs").read_text().splitlines())


@pytest.mark.parametrize("jobs", [1, 4])
def test_the_textbook(hone, workdir, train, jobs):
    """64 trials, half of them twice as long, …, one to the end: 25,600 iterations by hundreds."""
    result = study(hone, train, 64, jobs, "halving", min_resource=1, max_resource=64)
    assert result.code == 0, result.err
    assert rungs(workdir) == {1: 64, 2: 32, 4: 16, 8: 8, 16: 4, 32: 2, 64: 1}
    assert n_epochs(workdir) == 256
    trials = trials_of(hone)
    done = [t for t in trials if t["state"] == "COMPLETE"]
    assert len(done) == 1 and len(trials) == 64
    assert done[0]["params"]["x"] == min(t["params"]["x"] for t in trials)
    last = max(trials, key=lambda t: t["params"]["x"])
    why = "paused at rung 1 of 7 of bracket 1, at 1: place 64 of 64, of which the best 32 go on"
    assert json.loads(hone("show", last["number"], "--json").out)["standing"] == why
    shown = " ".join(hone("show", last["number"]).out.split())
    assert f"scheduler halving {why} seed" in shown
    assert json.loads(hone("show", done[0]["number"], "--json").out)["standing"] == (
        "came to rung 7 of 7 of bracket 1, at 64: place 1 of 1")
    again = hone("resume", "-q")  # nothing is left to do
    assert again.code == 0 and n_epochs(workdir) == 256
    assert hone("edit", "-n", "+5").out == "--trials         69\n"  # the paused ones have begun


@pytest.mark.parametrize("jobs", [1, 4])
def test_hyperband_in_turn(hone, workdir, train, jobs):
    """R = 9: 9@1 3@3 1@9 | 5@3 1@9 | 3@9."""
    result = study(hone, train, 17, jobs, "hyperband", max_resource=9)
    assert result.code == 0, result.err
    assert rungs(workdir) == {1: 9, 3: 3 + 5, 9: 1 + 1 + 3}
    assert sum(t["state"] == "COMPLETE" for t in trials_of(hone)) == 5


def test_a_run_says_who_waits_and_who_goes_on(hone, workdir, train):
    words = ["run", "-n", 4, "--seed", 1, "--sampler", "random", "--minimize", "loss",
             "-p", "x=int:0..100000", "--scheduler", "halving", *options(max_resource=4),
             "--", train, "{x}", "{resource}"]
    result = hone(*words)
    assert "Ends when of 4 trials none goes on; 1 runs at a time." in result.out
    assert "(rung 1 of 3 of bracket 1, at 1: place 1 of 1; 3 more to come, then the best 2 go on)" \
        in result.out
    promoted = [line for line in result.out.splitlines() if " promoted from " in line]
    assert len(promoted) == 3
    assert promoted[2].endswith(" promoted from rung 2 of 3 of bracket 1, at 2, to 4: place 1 of 2")
    assert "Ended: 4 trials are begun (-n), and none of the paused ones goes on.\n" in result.out
    assert all(trial["duration_s"] > 0 for trial in trials_of(hone))
    assert hone("studies", "delete", "default", "--yes").code == 0
    events = [json.loads(line) for line in hone("run", "--json", *words[1:]).out.splitlines()]
    on = [e for e in events if e["event"] == "started" and e["attempt"] > 1]
    assert [e["resource"] for e in on] == [2, 2, 4]
    assert on[0]["standing"].startswith("promoted from rung 1 of 3")
    paused = [e for e in events if e["event"] == "finished" and e["state"] == "PAUSED"]
    assert paused[0]["standing"].startswith("paused at rung 1 of 3")


def test_a_failure_stalls_no_rung(hone, workdir, train):
    (workdir / "fail").write_text("3 1\n")
    result = study(hone, train, 8, 2, "halving", max_resource=8)
    assert result.code == 0, result.err
    assert rungs(workdir) == {1: 9, 2: 4, 4: 2, 8: 1}
    states = collections.Counter(t["state"] for t in trials_of(hone))
    assert states == {"FAILED": 1, "PAUSED": 7, "COMPLETE": 1}


def test_a_failure_above_gives_its_place_to_the_next_best(hone, workdir, train):
    result = study(hone, train, 8, 1, "halving", max_resource=8)
    assert result.code == 0, result.err
    best = next(t["number"] for t in trials_of(hone) if t["state"] == "COMPLETE")
    (workdir / "fail").write_text(f"{best} 2\n")
    (workdir / "attempts").unlink()
    assert hone("studies", "delete", "default", "--yes").code == 0
    result = study(hone, train, 8, 1, "halving", max_resource=8)
    assert result.code == 0, result.err
    # 4 + 1 start for the second rung; `-n` begins another trial for the one that failed.
    assert rungs(workdir) == {1: 9, 2: 5, 4: 2, 8: 1}
    assert trials_of(hone)[best]["state"] == "FAILED"


def test_a_kill_and_a_worker(hone, workdir, train):
    """What was killed goes on from its checkpoints; the scheduler is the study's."""
    slow = train.read_text().replace("    epoch=$((epoch + 1))\n",
                                     "    epoch=$((epoch + 1)); sleep 0.02\n")
    train.write_text(slow)
    first = hone.start("run", "-n", 16, "-j", 2, "--seed", 1, "--sampler", "random", "--minimize",
                       "loss", "-p", "x=int:0..100000", "--scheduler", "halving",
                       *options(max_resource=16), "--", train, "{x}", "{resource}")
    for line in first.stdout:
        if "trial 9" in line:
            break
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert hone("work", "-q", "-j", 2, timeout=120).code == 0
    trials = trials_of(hone)
    done = [t for t in trials if t["state"] == "COMPLETE"]
    assert len(trials) == 16 and len(done) == 1
    assert done[0]["params"]["x"] == min(t["params"]["x"] for t in trials)
    last = {}
    for line in (workdir / "epochs").read_text().splitlines():
        trial, epoch = map(int, line.split())
        last[trial] = max(last.get(trial, 0), epoch)
    assert sorted(last.values()) == [1] * 8 + [2] * 4 + [4] * 2 + [8, 16]


def test_asynchronous_brackets(hone, workdir, train):
    result = study(hone, train, 27, 4, "hyperband", max_resource=9, brackets=1, mode="async")
    assert result.code == 0, result.err
    assert rungs(workdir) == {1: 27, 3: 9, 9: 3}


@pytest.mark.parametrize("jobs", [1, 4])
def test_pasha_trains_no_longer_than_it_must(hone, workdir, train, jobs):
    """The order never changes: two rungs, and the winner to the end."""
    result = study(hone, train, 27, jobs, "pasha", max_resource=27)
    assert result.code == 0, result.err
    assert rungs(workdir) == {1: 27, 3: 9, 27: 1}
    done = [t for t in trials_of(hone) if t["state"] == "COMPLETE"]
    assert len(done) == 1


def test_bohb(hone, workdir, train):
    """A preset of scheduler and sampler, which is told of what paused trials have shown."""
    result = hone("run", "-q", "-n", 30, "--seed", 1, "--minimize", "loss", "-p",
                  "x=int:0..100000", "--scheduler", "bohb", *options(max_resource=9), "--",
                  train, "{x}", "{resource}")
    assert result.code == 0, result.err
    status = json.loads(hone("status", "--json").out)
    assert (status["scheduler"], status["sampler"]) == ("bohb", "tpe")
    xs = [t["params"]["x"] for t in trials_of(hone)]
    assert sorted(xs[:12])[6] > 2 * sorted(xs[20:])[5]  # the later ones are the better ones


def test_dehb(hone, workdir, train):
    """After the first bracket each rung is filled with new trials, which end there; interrupted and
    gone on with, the trials are the same."""
    words = ["--seed", 1, "--minimize", "loss", "-p", "x=int:0..100000", "--scheduler", "dehb",
             *options(max_resource=9), "--", train, "{x}", "{resource}"]
    result = hone("run", "-q", "-n", 32, *words)
    assert result.code == 0, result.err
    status = json.loads(hone("status", "--json").out)
    assert (status["scheduler"], status["sampler"]) == ("dehb", "dehb")
    # 9@1 3@3 1@9 are promoted; 3@3 1@9 | 3@9 | 9@1 3@3 1@9 | 3@3 are new trials.
    trials = trials_of(hone)
    assert [t["state"] for t in trials[:9]].count("PAUSED") == 8
    assert [t["number"] for t in trials[9:] if t["state"] == "COMPLETE"] == [12, 13, 14, 15, 28]
    assert {t["state"] for t in trials[9:]} == {"COMPLETE", "PRUNED"}
    text = hone("show", 11).out
    assert "came to rung 1 of 2 of bracket 2, at 3, which it was for" in text
    for n in (11, 20):
        assert hone("run", "-q", "--study", "again", "-n", n, *words).code == 0
    assert hone("resume", "-q", "--study", "again", "-n", 32).code == 0
    again = hone("trials", "--json", "--study", "again").out.splitlines()
    assert [json.loads(t)["params"] for t in again] == [t["params"] for t in trials]


def test_dehb_in_a_study_file(hone, workdir, train):
    (workdir / "study.yaml").write_text(f"""\
study: {{minimize: loss, seed: 1}}
space: {{x: "int:0..100000"}}
sampler: {{name: dehb, F: 0.8}}
scheduler: {{name: dehb, max_resource: 4, eta: 2}}
run:
  command: {train} {{x}} {{resource}}
  trials: 9
""")
    result = hone("run", "-q", "study.yaml")
    assert result.code == 0, result.err
    # 4@1 2@2 1@4 are promoted; 2@2 1@4 | 2@4 are new trials.
    assert rungs(workdir) == {1: 4, 2: 4, 4: 4}


def test_options_in_a_study_file(hone, workdir, train):
    (workdir / "study.yaml").write_text(f"""\
study: {{minimize: loss, seed: 1, name: file}}
space: {{x: "int:0..100000"}}
sampler: random
scheduler: {{name: halving, max_resource: 4, n: 6}}
run:
  command: {train} {{x}} {{resource}}
  trials: 6
""")
    result = hone("run", "-q", "study.yaml")
    assert result.code == 0, result.err
    assert rungs(workdir) == {1: 6, 2: 3, 4: 1}
    assert json.loads(hone("status", "--study", "file", "--json").out)["scheduler"] == "halving"


@pytest.mark.parametrize("scheduler, given, said", [
    ("halving", {"max_resource": 1},
     'option "max_resource" of halving is 1: it must be at least eta, 2, or give "min_resource", too'),
    ("hyperband", {"min_resource": 9, "max_resource": 9},
     'option "min_resource" of hyperband is 9: it must be below "max_resource", 9'),
    ("hyperband", {"brackets": 9},
     'option "brackets" of hyperband is 9: from 1 to 81 by 3 there are 5'),
    ("dehb", {"mode": "async"},
     'option "fill" of hyperband is new: with it nobody waits for a rung but in the first bracket, so '
     'that "mode" must be sync'),
    ("halving", {"etta": 3}, 'halving has no option "etta": did you mean "eta"?'),
])
def test_bad_options(hone, train, scheduler, given, said):
    result = study(hone, train, 4, 1, scheduler, **given)
    assert result.code == 2
    assert said in result.err


@pytest.mark.parametrize("scheduler", ["halving", "hyperband"])
@pytest.mark.parametrize("go_on", [[["resume", "-q", "-n", 8]],
                                   [["edit", "-n", 8], ["work", "-q"]]])
def test_a_resumed_run_closes_its_bracket(hone, workdir, train, scheduler, go_on):
    """Its number of trials is known to the scheduler when a run goes on, too: 8@1 2@3."""
    study(hone, train, 1, 1, scheduler, min_resource=1, max_resource=9, eta=3)
    assert rungs(workdir) == {1: 1, 3: 1, 9: 1}
    for command in go_on:
        result = hone(*command)
        assert result.code == 0, result.err
    assert rungs(workdir)[1] == 8 and rungs(workdir)[3] >= 2
    assert len(trials_of(hone)) == 8


@pytest.mark.parametrize("jobs", [1, 4])
@pytest.mark.parametrize("number", [["-n", 64], []])
@pytest.mark.parametrize("scheduler", ["halving", "hyperband", "pasha", "asha"])
def test_a_space_that_is_used_up_closes_the_bracket(hone, train, scheduler, number, jobs):
    """Five points, of which the best is trained to the end, or, where nobody waits for all of a rung,
    a good one."""
    given = {"min_resource": 1, "max_resource": 9, "eta": 3,
             **({"variant": "pause"} if scheduler == "asha" else {})}
    result = hone("run", "-q", *number, "-j", jobs, "--seed", 1, "--minimize", "loss", "-p",
                  "x=1,2,3,4,5", "--scheduler", scheduler, *options(**given), "--", train, "{x}",
                  "{resource}")
    assert result.code == 0, result.err
    trials = trials_of(hone)
    done = [int(t["params"]["x"]) for t in trials if t["state"] == "COMPLETE"]
    waits = jobs == 1 or scheduler in ("halving", "hyperband")
    assert len(trials) == 5 and done and (done[0] == 1 or not waits)


# Trains on a share of the data, from scratch each time, and names no step.
SHARES = """\
#!/bin/sh
echo "$HONE_TRIAL $2" >> attempts
awk -v x="$1" -v f="$2" 'BEGIN { print "loss=" x + 1 - f }'
"""


@pytest.mark.parametrize("scheduler, given, want", [
    ("hyperband", {"brackets": 1}, {"0.111111": 9, "0.333333": 3, "1": 1}),
    ("halving", {"n": 9, "eta": 3}, {"0.111111": 9, "0.333333": 3, "1": 1}),
    ("asha", {"variant": "pause"}, {"0.1": 9, "0.3": 3, "0.9": 1}),
])
def test_shares_of_the_data(hone, workdir, scheduler, given, want):
    """A resource that is no number of steps: what a trial ends with is its value there."""
    (workdir / "shares").write_text(SHARES)
    (workdir / "shares").chmod(0o755)
    result = hone("run", "-n", 9, "-j", 1, "--seed", 1, "--sampler", "random", "--minimize", "loss",
                  "-p", "x=int:0..100000", "--scheduler", scheduler,
                  *options(min_resource=0.1, max_resource=1, **given), "--",
                  workdir / "shares", "{x}", "{resource}")
    assert result.code == 0, result.err
    assert "without a checkpoint" not in result.out + result.err
    given = [line.split()[1] for line in (workdir / "attempts").read_text().splitlines()]
    assert {share: given.count(share) for share in want} == want
    states = collections.Counter(row["state"] for row in trials_of(hone))
    whole = given.count("1")
    assert states == {"COMPLETE": whole, "PAUSED": 9 - whole}
    for row in trials_of(hone):
        if row["state"] == "COMPLETE":
            assert row["values"]["loss"] == row["params"]["x"]


def test_who_names_steps_is_taken_by_these(hone, workdir):
    """printf's %g of a third has come to a third; without {resource} an end is the end."""
    (workdir / "shares").write_text(SHARES.replace("1 - f }", '1 - f " step=" f }'))
    (workdir / "shares").chmod(0o755)
    words = ["run", "-q", "-n", 9, "-j", 1, "--seed", 1, "--sampler", "random", "--minimize",
             "loss", "-p", "x=int:0..100000", "--scheduler", "hyperband",
             *options(min_resource=0.1, max_resource=1, brackets=1)]
    assert hone(*words, "--", workdir / "shares", "{x}", "{resource}").code == 0
    states = collections.Counter(row["state"] for row in trials_of(hone))
    assert states == {"PAUSED": 8, "COMPLETE": 1}
    assert hone(*words, "--study", "whole", "--", "sh", "-c", "echo loss=$1", "sh", "{x}").code == 0
    rows = [json.loads(line) for line in hone("trials", "--study", "whole", "--json").out.splitlines()]
    assert {row["state"] for row in rows} == {"COMPLETE"}


# Epochs, a share of the data and folds, which grow together.
SEVERAL = """\
#!/bin/sh
echo "$2 $3 $4" >> attempts
awk -v x="$1" -v f="$2" 'BEGIN { print "loss=" x + 9 - f }'
"""


def test_several_resources_grow_together(hone, workdir):
    (workdir / "several").write_text(SEVERAL)
    (workdir / "several").chmod(0o755)
    words = ["run", "-q", "-n", 9, "-j", 1, "--seed", 1, "--sampler", "random", "--minimize",
             "loss", "-p", "x=int:0..100000"]
    rungs = ["--scheduler", "hyperband", *options(max_resource=9, brackets=1)]
    several = ["--", workdir / "several", "{x}", "{resource}", "{resource:0.1..1}",
               "{resource:int:1..5}"]
    assert hone(*words, *rungs, *several).code == 0
    given = collections.Counter((workdir / "attempts").read_text().splitlines())
    assert given == {"1 0.1 1": 9, "3 0.316228 2": 3, "9 1 5": 1}
    # A resumed study has them, too.
    assert hone("resume", "-q", "-n", "+12").code == 0
    more = collections.Counter((workdir / "attempts").read_text().splitlines())
    assert more["1 0.1 1"] > 9
    wrong = hone(*words, "--study", "none", "--scheduler", "pbt",
                 *options(max_resource=9, interval=3), *several)
    assert wrong.code == 2
    assert ("{resource:LOW..HIGH} grows from rung to rung, and the scheduler pbt has no rungs: write "
            "{resource}") in " ".join(wrong.err.split())
