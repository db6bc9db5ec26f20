"""hone edit: options of a study that runs; the rules that end one, and what is said of them."""
import json
import os
import re

import pytest

from lookers import small_study
from waiting import wait_for

SCRIPT = """#!/bin/sh
: > "running.$HONE_TRIAL"
while [ -e slow ]; do sleep 0.02; done
echo "loss=$1"
"""


def run_args(*more):
    return ("run", "--seed", 1, "--minimize", "loss", "-p", "x=0..1", *more, "--", "./train", "{x}")


def test_a_live_run_follows(hone, train, workdir):
    (workdir / "slow").touch()
    process = hone.start(*run_args("-n", 2))
    wait_for((workdir / "running.0").exists)
    done = hone("edit", "-n", "+5", "-j", 3, "--sampler", "random")
    assert (done.code, done.out, done.err) == (
        0, "--trials         5\n--jobs           3\n--sampler        random\n", "")
    wait_for((workdir / "running.2").exists)
    (workdir / "slow").unlink()
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "hone: Changed by `hone edit`: --trials 5, --jobs 3\n" in err
    assert len(re.findall("  COMPLETE  ", out)) == 5
    assert "\nEnded: 5 trials are finished (-n).\n" in out
    assert json.loads(hone("status", "--json").out)["ended"] == {
        "rule": "trials", "text": "5 trials are finished (-n)"}
    assert re.search(r"^ended +5 trials are finished \(-n\)$", hone("status").out, re.M)


def test_a_live_run_says_values_as_they_are_typed(hone, train, workdir):
    (workdir / "slow").touch()
    process = hone.start(*run_args("-n", 1))
    wait_for((workdir / "running.0").exists)
    assert hone("edit", "--timeout-trial", "90s", "--target", "0.25", "--mem-trial", "2G", "--retries",
                1).code == 0
    # A second job shows that the run has heard of the edit before it.
    assert hone("edit", "-n", 2, "-j", 2).code == 0
    wait_for((workdir / "running.1").exists)
    (workdir / "slow").unlink()
    _, err = process.communicate(timeout=30)
    for said in ("--timeout-trial 90s", "--target 0.25", "--mem-trial 2G", "--retries 1"):
        assert said in err.replace(",", "\n").replace("`: ", "\n").replace("\n ", "\n").split("\n")


def make_program(path, *lines):
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(0o755)


def test_a_live_run_does_not_wait_for_nvidia_smi(hone, workdir):
    make_program(workdir / "bin" / "nvidia-smi", ": > asked", "while [ ! -e answer ]; do sleep 0.02; done",
                 "echo 'GPU 0: NVIDIA A (UUID: GPU-a)'")
    make_program(workdir / "train", 'echo "<$CUDA_VISIBLE_DEVICES>" > "new.$HONE_TRIAL"',
                 'mv "new.$HONE_TRIAL" "running.$HONE_TRIAL"',
                 'while [ ! -e "go.$HONE_TRIAL" ] && [ ! -e go ]; do sleep 0.02; done', 'echo "loss=$1"')
    hone.environment = {k: v for k, v in hone.environment.items() if not k.endswith("_VISIBLE_DEVICES")}
    process = hone.start(*run_args("-n", 5, "-j", 2),
                         env={"PATH": f"{workdir}/bin:{os.environ['PATH']}"})
    wait_for((workdir / "running.1").exists)
    assert hone("edit", "--gpus-per-trial", 1).code == 0
    wait_for((workdir / "asked").exists)
    (workdir / "go.0").touch()
    wait_for((workdir / "running.2").exists)
    (workdir / "answer").touch()
    err = ""
    while "at once, not 2" not in " ".join(err.split()):
        line = process.stderr.readline()
        assert line, err
        err += line
    (workdir / "go").touch()
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert "hone: Changed by `hone edit`: --gpus-per-trial 1\n" in err
    seen = [(workdir / f"running.{n}").read_text() for n in range(5)]
    assert seen == ["<>\n"] * 3 + ["<0>\n"] * 2


def test_a_live_run_without_gpus_stays_as_it_was(hone, train, workdir):
    make_program(workdir / "bin" / "nvidia-smi", ": > asked", "echo no driver", "exit 9")
    (workdir / "slow").touch()
    hone.environment = {k: v for k, v in hone.environment.items() if not k.endswith("_VISIBLE_DEVICES")}
    process = hone.start(*run_args("-n", 2), env={"PATH": f"{workdir}/bin:{os.environ['PATH']}"})
    wait_for((workdir / "running.0").exists)
    assert hone("edit", "--gpus-per-trial", 1).code == 0
    err = ""
    while "as it was here" not in " ".join(err.split()):
        line = process.stderr.readline()
        assert line, err
        err += line
    (workdir / "slow").unlink()
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert ("--gpus-per-trial 1: no GPU was found (nvidia-smi says \"no driver\"); "
            "CUDA_VISIBLE_DEVICES=0,1 would name two; it stays as it was here") in " ".join(err.split())


def test_resume_goes_on_with_them(hone, train):
    assert hone(*run_args("-n", 2)).code == 0
    assert hone("edit", "-n", 4, "-q").out == ""
    assert json.loads(hone("status", "--json").out)["ended"] is None
    result = hone("resume")
    assert "Ends at 4 finished trials; 1 runs at a time.\n" in result.out
    assert json.loads(hone("edit", "--json").out)["trials"] == 4


def test_without_options_it_shows_them(hone, train):
    assert hone(*run_args("-n", 2, "-j", 2, "--time", "2h", "--plateau", 9)).code == 0
    before = hone("export", "--events").out
    assert hone("edit").out == """\
--trials         2
--time           2h00m
--cost           no limit
--target         none
--plateau        9
--plateau-delta  0
--until-regret   none
--jobs           2
--timeout-trial  none
--grace          10s
--retries        0
--mem-trial      none
--cpus-per-trial none
--gpus-per-trial none
--keep-ckpt      all
--ckpt-quota     none
--sampler        auto
--scheduler      auto
"""
    assert hone("export", "--events").out == before
    assert hone("edit", "--lift", "time", "--lift", "plateau").out == (
        "--time           no limit\n--plateau        none\n")
    assert json.loads(hone("edit", "--json").out)["time"] is None


def test_options_of_sampler_and_scheduler_are_shown(hone, train):
    assert hone(*run_args("-n", 1)).code == 0
    options = ["--sampler", "gp", "--sampler-option", "n_startup=1e1", "--sampler-option", "warp=true",
               "--scheduler", "median", "--scheduler-option", "n_warmup=3"]
    shown = ("--sampler        gp\n--sampler-option n_startup=10\n--sampler-option warp=true\n"
             "--scheduler      median\n--scheduler-option n_warmup=3\n")
    done = hone("edit", *options)
    assert (done.code, done.out, done.err) == (0, shown, "")
    assert hone("edit").out.endswith(f"--ckpt-quota     none\n{shown}")
    now = json.loads(hone("edit", "--json").out)
    assert (now["sampler_options"], now["scheduler_options"]) == (
        {"n_startup": 10, "warp": True}, {"n_warmup": 3})


def test_a_scheduler_that_the_command_does_not_suit_is_refused(hone, train):
    halving = ["--scheduler", "halving", "--scheduler-option", "max_resource=4"]
    assert hone("run", "--seed", 1, "--minimize", "loss", "-p", "x=0..1", "-n", 9, *halving, "--",
                "./train", "{x}", "{resource:10..40}").code == 0
    before = hone("export", "--events").out
    for verb in ("edit", "resume"):
        done = hone(verb, "--scheduler", "none")
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("hone: {resource}: the scheduler none gives trials no resource: choose")
        done = hone(verb, "--scheduler", "pbt", "--scheduler-option", "max_resource=8")
        assert (done.code, done.err) == (2, "hone: {resource:LOW..HIGH} grows from rung to rung, and the "
                                            "scheduler pbt has no rungs: write {resource}\n")
    assert hone("export", "--events").out == before
    done = hone("edit", "--scheduler", "asha", "--scheduler-option", "max_resource=9")
    assert (done.code, done.err) == (0, "")


def test_a_live_run_follows_another_scheduler(hone, train, workdir):
    (workdir / "slow").touch()
    (workdir / "train").write_text(SCRIPT + 'echo "$HONE_TRIAL $2" >> given\n')
    pause = ["--scheduler-option", "variant=pause"]
    process = hone.start("run", "--seed", 1, "--minimize", "loss", "-p", "x=0..1", "-n", 3,
                         "--scheduler", "asha", "--scheduler-option", "max_resource=9", *pause,
                         "--scheduler-option", "min_resource=1", "--", "./train", "{x}",
                         "{resource:int:10..90}")
    wait_for((workdir / "running.0").exists)
    done = hone("edit", "--scheduler", "asha", *pause, "--scheduler-option", "min_resource=4",
                "--scheduler-option", "max_resource=64", "--scheduler-option", "eta=4")
    assert (done.code, done.err) == (0, "")
    # A second job shows that the run has heard of it.
    assert hone("edit", "-j", 2).code == 0
    wait_for((workdir / "running.1").exists)
    (workdir / "slow").unlink()
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert ("hone: Changed by `hone edit`: --scheduler asha, --scheduler-option variant=pause, "
            "--scheduler-option min_resource=4, --scheduler-option max_resource=64, --scheduler-option "
            "eta=4") in " ".join(err.split())
    # 4, 16 and 64 of asha; as rungs of 1 to 9 they would be 40 and 90.
    given = {line.split()[1] for line in (workdir / "given").read_text().splitlines()}
    assert given == {"10", "30", "90"}


def test_two_at_once_lose_nothing(hone, train):
    assert hone(*run_args("-n", 1)).code == 0
    edits = [hone.start("edit", *args) for args in (["-n", 7], ["-j", 3], ["--retries", 2],
                                                    ["--grace", "3s"], ["--plateau", 8])]
    assert [e.communicate(timeout=30) and e.returncode for e in edits] == [0] * 5
    now = json.loads(hone("edit", "--json").out)
    assert (now["trials"], now["jobs"], now["retries"], now["grace"], now["plateau"]) == (
        7, 3, 2, 3.0, 8)


def test_the_environment_edits_nothing(hone, train):
    assert hone(*run_args("-n", 1)).code == 0
    assert "--trials         1\n" in hone("edit", env={"HONE_TRIALS": "9"}).out


@pytest.mark.parametrize("args, said", [
    (["-n", "x"], "hone: --trials takes a whole number, not 'x'\n    hone edit -n x\n"
                  "                 ^\n"),
    (["--lift", "time", "--time", "3h"], "hone: --time and --lift time exclude each other\n"
                                         "    hone edit --lift time --time 3h\n"
                                         "                     ^\n"),
    (["--sampler", "tpo"], None),
    (["nowhere", "-n", "3"], 'hone: there is no study "nowhere" in hone.db: it holds default\n'),
])
def test_what_is_refused(hone, args, said):
    small_study(hone)
    before = hone("export", "--events").out
    done = hone("edit", *args)
    assert (done.code, done.out) == (2, "")
    assert said is None or done.err == said
    assert hone("export", "--events").out == before


# --- stop rules ---


def test_a_plateau(hone, train):
    (train).write_text("#!/bin/sh\necho loss=1\n")
    result = hone(*run_args("-n", 50, "--plateau", 4))
    assert result.code == 0
    assert "Ends at 50 finished trials or after 4 without improvement; 1 runs at a time.\n" in result.out
    assert ("\nEnded: 4 finished trials in a row have not improved loss (--plateau).\n"
            in result.out)
    assert json.loads(hone("status", "--json").out)["n_finished"] == 5
    again = hone("resume")
    assert "(this run: 0 in " in again.out and "\nEnded: 4 finished trials" in again.out
    assert "this run: 2 in" in hone("resume", "--plateau", 6).out


def test_in_a_study_file(hone, train, workdir):
    (workdir / "study.yaml").write_text("""
study: {minimize: loss, seed: 1}
space: {x: 0..1}
run: {command: ./train 1, plateau: 2, plateau-delta: 0.5}
""")
    result = hone("run", "study.yaml")
    assert ("\nEnded: 2 finished trials in a row have not improved loss by 0.5 (--plateau).\n"
            in result.out)


def test_target_and_time(hone, train):
    assert "\nEnded: loss has reached 1 (--target).\n" in hone(*run_args("--target", 1)).out
    assert "\nEnded: it has run for 0.001s (--time).\n" in hone("resume", "--target", 0, "--time",
                                                               "1ms").out


def test_several_objectives_have_no_plateau(hone, train):
    done = hone("run", "--plateau", 3, "--minimize", "a", "--minimize", "b", "-p", "x=0..1", "--",
                "./train", "{x}")
    assert (done.code, done.err) == (2, "hone: --plateau needs a single objective, there are 2\n")


def test_json_names_the_rule(hone, train):
    lines = [json.loads(l) for l in hone(*run_args("-n", 1, "--json")).out.splitlines()]
    assert (lines[-1]["event"], lines[-1]["rule"]) == ("end", "trials")


def test_a_scheduler_is_judged_without_the_rule_that_is_lifted_beside_it(hone):
    assert hone("run", "-q", "-n", 3, "--minimize", "loss", "-p", "x=0..1", "--", "sh", "-c",
                "echo loss=$0 step=1", "{x}").code == 0
    pbt = ["--scheduler", "pbt", "--scheduler-option", "max_resource=9"]
    done = hone("edit", *pbt)
    assert done.code == 2 and "but the study ends at 3" in done.err
    assert hone("edit", "--lift", "trials", *pbt).code == 0
    assert json.loads(hone("status", "--json").out)["scheduler"] == "pbt"
