"""What somebody does who has just got Hone: from a script to a tuned script, with its accidents."""
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from lookers import trials_of

PYTHON = """\
import argparse, json, os
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, required=True)
parser.add_argument("--depth", type=int, required=True)
parser.add_argument("--optimizer", choices=["sgd", "adam"], required=True)
parser.add_argument("--momentum", type=float)
args = parser.parse_args()
assert (args.momentum is not None) == (args.optimizer == "sgd")
params = json.load(open(os.path.join(os.environ["HONE_DIR"], "params.json")))
assert params["lr"] == args.lr == float(os.environ["HONE_P_LR"])
for step in range(1, 4):
    loss = (args.lr - 0.1) ** 2 + abs(args.depth - 5) / step
    print(f"step={step} loss={loss}", flush=True)
"""
SHELL = """\
#!/bin/sh
# No arguments known to Hone: everything is in the environment.
case $HONE_P_MODE in fast) cost=1;; *) cost=2;; esac
echo "the cost: $cost"
echo "{\\"cost\\": $((cost * HONE_P_SIZE)), \\"step\\": 1}"
"""
TUNE = ["--minimize", "loss", "-p", "lr=log:1e-4..1", "-p", "depth=int:2..10", "-p", "opt=sgd,adam",
        "-p", "momentum=0..0.99 if opt==sgd", "--seed", "3"]
COMMAND = ["--", sys.executable, "train.py", "--lr", "{lr}", "--depth", "{depth}", "--optimizer",
           "{opt}", "{momentum:--momentum}"]


@pytest.fixture
def train(workdir):
    (workdir / "train.py").write_text(PYTHON)
    return [*TUNE, *COMMAND]


def finished_lines(result):
    return [line for line in result.out.splitlines() if re.match(r"trial \d+  ", line)]


# --- the first evening ---

def test_from_a_script_to_its_best_arguments(hone, workdir, train):
    looked = hone("run", "--dry-run", "-n", 12, *train)
    assert looked.code == 0 and looked.err == ""
    assert re.search(r"^lr +float +1e-4 \.\. 1 +log", looked.out, re.M) or "lr" in looked.out
    assert looked.out.count("train.py --lr") == 3
    assert "Nothing was run and nothing was kept" in looked.out
    assert [path.name for path in workdir.iterdir()] == ["train.py"]

    ran = hone("run", "-n", 12, "-j", 2, *train)
    assert ran.code == 0
    assert len(finished_lines(ran)) == 12
    assert "hone: the metric is read from" in ran.err or "loss" in ran.err
    assert "Best: loss" in ran.out

    trials = trials_of(hone)
    assert [trial["state"] for trial in trials] == ["COMPLETE"] * 12
    best = min(trials, key=lambda trial: trial["values"]["loss"])
    assert all(("momentum" in trial["params"]) == (trial["params"]["opt"] == "sgd")
               for trial in trials)

    # The same command line again has nothing to do, and says so.
    again = hone("run", "-n", 12, *train)
    assert again.code == 0 and finished_lines(again) == []
    assert "As many are finished already (12)" in again.out

    # The best of it goes into a script, in four forms.
    values = json.loads(hone("best", "--format", "json").out)
    assert values == best["params"]
    args = hone("best", "--format", "args").out.strip()
    assert args == " ".join(f"--{name}={text}" for name, text in
                            (word.split("=", 1) for word in args.replace("--", "").split()))
    assert {word.split("=")[0] for word in args.split()} == {f"--{name}" for name in values}
    yaml = hone("best", "--format", "yaml").out
    assert {line.split(":")[0] for line in yaml.splitlines()} == set(values)
    shell = hone("best", "--format", "env").out
    seen = subprocess.run(["sh", "-c", shell + "\necho $HONE_P_LR $HONE_P_DEPTH"], text=True,
                          capture_output=True, check=True).stdout.split()
    assert [float(seen[0]), int(seen[1])] == [values["lr"], values["depth"]]


def test_a_shell_script_that_knows_only_its_environment(hone, workdir):
    (workdir / "solve.sh").write_text(SHELL)
    (workdir / "solve.sh").chmod(0o755)
    result = hone("run", "--minimize", "cost", "-p", "mode=fast,slow", "-p", "size=int:1..3", "--",
                  "./solve.sh")
    assert result.code == 0
    assert "no placeholder in the command: {args} is appended" in result.out + result.err
    # The space is finite: everything in it is tried, and then it is over without a number of trials.
    trials = trials_of(hone)
    assert len({json.dumps(trial["params"]) for trial in trials}) == 6 and len(trials) < 100
    assert sum(trial["copied_from"] is None for trial in trials) == 6
    assert json.loads(hone("best", "--format", "json").out) == {"mode": "fast", "size": 1}
    assert hone("logs", "0").out.startswith("the cost: ")


# --- accidents ---

def test_killed_and_taken_up_again(hone, workdir, train):
    process = hone.start("run", "-n", 14, "-j", 2, *train)
    deadline = time.monotonic() + 60
    n_lines = 0
    while n_lines < 12:  # some trials have been acknowledged
        assert time.monotonic() < deadline
        n_lines += bool(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    before = {t["number"]: t for t in trials_of(hone) if t["state"] == "COMPLETE"}
    resumed = hone("resume")
    assert resumed.code == 0
    after = {t["number"]: t for t in trials_of(hone)}
    assert all(after[number] == trial for number, trial in before.items())
    assert [t["state"] for t in after.values()] == ["COMPLETE"] * 14
    assert sorted(after) == list(range(14))
    more = hone("resume", "-n", "+3", "-j", 3)
    assert more.code == 0 and len(trials_of(hone)) == 17


def test_a_guess_of_ones_own(hone, workdir, train):
    hone("run", "-q", "-n", 2, *train)
    queued = hone("try", "lr=0.1", "depth=5", "opt=adam")
    assert queued.code == 0 and "Trial 2 is queued" in queued.out
    now = hone("try", "--now", "lr=0.2", "depth=5", "opt=sgd", "momentum=0.5")
    assert now.code == 0 and "trial 3  COMPLETE" in now.out
    assert hone("resume", "-q", "-n", "+1").code == 0
    trials = trials_of(hone)
    assert trials[2]["params"] == {"lr": 0.1, "depth": 5, "opt": "adam"}
    assert trials[2]["values"]["loss"] == 0
    assert json.loads(hone("best", "--format", "json").out) == trials[2]["params"]
    inactive = hone("try", "lr=0.1", "depth=5", "opt=adam", "momentum=0.5")
    assert inactive.code in (0, 2)
    if inactive.code == 2:
        assert "momentum" in inactive.err


def test_a_study_file_says_the_same(hone, workdir, train):
    (workdir / "study.yaml").write_text("""\
study:
  name: filed
  minimize: loss
  seed: 3
space:
  lr: log:1e-4..1
  depth: int:2..10
  opt: sgd,adam
  momentum: 0..0.99 if opt==sgd
run:
  trials: 4
  command: [%s, train.py, --lr, '{lr}', --depth, '{depth}', --optimizer, '{opt}', '{momentum:--momentum}']
""" % sys.executable)
    assert hone("run", "-q", "study.yaml").code == 0
    assert hone("run", "-q", "-n", 4, "--study", "typed", *train).code == 0
    filed, typed = (trials_of(hone, "--study", name) for name in ("filed", "typed"))
    assert [t["params"] for t in filed] == [t["params"] for t in typed]
    assert hone("run", "-q", "study.yaml", "-n", 6).code == 0
    assert len(trials_of(hone, "--study", "filed")) == 6
    # Two studies: a look must say which, and is told their names.
    which = hone("status")
    assert which.code == 2 and "name one with --study" in which.err


# --- in a script ---

def test_quiet_says_only_what_came_of_it(hone, train):
    result = hone("run", "-q", "-n", 3, *train)
    assert result.code == 0 and result.err == ""
    assert re.fullmatch(r"trial \d  loss=\S+  lr=\S+ depth=\d+ opt=.*\n", result.out)


def test_json_is_one_event_a_line(hone, train):
    result = hone("run", "--json", "-n", 3, *train)
    events = [json.loads(line) for line in result.out.splitlines()]
    assert result.code == 0
    assert [e["event"] for e in events[:2]] == ["begin", "started"]
    assert events[-1]["event"] == "end" and events[-1]["exit"] == 0
    assert sum(e["event"] == "finished" for e in events) == 3


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {}])
def test_a_pipe_gets_no_colours(hone, train, env):
    for args in (["run", "-n", 2, *train], ["status"], ["trials"], ["show", 0], ["best"],
                 ["run", "--frob"]):
        result = hone(*args, env=env)
        assert "\x1b" not in result.out + result.err
        assert "\r" not in result.out + result.err


def test_a_reader_that_has_seen_enough(hone, workdir, train):
    """hone run … | head -1: the study goes on to its end."""
    line = " ".join(map(str, hone.command("run", "-n", 4, "--minimize", "loss", "-p", "x=0..1",
                                          "--", "echo", "loss={x}")))
    done = subprocess.run(["sh", "-c", f"{line} | head -1"], cwd=workdir, env=hone.environment,
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.startswith("Study default")
    deadline = time.monotonic() + 10
    while len(trials_of(hone)) < 4 or trials_of(hone)[-1]["state"] != "COMPLETE":
        assert time.monotonic() < deadline
        time.sleep(0.05)


# --- what goes wrong at the beginning ---

BROKEN = "import sys\nprint('reading')\nraise SystemExit('no file data.csv')\n"


@pytest.mark.parametrize("options", [[], ["-q"]], ids=["aloud", "quiet"])
def test_a_command_that_always_fails(hone, workdir, options):
    (workdir / "train.py").write_text(BROKEN)
    result = hone("run", *options, "-n", 50, *TUNE, *COMMAND)
    assert result.code == 4
    assert len(trials_of(hone)) == 3
    assert "3 trials failed in the same way and none has finished (FAILED, exit code 1: no file " \
        "data.csv): stopping" in result.err
    assert result.err.endswith("hone: The output of trial 2 ends:\n    no file data.csv\n")
    if options:
        assert result.out == ""
        assert "Every trial failed; last: trial 2 FAILED: exit code 1: no file data.csv  log " \
            in result.err
    else:
        assert "Every trial failed; `hone logs -a 2` shows the output of the last." in result.out
    assert "no file data.csv" in hone("logs", "-a", "2").out


@pytest.mark.parametrize("options", [[], ["-q"]], ids=["aloud", "quiet"])
def test_few_trials_that_all_fail(hone, workdir, options):
    """Fewer than three never come to the rule of three: the reason is said all the same."""
    result = hone("run", *options, "--minimize", "loss", "-p", "x=a,b", "--sampler", "grid", "--",
                  "sh", "-c", "echo the reason; exit 5 # {x}")
    assert result.code == 4 and len(trials_of(hone)) == 2
    assert result.err.endswith("hone: The output of trial 1 ends:\n    the reason\n")


@pytest.mark.parametrize("options", [[], ["-q"]], ids=["aloud", "quiet"])
def test_a_command_without_its_metric(hone, workdir, options):
    """It is said right after trial 1, while the second still runs."""
    script = workdir / "t.sh"
    script.write_text("#!/bin/sh\n[ $HONE_TRIAL = 0 ] || until [ -e go ]; do sleep 0.05; done\n"
                      "echo accuracy=$1\n")
    script.chmod(0o755)
    process = hone.start("run", *options, "-n", 5, "--minimize", "loss", "-p", "x=0..1", "--",
                         "./t.sh", "{x}")
    first = process.stderr.readline()
    second = process.stderr.readline()
    assert first == ("hone: Trial 0 ended well, but did not say its metric. Its output ends:\n")
    assert second.startswith("    accuracy=0.")
    assert process.poll() is None
    (workdir / "go").touch()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 4
    assert "(INVALID, it ended well, but without loss): stopping" in err
    assert {t["state"] for t in trials_of(hone)} == {"INVALID"}
