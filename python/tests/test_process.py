"""Forks: a study of a file is opened anew in the child, one in memory says that it cannot."""

import os
import subprocess
import sys

import pytest

import hone


def in_child(function):
    """What `function` returns in the child of a fork, as text."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            text = str(function())
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
        os.write(write, text.encode())
        os._exit(0)
    os.close(write)
    with open(read, "rb") as file:
        text = file.read().decode()
    assert os.waitpid(pid, 0)[1] == 0
    return text


def test_a_file_in_both_processes(tmp_path):
    study = hone.study("x=0..1", storage=tmp_path / "hone.db", sampler="random")
    study.tell(study.ask(), 1.0)

    def child():
        for _ in range(20):
            study.tell(study.ask(), 2.0)
        study.close()
        return "done"

    assert in_child(child) == "done"
    for _ in range(20):
        study.tell(study.ask(), 3.0)
    assert study.n_finished == 41 and study.best_value == 1.0


def test_memory_says_so():
    study = hone.study("x=0..1")
    trial = study.ask()
    assert "in the memory of another process" in in_child(study.ask)
    assert "in the memory of another process" in in_child(lambda: trial.report(1, 1))
    study.tell(trial, 1.0)
    assert study.n_finished == 1


def test_a_trial_belongs_to_the_process_that_asked(tmp_path):
    study = hone.study("x=0..1", storage=tmp_path / "hone.db")
    trial = study.ask()
    assert "only that process can report" in in_child(lambda: trial.report(1, 1))
    assert in_child(lambda: trial["x"]) == str(trial["x"])
    study.tell(trial, 1.0)


def test_the_child_may_just_end(tmp_path):
    study = hone.study("x=0..1", storage=tmp_path / "hone.db")
    trial = study.ask()
    assert in_child(lambda: study.close()) == "None"
    trial.report(1, 1)
    study.tell(trial, 1.0)
    assert hone.open(tmp_path / "hone.db").n_finished == 1


def test_the_command_opens_the_same_file(tmp_path):
    command = os.path.join(os.path.dirname(sys.executable), "hone")
    if not os.path.exists(command):
        pytest.skip("the command is not beside this interpreter")
    with hone.study("x=0..1", storage=tmp_path / "hone.db") as study:
        study.optimize(lambda trial: trial["x"], 3)
    shown = subprocess.run([command, "trials"], cwd=tmp_path, capture_output=True, text=True)
    assert shown.returncode == 0 and shown.stdout.count("COMPLETE") == 3
    subprocess.run(
        [command, "run", "-q", "-n", "3", "--study", "b", "--minimize", "value", "-p", "x=0..1",
         "--", "sh", "-c", "echo value={x}"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    assert hone.open(tmp_path / "hone.db", "b").n_finished == 3


def test_import_is_quick_and_light():
    code = (
        "import sys; before = set(sys.modules); import hone; "
        "print(*sorted(set(sys.modules) - before))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(out.stdout.split())
    heavy = {"json", "logging", "multiprocessing", "inspect", "numpy", "threading", "subprocess"}
    assert not loaded & heavy
