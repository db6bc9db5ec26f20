"""hone edit of the space: what is said and refused, what runs and workers make of it, what earlier
trials are worth afterwards."""
import json
import os
import re
import signal

import pytest

from lookers import trials_of
from waiting import wait_for

# Tells its values; while there is a file "slow", it waits.
SCRIPT = """#!/bin/sh
: > "running.$HONE_TRIAL"
while [ -e slow ]; do sleep 0.02; done
echo "$HONE_TRIAL $*" >> ran
echo "loss=$2"
"""


COMMAND = ("--", "./train", "--x", "{x}", "--opt", "{opt}")
SPACE = ("-p", "x=0..1", "-p", "opt=sgd,adam")


def run_args(*more):
    return ("run", "--seed", 1, "--minimize", "loss", *SPACE, *more, *COMMAND)


def versions(hone):
    return [t["space_version"] for t in trials_of(hone)]


def test_what_is_said(hone, train):
    assert hone(*run_args("-q", "-n", 10, "--forbid", "x>0.9 && opt==sgd")).code == 0
    n = sum(t["params"]["x"] <= 0.5 for t in trials_of(hone))
    assert 0 < n < 10
    before = hone("export", "--events").out
    said = f"""\
  - x 0..1
  + x 0..0.5
{n} of 10 finished trials count{"s" if n == 1 else ""} in it; the others have values outside.
"""
    done = hone("edit", "-p", "x=0..0.5", "--dry-run")
    assert (done.code, done.out, done.err) == (
        0, "The space would be version 2 (- has, + would have):\n" + said, "")
    assert hone("export", "--events").out == before
    done = hone("edit", "-p", "x=0..0.5")
    assert (done.code, done.out, done.err) == (
        0, "The space is version 2 now (- had, + has):\n" + said, "")
    assert hone("edit", "-p", "x=0..0.5").out == "The space is as it was (version 2).\n"
    assert hone("edit", "-p", "opt=adam,lion,sgd", "--lift-forbid", "x > 0.9&&opt==sgd",
                "--require", "x>0.1 || opt!=lion").out.startswith("""\
The space is version 3 now (- had, + has):
  - opt sgd,adam
  + opt adam,lion,sgd
  - forbid: x>0.9 && opt==sgd
  + require: x>0.1 || opt!=lion
""")
    assert hone("edit", "-p", "x=0..1", "-q").out == ""
    assert json.loads(hone("edit", "--json").out)["space_version"] == 4
    assert "10 COMPLETE (this run: 0 in" in hone("resume").out
    result = hone("resume", "-n", 20)
    assert result.code == 0 and "version" not in result.out
    assert {t["params"]["opt"] for t in trials_of(hone)[10:]} == {"adam", "lion", "sgd"}


@pytest.mark.parametrize("args, said", [
    (["--drop", "opt"],
     "hone: the command uses {opt}: drop it from both at once, with `hone run --accept -p … -- "
     "COMMAND`\n"),
    (["-p", "wd=0..1"],
     "hone: the command does not use {wd}: add it to both at once, with `hone run --accept -p … -- "
     "COMMAND`\n"),
    (["-p", "opt=sgd,adam if x>0.5"], None),
    (["-p", "x=log:0..1"],
     "hone: a log range needs a low end above zero, not 0\n    hone edit -p x=log:0..1\n"
     "                       ^\n"),
    (["--drop", "optt"],
     "hone: there is no parameter 'optt' to drop: did you mean opt?\n    hone edit --drop optt\n"
     "                     ^\n"),
    (["--drop", "x", "-p", "x=0..2"],
     "hone: --drop x and -p x exclude each other\n    hone edit --drop x -p x=0..2\n"
     "                     ^\n"),
    (["--lift-forbid", "x>2"],
     "hone: there is no rule 'forbid: x>2' to lift; the rules are 'require: x<0.95'\n"
     "    hone edit --lift-forbid 'x>2'\n                            ^\n"),
    (["--dry-run", "-n", "5"], None),
    (["-p", "x"],
     "hone: a parameter is written name=spec, as in lr=log:1e-5..1e-1; '=' is missing\n"
     "    hone edit -p x\n                  ^\n"),
    (["-p", "x=0..2", "-p", "x=0..3"],
     "hone: there is a parameter 'x' already: 0..3\n    hone edit -p x=0..2 -p x=0..3\n"
     "                 ^\n"),
])
def test_what_is_refused(hone, train, args, said):
    assert hone(*run_args("-q", "-n", 2, "--require", "x<0.95")).code == 0
    before = hone("export", "--events").out
    done = hone("edit", *args)
    assert (done.code, done.out) == (2, "")
    assert said is None or done.err == said
    assert hone("export", "--events").out == before


def test_a_rule_that_leaves_nothing_is_warned_of(hone, train):
    assert hone(*run_args("-q", "-n", 2)).code == 0
    done = hone("edit", "--forbid", "x>=0")
    assert done.code == 0 and "The space is version 2 now" in done.out
    assert done.err == ("hone: Warning: none of 10000 samples satisfies the rules; 'forbid: x>=0' "
                        "refused most (10000): widen the space or write the rule as a condition\n")
    assert hone("edit", "--lift-forbid", "x>=0").err == ""


def test_a_rule_given_twice_is_one(hone, train):
    assert hone(*run_args("-q", "-n", 2)).code == 0
    done = hone("edit", "--forbid", "x>0.9", "--forbid", "x>0.9", "--require", "x<0.95")
    assert done.out.count("+ forbid: x>0.9\n") == 1 and "+ require: x<0.95\n" in done.out
    assert "as it was" in hone("edit", "--forbid", "x>0.9").out


def test_a_live_run_takes_it_over(hone, train, workdir):
    """What runs finishes as it was started; what was queued is kept."""
    (workdir / "slow").touch()
    process = hone.start(*run_args("-n", 6, "-j", 2, "--json"))
    wait_for((workdir / "running.1").exists)
    hone("try", "x=0.75")
    hone("try", "x=0.25")
    done = hone("edit", "-p", "x=0..0.5", "-p", "opt=lion,sgd,adam")
    assert done.out.splitlines()[-1] == (
        "Trial 2 waits with values outside and runs all the same (hone kill 2).")
    lines = []
    for line in process.stdout:
        lines.append(json.loads(line))
        if lines[-1]["event"] == "space":
            (workdir / "slow").unlink()
    assert process.wait(timeout=30) == 0
    process.communicate()
    assert [l["text"] for l in lines if l["event"] == "space"] == [
        "version 2, x 0..0.5 (was 0..1), opt lion,sgd,adam (was sgd,adam)"]
    assert versions(hone) == [1, 1, 1, 2, 2, 2]
    assert [t["params"]["x"] for t in trials_of(hone)[2:4]] == [0.75, 0.25]
    assert {t["state"] for t in trials_of(hone)} == {"COMPLETE"}
    assert all(t["params"]["x"] <= 0.5 for t in trials_of(hone)[3:])


def test_a_worker_says_it(hone, train, workdir):
    (workdir / "slow").touch()
    run = hone.start(*run_args("-n", 6))
    wait_for((workdir / "running.0").exists)
    worker = hone.start("work")
    wait_for((workdir / "running.1").exists)
    assert hone("edit", "-p", "opt=lion,sgd,adam").code == 0
    said = "hone: The space has changed: version 2, opt lion,sgd,adam (was sgd,adam)\n"
    for process in (run, worker):
        assert said in iter(process.stderr.readline, "")
    (workdir / "slow").unlink()
    for process in (run, worker):
        process.communicate(timeout=30)
        assert process.returncode == 0
    assert sorted(versions(hone)) == [1, 1, 2, 2, 2, 2]


def test_killed_around_the_change(hone, train, workdir):
    """Nothing is lost: what was interrupted runs again as what it was."""
    (workdir / "slow").touch()
    process = hone.start(*run_args("-n", 6, "-j", 2))
    wait_for((workdir / "running.1").exists)
    was = [t["params"] for t in trials_of(hone)]
    assert hone("edit", "-p", "x=2..3").code == 0
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    (workdir / "slow").unlink()
    assert hone("resume", "-q").code == 0
    now = trials_of(hone)
    assert [t["params"] for t in now[:2]] == was
    assert [t["attempts"] for t in now] == [2, 2, 1, 1, 1, 1]
    assert [t["space_version"] for t in now] == [1, 1, 2, 2, 2, 2]
    assert all(2 <= t["params"]["x"] <= 3 for t in now[2:])


@pytest.mark.parametrize("point, version", [("append.before", 1), ("append.after", 2)])
def test_killed_while_changing(hone, train, point, version):
    """The change is there as a whole or not at all."""
    assert hone(*run_args("-q", "-n", 3)).code == 0
    done = hone("edit", "-p", "x=2..3", env={"HONE_FAULT": f"{point}:1:kill"})
    assert done.code == -signal.SIGKILL
    assert json.loads(hone("status", "--json").out)["space_version"] == version
    assert hone("resume", "-q", "-n", 5).code == 0
    assert versions(hone)[3:] == [version, version]


def test_another_command_ends_a_live_run(hone, train, workdir):
    (workdir / "slow").touch()
    process = hone.start(*run_args("-n", 4))
    wait_for((workdir / "running.0").exists)
    other = hone.start("run", "--accept", "-n", 4, "-p", "x=0..1", "--", "./train", "--x", "{x}")
    wait_for((workdir / "running.1").exists)
    err = ""
    while "it starts nothing more" not in err:  # it sees that while its trial runs
        line = process.stderr.readline()
        assert line, err
        err += line
    (workdir / "slow").unlink()
    err += process.communicate(timeout=30)[1]
    assert process.returncode == 3
    assert ("hone: The space has changed: version 2, opt dropped\n"
            "hone: Warning: this run's command does not fit the changed space (the command uses "
            "{opt}, which is not there): it starts nothing more\n") in err
    other.communicate(timeout=30)
    assert other.returncode == 0
    assert versions(hone) == [1, 2, 2, 2]
    ran = dict(line.split(" ", 1) for line in (workdir / "ran").read_text().splitlines())
    assert "--opt" in ran["0"] and not any("--opt" in ran[k] for k in "123")


def test_an_interrupted_trial_that_the_command_has_left(hone, train, workdir):
    (workdir / "slow").touch()
    process = hone.start(*run_args("-n", 3))
    wait_for((workdir / "running.0").exists)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    (workdir / "slow").unlink()
    result = hone("run", "--accept", "-n", 3, "-p", "x=0..1", "--", "./train", "--x", "{x}")
    assert result.code == 0
    assert ("hone: Warning: trial 0 is lost: the command was changed and does not fit this trial "
            "any more: the command does not use {opt}\n") in result.err
    assert [t["state"] for t in trials_of(hone)] == ["LOST", "COMPLETE", "COMPLETE", "COMPLETE"]


def test_a_new_placeholder(hone, train, workdir):
    """Names in braces are text until they are declared."""
    args = ("run", "-q", "--seed", 1, "--minimize", "loss", "-p", "x=0..1")
    assert hone(*args, "-n", 2, "--", "./train", "--x", "{x:%.2f}", "{momentum}").code == 0
    assert hone("edit", "-p", "momentum=0..0.9 = 0").code == 0
    assert hone("resume", "-q", "-n", 4).code == 0
    ran = (workdir / "ran").read_text().splitlines()
    assert re.fullmatch(r"1 --x 0\.\d\d \{momentum\}", ran[1])
    assert re.fullmatch(r"3 --x 0\.\d\d 0(\.\d+)?", ran[3])
    assert all(round(t["params"]["x"], 2) == t["params"]["x"] for t in trials_of(hone))


def test_parameters_by_other_ways(hone, workdir):
    """A command that takes all, or none by name, takes new ones as well."""
    (workdir / "t").write_text('#!/bin/sh\necho "$* $HONE_P_WD" >> ran\necho loss=1\n')
    (workdir / "t").chmod(0o755)
    for study, command in (("a", ["./t"]), ("b", ["./t", "{json}"]), ("c", ["./t", "{trial}"])):
        args = ("-q", "--study", study, "-n", 1, "--minimize", "loss", "-p", "x=1,2", "--")
        assert hone("run", *args, *command).code == 0
        assert hone("edit", study, "-p", "wd=7,8").code == 0
        assert hone("resume", study, "-q", "-n", 2).code == 0
        assert re.search(" [78]$", (workdir / "ran").read_text().splitlines()[-1])


def test_a_grid_goes_on(hone, train, workdir):
    args = ("run", "-q", "--sampler", "grid", "--minimize", "loss", "-p", "x=int:1..3", "-p",
            "opt=a,b", *COMMAND)
    assert hone(*args).code == 0
    assert hone("edit", "-p", "x=int:2..4").out.endswith(
        "4 of 6 finished trials count in it; the others have values outside.\n")
    result = hone("resume")
    assert result.code == 0
    assert result.out.endswith("every configuration has been tried.\n")
    points = [(t["params"]["x"], t["params"]["opt"]) for t in trials_of(hone)]
    assert sorted(points) == [(x, o) for x in (1, 2, 3, 4) for o in "ab"]
    assert len((workdir / "ran").read_text().splitlines()) == 8


def test_looking_at_several_versions(hone, workdir):
    (workdir / "t").write_text('#!/bin/sh\necho "loss=$HONE_P_X"\n')
    (workdir / "t").chmod(0o755)
    args = ("run", "-q", "--sampler", "grid", "--minimize", "loss")
    assert hone(*args, "-p", "x=int:1..2", "-p", "old={7}", "--", "./t").code == 0
    assert hone("edit", "--drop", "old", "-p", "x=int:2..3", "-p", "new={9}").code == 0
    assert hone("resume", "-q").code == 0
    assert re.sub(r" *\d+ms", "       1ms", hone("trials").out) == """\
trial  state     loss  duration  x  new  old
    0  COMPLETE     1       1ms  1  -    7
    1  COMPLETE     2       1ms  2  -    7
    2  COMPLETE     2       1ms  2  9    -
    3  COMPLETE     3       1ms  3  9    -
"""
    assert hone("best").out == ("trial 0  loss 1\n  x    1\n  old  7\n"
                                "Its values lie outside of the space as it is now (version 2).\n")
    assert re.search("^ *space +version 1; outside of the present version 2$",
                     hone("show", 0).out, re.M)
    assert re.search("^ *space +version 2$", hone("show", 2).out, re.M)
    head = hone("export").out.splitlines()[0]
    assert "params.x,params.new,params.old" in head
    assert hone("trials", "--sort", "old").code == 0
    # The winner is repeated as what it was.
    assert hone("retest", 0, "--repeats", 2, "--now", "-q").code == 0
    assert [t["params"] for t in trials_of(hone)[4:]] == [{"x": 1, "old": 7}] * 2


def test_show_has_the_command_of_its_version(hone, workdir):
    (workdir / "t").write_text('#!/bin/sh\necho loss=1\n')
    (workdir / "t").chmod(0o755)
    args = ("run", "-q", "-n", 1, "--minimize", "loss", "-p", "x={3}", "--")
    assert hone(*args, "./t", "{x}", "{later}").code == 0
    assert hone("edit", "-p", "later={5}").code == 0
    assert hone("resume", "-q", "-n", 2).code == 0
    assert "\n  ./t 3 {later}\n" in hone("show", 0).out
    assert "\n  ./t 3 5\n" in hone("show", 1).out


def test_a_final_run_of_an_earlier_version(hone, train, workdir):
    assert hone(*run_args("-q", "-n", 5)).code == 0
    assert hone("edit", "-p", "x=2..3").code == 0
    assert hone("resume", "-q", "--final", "-n", 7).code == 0
    final = trials_of(hone)[-1]
    assert final["space_version"] == 1 and final["params"]["x"] < 1
