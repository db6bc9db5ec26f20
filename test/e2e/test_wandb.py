"""W&B sweep files run as they are: their scripts' wandb.log reports to Hone, and nothing else."""
import json
import re
import sys

import pytest

from lookers import trials_of

TRAINER = """
import argparse, json, os, wandb
parser = argparse.ArgumentParser()
for name in ("dropout", "lr", "seed", "epochs"):
    parser.add_argument("--" + name, type=float, default=1)
run = wandb.init(project="p", config=vars(parser.parse_args()))
config = wandb.config
for epoch in range(int(config.epochs)):
    open(os.path.join(run.dir, "epochs"), "w").write(str(epoch + 1))
    wandb.log({"train": {"loss": 5}, "image": wandb.Image("x.png")})
    wandb.log({"val_loss": config.dropout + 1 / (epoch + 1)}, step=100 * epoch)
wandb.finish()
"""

# The structure of the Keras example: constants, values, bands counted from max_iter.
HYPERBAND = """
program: train.py
method: grid
metric:
  goal: minimize
  name: val_loss
parameters:
  dropout:
    values: [0.1, 0.5, 0.3, 0.05]
  epochs:
    value: 9
early_terminate:
  type: hyperband
  s: 2
  eta: 3
  max_iter: 9
"""

# The structure of the Hydra examples: dotted names, no hyphens, a module as the program.
HYDRA = """
program: pack.train
method: bayes
metric:
  name: val/acc
  goal: maximize
run_cap: 4
parameters:
  optimizer.lr:
    min: !!float 1e-5
    max: 0.1
  optimizer:
    values: [sgd, adam]
  model.deep:
    values: [true, false]
command:
  - ${env}
  - python
  - -m
  - ${program}
  - ${args_no_hyphens}
  - hydra.run.dir=runs/${now:%Y}
"""
HYDRA_TRAINER = """
import json, sys, wandb
from wandb.integration.keras import WandbCallback
with wandb.init(config={"extra": 1}, tags=["t"]) as run:
    lr = wandb.config.optimizer.lr if "optimizer" not in wandb.config.keys() else \\
        wandb.config["optimizer.lr"]
    run.define_metric("val/acc", summary="max")
    run.watch(None)
    WandbCallback(monitor="x").anything[3].more()
    for value in (0.1, 0.9, 0.4):
        run.log({"val/acc": value + lr})
    wandb.save("model.h5")
json.dump([sys.argv[1:], run.config.as_dict()], open(run.dir + "/seen.json", "w"))
"""

# Nested parameters, a name that Hone reserves, flags, JSON.
NESTED = """
program: train.py
method: grid
metric: {name: score}
parameters:
  seed: {values: [3]}
  flag: {values: [true, false]}
  layers: {values: [[8, 4]]}
  note: {value: "[8, 4]"}
  kwargs: {value: {"name": "it's", "on": [true, null, 1.5]}}
  opt:
    parameters:
      name: {value: adam}
command: ["${env}", "${interpreter}", "${program}", "--home=${envvar:DATA}",
          "${args_no_boolean_flags}", "${args_json}"]
"""
NESTED_TRAINER = """
import json, sys, wandb
wandb.init()
c = wandb.config
assert c.seed == 3 and c.opt.name == c["opt"]["name"] == "adam" and c.layers == [8, 4]
assert c.note == "[8, 4]" and c.kwargs == {"name": "it's", "on": [True, None, 1.5]}
c.update({"seed": 4, "new": 5})
assert c.seed == 3 and c.new == 5
wandb.summary["score"] = 2.0 if c.flag else 1.0
print("ARGS", json.dumps(sys.argv[1:]))
"""


@pytest.fixture(autouse=True)
def interpreter(workdir, environment):
    """`python` is what runs the tests, also where only python3 is installed."""
    (workdir / "bin").mkdir()
    (workdir / "bin/python").symlink_to(sys.executable)
    environment["PATH"] = f"{workdir}/bin:{environment['PATH']}"


@pytest.fixture
def sweep(hone, workdir):
    def run(text, trainer, *args, program="train.py", **options):
        path = workdir / program
        path.parent.mkdir(exist_ok=True)
        path.write_text(trainer)
        (workdir / "sweep.yaml").write_text(text)
        return hone("run", "sweep.yaml", *args, **options)
    return run


def epochs(workdir, number):
    return int((workdir / f"hone/default/{number}/epochs").read_text())


def test_early_termination_stops_trials(sweep, hone, workdir):
    result = sweep(HYPERBAND, TRAINER, "--seed", 1)
    assert result.code == 0, result.err
    assert result.err == (
        "hone: sweep.yaml is read as: W&B sweep\n"
        "hone: its early_terminate is the scheduler asha with eta=3 min_resource=1 max_resource=9 "
        "n_startup=0; an iteration is one report of the objective\n"
        "hone: import wandb gets Hone's stand-in, which sends nothing anywhere (--wandb real: the "
        "installed one)\n"
        "hone: val_loss is read from the descriptor HONE_FD\n")
    best = None
    for trial in trials_of(hone):
        dropout, n = trial["params"]["dropout"], epochs(workdir, trial["number"])
        goes_on = best is None or dropout < best
        assert trial["state"] == ("COMPLETE" if goes_on else "PRUNED")
        assert n == (9 if goes_on else 1)
        assert trial["values"]["val_loss"] == pytest.approx(dropout + (1 / 9 if goes_on else 1))
        best = dropout if goes_on else best
    assert "PRUNED" in result.out
    assert re.search(r"Best: val_loss 0.161111 in trial \d\n", result.out)


def test_hydra_style_commands_get_their_words(sweep, hone, workdir):
    (workdir / "pack").mkdir()
    result = sweep(HYDRA, HYDRA_TRAINER, "--seed", 1, program="pack/train.py")
    assert result.code == 0, result.err
    found = trials_of(hone)
    assert [trial["state"] for trial in found] == ["COMPLETE"] * 4  # run_cap
    for trial in found:
        argv, config = json.loads(
            (workdir / f"hone/default/{trial['number']}/seen.json").read_text())
        lr, deep = trial["params"]["optimizer.lr"], trial["params"]["model.deep"]
        assert argv[1:] == [f"optimizer={trial['params']['optimizer']}", f"model.deep={deep}",
                            "hydra.run.dir=runs/${now:%Y}"]
        assert float(argv[0].removeprefix("optimizer.lr=")) == lr
        assert config == {**trial["params"], "extra": 1}
        assert trial["values"]["val/acc"] == pytest.approx(0.9 + lr)  # summary="max"


def test_nested_and_reserved_names_flags_and_json(sweep, hone, workdir):
    result = sweep(NESTED, NESTED_TRAINER, "--seed", 1, env={"DATA": "/data"})
    assert result.code == 0, result.err
    for trial in trials_of(hone):
        flag = trial["params"]["flag"]
        log = (workdir / f"hone/default/{trial['number']}/stdout").read_text()
        argv = json.loads(re.search(r"ARGS (.*)", log)[1])
        assert argv[:-1] == ["--home=/data", "--seed=3", *(["--flag"] if flag else []),
                             "--layers=[8, 4]", "--note=[8, 4]",
                             "--kwargs={'name': \"it's\", 'on': [True, None, 1.5]}",
                             "--opt.name=adam"]
        assert json.loads(argv[-1]) == {"seed": 3, "flag": flag, "layers": [8, 4], "note": "[8, 4]",
                                        "kwargs": {"name": "it's", "on": [True, None, 1.5]},
                                        "opt.name": "adam"}
        assert trial["values"]["score"] == (2 if flag else 1)
    assert len(trials_of(hone)) == 2


def test_a_missing_variable_or_program_is_named(sweep):
    result = sweep(NESTED, NESTED_TRAINER)
    assert result.code == 2
    assert "the command wants ${envvar:DATA}, but the environment has no variable DATA" in result.err
    result = sweep(HYDRA.replace("program: pack.train\n", ""), "")
    assert result.code == 2
    assert 'the command wants ${program}, but there is no "program"' in result.err


def test_the_real_package_is_used_when_wanted(sweep, workdir):
    (workdir / "real").mkdir()
    (workdir / "real/wandb.py").write_text("def init(): print('score=7')\n")
    text = "program: train.py\nmethod: grid\nmetric: {name: score}\nparameters: {x: {value: 1}}\n"
    env = {"PYTHONPATH": str(workdir / "real")}
    result = sweep(text, "import wandb\nwandb.init()\n", "--wandb", "real", env=env)
    assert result.code == 0 and "score=7" in result.out and "stand-in" not in result.err
    result = sweep(text, "import wandb\nwandb.init()\n", "--study", "other", env=env)
    assert result.code == 4 and "stand-in" in result.err  # it logs nothing: INVALID


def test_the_stand_in_serves_any_study_and_resume(hone, workdir):
    (workdir / "t.py").write_text("import os, wandb\n"
                                  "assert not os.environ.get('HONE_FD') or wandb.init().offline\n"
                                  "wandb.log({'loss': wandb.config.x, 'other': 'text'})\n")
    result = hone("run", "-n", 2, "-p", "x=0..1", "--minimize", "loss", "--wandb", "stand-in",
                  "--", "python", "t.py", "{x}")
    assert result.code == 0, result.err
    assert hone("resume", "-n", 3).code == 0
    assert [t["values"]["loss"] == t["params"]["x"] for t in trials_of(hone)] == [True] * 3


@pytest.mark.parametrize("cap", ["2.5", "0", "-3", "1.0e+30"])
def test_a_cap_that_is_no_count_is_shown_at_its_line(hone, workdir, cap):
    (workdir / "sweep.yaml").write_text(f"program: t.py\nmethod: bayes\nrun_cap: {cap}\n"
                                        "parameters:\n  x: {min: 0.0, max: 1.0}\n")
    done = hone("run", "sweep.yaml", "--minimize", "loss")
    given = cap if cap != "1.0e+30" else "1e30"
    assert (done.code, done.out, done.err) == (
        2, "", f"hone: sweep.yaml:3: run_cap is a whole number of at least 1, not {given}\n"
        f"    run_cap: {cap}\n    ^\n")
