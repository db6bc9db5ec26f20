"""hone.current_trial(): the trial in a program that `hone run` has started."""

import importlib.util
import json
import os
import pathlib
import socket
import subprocess
import sys
import textwrap

import pytest

import hone
from hone import _program
from hone._monitor import Monitor

ENVIRONMENT = {
    "HONE_TRIAL": "7",
    "HONE_ATTEMPT": "2",
    "HONE_SEED": "5",
    "HONE_RESOURCE": "9",
    "HONE_PHASE": "search",
    "HONE_STUDY": "s",
    "HONE_METRICS": '{"loss":"minimize","memory":"record"}',
    "HONE_PARAMS": '{"lr":0.5,"n":3,"kind":"a","flag":true,"none":null}',
}


def command():
    """Beside the interpreter, or beside the extension as CMake has built them."""
    built = pathlib.Path(hone._hone.__file__).resolve().parent.parent / "bin" / "hone"
    for path in (pathlib.Path(sys.executable).parent / "hone", built):
        if path.exists():
            return path
    pytest.skip("the command is not beside this interpreter")


def run(tmp_path, program, *options, n=4):
    (tmp_path / "train.py").write_text(textwrap.dedent(program))
    done = subprocess.run(
        [command(), "run", "-n", str(n), "--seed", "1", "-p", "x=0..1", *options, "--",
         sys.executable, "train.py"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return hone.open(tmp_path / "hone.db")


@pytest.fixture
def trial(tmp_path, monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HONE_DIR", str(tmp_path))
    monkeypatch.setenv("HONE_CKPT", str(tmp_path / "ckpt"))
    monkeypatch.delenv("HONE_FD", raising=False)
    monkeypatch.setattr(_program, "_current", None)
    return hone.current_trial()


def said(tmp_path):
    return [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]


def test_one_objective_for_the_command_and_for_optimize(tmp_path):
    """A training that is paused and goes on."""
    study = run(
        tmp_path,
        """
        import hone

        def objective(trial):
            x = trial.suggest_float("x", 0, 1)
            epoch = trial.load_state(0)
            trial.set_user_attr("began", epoch)
            while epoch < trial.resource:
                epoch += 1
                trial.save_state(epoch)
                trial.report(x / epoch, epoch)
                if trial.should_prune():
                    raise hone.TrialPruned
            return x / epoch

        with hone.current_trial() as trial:
            trial.tell(objective(trial))
        """,
        "--minimize", "loss", "--scheduler", "halving", "--scheduler-option", "max_resource=4",
    )  # fmt: skip
    assert study.count("complete") > 0 and study.count("paused") > 0
    for trial in study.trials:
        assert list(trial.intermediate_values) == [*range(1, len(trial.intermediate_values) + 1)]
    assert study.best_trial.user_attrs == {"began": 2} and study.best_trial.attempts == 3


def test_a_program_that_gives_up_is_pruned(tmp_path):
    program = """
        import hone
        with hone.current_trial() as trial:
            trial.report({"loss": trial["x"], "memory": 2}, 1)
            if trial.number == 1:
                raise hone.TrialPruned
            if trial.number == 2:
                raise ValueError("two")
            trial.set_constraint([trial["x"] - 2])
            trial.tell({"loss": trial["x"], "memory": 3})
    """
    study = run(tmp_path, program, "--minimize", "loss", "--metric", "memory")
    states = [str(trial.state) for trial in study.trials]
    assert states[:4] == ["COMPLETE", "PRUNED", "FAILED", "COMPLETE"]
    first = study.trials[0]
    assert first.metrics == {"loss": first["x"], "memory": 3} and first.constraints
    assert first.intermediate_values == {1: first["x"]}


@pytest.mark.skipif(not importlib.util.find_spec("lightgbm"), reason="lightgbm is not installed")
def test_a_callback_prunes(tmp_path):
    page = pathlib.Path(__file__).resolve().parents[2] / "docs" / "howto" / "callbacks.md"
    program = page.read_text().split("```python file=boosted.py\n")[1].split("```")[0]
    program = program.replace('trial["rate"]', 'trial["x"]')
    bound = ("--scheduler", "threshold", "--scheduler-option", "upper=0.5")
    study = run(tmp_path, program, "--maximize", "auc", *bound, n=1)
    assert study.count("pruned") == 1 and list(study.trials[0].intermediate_values) == [1]


def test_what_it_knows(trial, tmp_path):
    assert (trial.number, trial.attempts, trial.seed, trial.resource) == (7, 2, 5, 9)
    assert trial is hone.current_trial() and not trial.is_final
    assert trial["lr"] == trial.suggest_float("lr", 0, 1) == 0.5 and "lr" in trial
    assert trial.suggest_int("n", 1, 3) == 3 and trial.get("gone") is None
    assert trial.suggest_categorical("kind", ["b", "a"]) == "a" and trial.suggest_bool("flag")
    assert trial.suggest_categorical("none", [None, 1]) is None
    assert trial.study.metric_names == ("loss", "memory") and trial.study.directions == ("minimize",)
    assert trial.checkpoint_dir == tmp_path / "ckpt" and trial.checkpoint_dir.is_dir()
    assert trial.load_state(1) == 1


def test_where_nobody_listens_it_is_written_down(trial, tmp_path):
    trial.report(0.5, 1)
    trial.report({"memory": float("nan")}, 2)
    assert not trial.should_prune()
    (tmp_path / "STOP").touch()
    trial.tell([0.25, 4])
    trial.set_user_attr("a", {"b": 1})
    assert trial.should_prune()
    assert said(tmp_path) == [
        {"loss": 0.5, "step": 1.0},
        {"memory": "nan", "step": 2.0},
        {"loss": 0.25, "memory": 4.0},
        {"attr": {"a": {"b": 1}}},
    ]


def test_over_the_descriptor(trial, tmp_path, monkeypatch):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        monkeypatch.setenv("HONE_FD", str(ours.fileno()))
        monkeypatch.setattr(_program, "_current", None)
        connected = hone.current_trial()
        reader = theirs.makefile("r")
        answers = iter([{"stop": False}, {"stop": True}, {"stop": True, "error": "no such metric"}])

        def answer(descriptor, deadline, read=_program._read_line):
            line = json.loads(reader.readline())
            sent.append(line)
            theirs.sendall(json.dumps({"ok": 1, "reply": line["reply"], **next(answers)}).encode())
            theirs.sendall(b"\n")
            return read(descriptor, deadline)

        sent = []
        monkeypatch.setattr(_program, "_read_line", answer)
        connected.report(0.5, 1)
        assert not connected.should_prune()
        connected.report(0.5, 2)
        assert connected.should_prune()
        with pytest.raises(ValueError, match="no such metric"):
            connected.tell(1)
        assert len({line["reply"] for line in sent}) == 3
        monkeypatch.undo()
        reader.close()
        theirs.close()
        connected._directory = str(tmp_path)
        connected.report(0.5, 3)  # nobody is there any more
    assert said(tmp_path)[-1]["step"] == 3


@pytest.mark.parametrize(
    ("mistake", "text"),
    [
        (lambda trial: trial["gone"], "no active parameter gone, but lr, n, kind, flag, none"),
        (lambda trial: trial.suggest_float("lr", 1, 2), r"'lr' is 0.5, and asked for from 1 to 2"),
        (lambda trial: trial.suggest_int("lr", 0, 2), "'lr' is 0.5, and asked for as a whole number"),
        (lambda trial: trial.suggest_float("kind", 0, 1), "'kind' is 'a', and asked for as a number"),
        (lambda trial: trial.suggest_categorical("kind", ["b"]), r"'a', which is none of \['b'\]"),
        (lambda trial: trial.suggest_categorical("flag", [1]), r"True, which is none of \[1\]"),
        (lambda trial: trial.report({"los": 1}, 1), "'los' is no metric of the study: it has loss"),
        (lambda trial: trial.tell(None), "the result told is None: a number is needed"),
        (lambda trial: Monitor(trial, "val_acc"), "better when larger, and the study is to minimize"),
    ],
)
def test_mistakes_are_named(trial, mistake, text):
    with pytest.raises((ValueError, TypeError, KeyError), match=text):
        mistake(trial)


def test_a_program_that_was_started_otherwise(monkeypatch):
    monkeypatch.setattr(_program, "_current", None)
    for name in [name for name in os.environ if name.startswith("HONE_")]:
        monkeypatch.delenv(name)
    with pytest.raises(hone.StateError, match="not started by `hone run`: HONE_TRIAL is not in"):
        hone.current_trial()
