"""The scripts of examples/python run, say what they found, and end well."""

import importlib.util
import os
import pathlib
import re
import subprocess
import sys

import pytest

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent.parent / "examples" / "python"

# script: (what it needs besides, arguments that make it short, what it says)
SCRIPTS = {
    "first.py": ([], ["--n-trials", "12"], r"12 trials, \d+ of them stopped early\nbest: loss "),
    "parallel.py": ([], ["--n-trials", "4"], r"4 trials in 2 processes\n.* s of trials in .*\nbest: "),
    "population.py": (
        [],
        ["--epochs", "8", "--population", "4"],
        r"5 trials, 1 of them copies\nbest: loss .*\n( +0\.\d+\n)+$",
    ),
    "optuna_study.py": (
        ["optuna"],
        ["--n-trials", "30"],
        r"30 trials, [1-9]\d* of them stopped early\nbest: loss ",
    ),
    "ray_tune.py": (["ray"], ["--num-samples", "3"], r"(?s).*3 trials, .* early\nbest: loss "),
    "sklearn_search.py": (["sklearn"], ["--n-iter", "3"], r"random .*\n.*\nauto .*\n.*\nauto-skip"),
    "keras_digits.py": (
        ["keras", "sklearn"],
        ["--trials", "1", "--epochs", "1"],
        r"(?s).*test accuracy of the best model: 0\.",
    ),
    "keras_pruning.py": (
        ["keras", "sklearn"],
        ["--n-trials", "1", "--epochs", "1"],
        r"1 trials, 0 of them stopped early\nbest: validation accuracy ",
    ),
    "lightning_digits.py": (
        ["lightning", "sklearn"],
        ["--n-trials", "1", "--epochs", "1"],
        r"1 trials, 0 of them stopped early\nbest: validation loss ",
    ),
    "lightgbm_rounds.py": (
        ["lightgbm", "sklearn"],
        ["--n-trials", "6"],
        r"6 trials, [1-3] of them stopped early\nbest: AUC 0\.9",
    ),
    "log_to_comet.py": (
        ["comet_ml"],
        ["--n-trials", "2"],
        r"2 trials, 2 experiments in comet\nbest: loss ",
    ),
    "log_to_mlflow.py": (
        ["mlflow"],
        ["--n-trials", "3"],
        r"3 trials, 3 runs\nbest: valley-\d, loss .*, \{.*'lr'",
    ),
    "log_to_tensorboard.py": (
        ["tensorboard"],
        ["--n-trials", "4"],
        r"4 trials, 4 runs: tensorboard --logdir runs\nbest: loss ",
    ),
    "log_to_wandb.py": (
        ["wandb"],
        ["--n-trials", "2"],
        r"2 trials, 2 runs in \./wandb\nbest: loss ",
    ),
    "xgboost_rounds.py": (
        ["xgboost", "sklearn"],
        ["--n-trials", "9", "--rounds", "20"],
        r"9 trials, [1-4] of them stopped early\n\d+ rounds instead of 180\nbest: logloss 0\.",
    ),
}

# Those whose framework may say something on the way.
SPEAK = (
    "keras_digits.py",
    "keras_pruning.py",
    "lightning_digits.py",
    "log_to_comet.py",
    "log_to_mlflow.py",
    "log_to_wandb.py",
    "ray_tune.py",
)


def run(script, arguments, directory):
    return subprocess.run(
        [sys.executable, EXAMPLES / script, *arguments],
        cwd=directory,
        env={**os.environ, "PYTHONWARNINGS": "error::DeprecationWarning:__main__"},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_every_script_is_here():
    assert sorted(SCRIPTS) == sorted(path.name for path in EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS)
def test_script(script, tmp_path):
    needed, arguments, says = SCRIPTS[script]
    for module in needed:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    done = run(script, arguments, tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.match(says, done.stdout), done.stdout
    assert done.stderr == "" or script in SPEAK


@pytest.mark.parametrize("script", SCRIPTS)
def test_head_says_how_to_run_it(script):
    head = (EXAMPLES / script).read_text().split('"""')[1]
    assert "pip install hone" in head and f"python {script}" in head


def test_first_goes_on(tmp_path):
    for n_trials in (3, 8):
        done = run("first.py", ["--n-trials", str(n_trials), "--storage", "first.db"], tmp_path)
        assert done.stdout.startswith(f"{n_trials} trials"), done.stderr
