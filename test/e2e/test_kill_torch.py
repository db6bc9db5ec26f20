"""A training with PyTorch whose model, optimizer and generator are in its checkpoint: paused, promoted,
copied and killed, it ends with the tensors, bit for bit, of one that was never interrupted.

Skipped without PyTorch. HONE_TORCH_PYTHON names an interpreter that has it, if this one has not.
"""
import importlib.util
import json
import os
import signal
import subprocess
import sys

import pytest

from lookers import trials_of
from test_kill import wait_until_quiet
from waiting import wait_for

PYTHON = os.environ.get("HONE_TORCH_PYTHON") or (
    sys.executable if importlib.util.find_spec("torch") else None)
pytestmark = pytest.mark.skipif(not PYTHON, reason="no PyTorch, and HONE_TORCH_PYTHON is not set")

TRAIN = r'''
import os, sys, warnings
warnings.filterwarnings("ignore")
import torch
from torch import nn

torch.set_num_threads(1)

class Training:
    def __init__(self, lr, weight_decay):
        torch.manual_seed(1)
        self.x = torch.rand(256, 2) * 2 - 1
        self.y = (self.x.prod(1, keepdim=True) > 0).float()
        self.model = nn.Sequential(nn.Linear(2, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.1),
                                   nn.Linear(32, 1))
        self.optimizer = torch.optim.Adam(self.model.parameters())
        self.epoch, self.loss = 0, 9.0
        self.set(lr, weight_decay)

    def set(self, lr, weight_decay):
        for group in self.optimizer.param_groups:
            group.update(lr=lr, weight_decay=weight_decay)

    def step(self):
        loss = nn.BCEWithLogitsLoss()
        self.model.train()
        for batch in torch.randperm(256).split(32):
            self.optimizer.zero_grad()
            loss(self.model(self.x[batch]), self.y[batch]).backward()
            self.optimizer.step()
        self.model.eval()
        with torch.no_grad():
            self.loss = loss(self.model(self.x), self.y).item()
        self.epoch += 1

    def state(self):
        return {"epoch": self.epoch, "loss": self.loss, "model": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(), "rng": torch.get_rng_state()}

    def load(self, state, lr, weight_decay):
        self.epoch, self.loss = state["epoch"], state["loss"]
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.set(lr, weight_decay)
        torch.set_rng_state(state["rng"])

def main():
    values, end = list(map(float, sys.argv[1:3])), float(sys.argv[3])
    path = os.path.join(os.environ["HONE_CKPT"], "state.pt")
    t = Training(*values)
    if os.path.exists(path):
        t.load(torch.load(path), *values)
        print(f"loss={t.loss!r} step={t.epoch}", flush=True)
    while t.epoch < end:
        t.step()
        with open("trained.log", "a") as log:
            log.write(f"{os.environ['HONE_TRIAL']} {t.epoch}\n")
        torch.save(t.state(), path + ".new")
        os.replace(path + ".new", path)
        print(f"loss={t.loss!r} step={t.epoch}", flush=True)

if __name__ == "__main__":
    main()
'''

# Trains each schedule in one go and compares everything with the checkpoint: [path, [[lr, decay, up
# to, null: as far as the checkpoint is], …]] a line.
CHECK = r'''
import json, sys
import torch
from train import Training

def same(a, b):
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b

for line in sys.stdin:
    path, schedule = json.loads(line)
    state, t = torch.load(path), Training(*schedule[0][:2])
    for lr, decay, end in schedule:
        t.set(lr, decay)
        while t.epoch < (state["epoch"] if end is None else end):
            t.step()
    print(path, t.epoch, "same" if same(t.state(), state) else "DIFFERENT")
'''

CASES = {
    "asha": ["-n", 5, "--scheduler", "asha", "--scheduler-option", "variant=pause",
             "--scheduler-option", "min_resource=1", "--scheduler-option", "max_resource=4",
             "--scheduler-option", "eta=2"],
    "pbt": ["--scheduler", "pbt", "--scheduler-option", "max_resource=6", "--scheduler-option",
            "interval=2", "--scheduler-option", "population=3", "--scheduler-option",
            "quantile=0.4"],
}


def schedule_of(trials, number, end):
    trial = trials[number]
    before = []
    if trial["origin"] == "fork":
        before = schedule_of(trials, trial["parent"], trial["forked_at"])
    return before + [[trial["params"]["lr"], trial["params"]["decay"], end]]


@pytest.fixture
def folder(hone, workdir):
    """A runner in a directory with the program, in which nothing else works."""
    directory = workdir / "study"
    directory.mkdir()
    (directory / "train.py").write_text(TRAIN)
    return type(hone)(hone.program, directory, hone.environment)


def n_trained(hone):
    log = hone.directory / "trained.log"
    return len(log.read_text().splitlines()) if log.exists() else 0


@pytest.mark.parametrize("case", CASES)
def test_killed_training_equals_an_uninterrupted_one(folder, case):
    hone, home = folder, folder.directory
    command = ["run", "-q", "-j", 2, "--seed", 4, "--sampler", "random", "--minimize", "loss", "-p",
               "lr=log:1e-3..0.1", "-p", "decay=log:1e-6..1e-2", *CASES[case], "--", PYTHON,
               "train.py", "{lr}", "{decay}", "{resource}"]
    for wanted in (2, 6, 9):
        process = hone.start(*command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE)
        wait_for(lambda: n_trained(hone) >= wanted or process.poll() is not None,
                 200, "an epoch")
        process.send_signal(signal.SIGKILL)
        err = process.communicate()[1]
        assert "starts over" not in err and "begins without" not in err, err
        wait_until_quiet(home)
    result = hone(*command, timeout=600)
    assert result.code == 0, result.err
    assert "starts over" not in result.err and "begins without" not in result.err
    trials = {t["number"]: t for t in trials_of(hone)}
    assert {t["state"] for t in trials.values()} <= {"COMPLETE", "PAUSED", "PRUNED"}
    log = (home / "trained.log").read_text().splitlines()
    assert len(log) - len(set(log)) <= 3 * 2
    lines = [json.dumps([f"hone/default/{n}/ckpt/state.pt", schedule_of(trials, n, None)])
             for n in trials if (home / f"hone/default/{n}/ckpt/state.pt").exists()]
    assert len(lines) == len(trials)
    done = subprocess.run([PYTHON, "-c", CHECK], input="\n".join(lines), cwd=home, text=True,
                          capture_output=True, timeout=300, check=True)
    said = done.stdout.splitlines()
    assert len(said) == len(lines) and all(line.endswith(" same") for line in said), said
