"""The pruning callback of PyTorch Lightning, in real trainings, by both names of the package."""

import subprocess
import sys
import textwrap

import pytest

import hone

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")
pytestmark = pytest.mark.filterwarnings("ignore")


def package(name):
    if name == "lightning":
        import lightning.pytorch as found
    else:
        found = pytest.importorskip("pytorch_lightning")
    return found


def module_of(pl, losses, **logged):
    """Its validation loss is what `losses` says, one after the other."""

    class Module(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(1, 1)
            self.left = list(losses)

        def training_step(self, batch, index):
            self.log("train_loss", 5.0, on_epoch=True, on_step=False)
            return self.layer(batch[0]).sum()

        def validation_step(self, batch, index):
            self.log("val_loss", self.left.pop(0))

        def on_train_epoch_end(self):
            self.log("late", 10.0 - self.current_epoch)

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.01)

    return Module()


def loader(n):
    data = torch.utils.data.TensorDataset(torch.ones(n, 1))
    return torch.utils.data.DataLoader(data, batch_size=1)


def fit(trial, losses, monitor="val_loss", name="lightning", n_batches=4, validates=True, **options):
    import hone.lightning

    pl = package(name)
    trainer = pl.Trainer(
        **{
            "max_epochs": 3,
            "accelerator": "cpu",
            "logger": False,
            "enable_checkpointing": False,
            "enable_progress_bar": False,
            "enable_model_summary": False,
            **options,
        },
        callbacks=[hone.lightning.PruningCallback(trial, monitor)],
    )
    trainer.fit(
        module_of(pl, losses), loader(n_batches), loader(1) if validates else None
    )
    return trainer


def trial_of(**options):
    return hone.study("x=0..1", **options).ask()


def reports(trial):
    return trial.study.trials[0].intermediate_values


@pytest.mark.parametrize("name", ["lightning", "pytorch_lightning"])
def test_reports_each_epoch_without_the_sanity_check(name):
    trial = trial_of()
    fit(trial, [99.0, 3.0, 2.0, 1.0], name=name)
    assert reports(trial) == {1: 3.0, 2: 2.0, 3: 1.0}


@pytest.mark.parametrize("name", ["lightning", "pytorch_lightning"])
def test_is_pruned(name):
    trial = trial_of(scheduler=hone.schedulers.threshold(upper=2.5, n_warmup=2))
    with pytest.raises(hone.TrialPruned, match="^pruned after epoch 2$"):
        fit(trial, [99.0, 4.0, 3.0, 1.0], name=name)
    assert reports(trial) == {1: 4.0, 2: 3.0}


def test_metric_of_training():
    trial = trial_of()
    fit(trial, [], "train_loss", validates=False)
    assert reports(trial) == {1: 5.0, 2: 5.0, 3: 5.0}


def test_every_second_epoch():
    """No value is reported twice for want of a new one."""
    trial = trial_of()
    fit(trial, [99.0, 3.0, 2.0], max_epochs=5, check_val_every_n_epoch=2)
    assert reports(trial) == {2: 3.0, 4: 2.0}


def test_several_times_an_epoch():
    trial = trial_of()
    fit(trial, [99.0, 4.0, 3.0, 2.0, 1.0], max_epochs=2, val_check_interval=0.5)
    assert reports(trial) == {0.5: 4.0, 1: 3.0, 1.5: 2.0, 2: 1.0}


def test_metric_of_training_with_odd_validation():
    """It is there at the end of each epoch, and an old value is none of a later step."""
    each = {1: 5.0, 2: 5.0, 3: 5.0}
    for options in ({"check_val_every_n_epoch": 2}, {"val_check_interval": 0.5}):
        trial = trial_of()
        fit(trial, [1.0] * 9, "train_loss", **options)
        assert reports(trial) == each


@pytest.mark.parametrize("name", ["lightning", "pytorch_lightning"])
@pytest.mark.parametrize("options", [{}, {"check_val_every_n_epoch": 2}])
def test_metric_of_the_modules_own_end_of_epoch(name, options):
    """Which is after that of the callbacks."""
    trial = trial_of()
    fit(trial, [1.0] * 9, "late", name=name, **options)
    assert reports(trial) == {1: 10.0, 2: 9.0, 3: 8.0}
    for warmup, epoch in ((2, 2), (3, 3)):
        trial = trial_of(scheduler=hone.schedulers.threshold(upper=5, n_warmup=warmup))
        with pytest.raises(hone.TrialPruned, match=f"^pruned after epoch {epoch}$"):
            fit(trial, [1.0] * 9, "late", name=name, **options)


def test_no_validation_before_the_end():
    trial = trial_of()
    fit(trial, [1.0] * 9, check_val_every_n_epoch=4)
    assert reports(trial) == {}


def test_an_epoch_without_a_length():
    import hone.lightning

    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter([torch.ones(1)] * 6)

    pl = package("lightning")
    trial = trial_of(scheduler=hone.schedulers.threshold(upper=2.5, n_warmup=4))
    trainer = pl.Trainer(
        max_epochs=1,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        val_check_interval=2,
        callbacks=[hone.lightning.PruningCallback(trial)],
    )
    stream = torch.utils.data.DataLoader(Stream(), batch_size=1)
    with pytest.raises(hone.TrialPruned, match="^pruned after step 4$"):
        trainer.fit(module_of(pl, [9.0, 4.0, 3.0, 1.0]), stream, loader(1))
    assert reports(trial) == {2: 4.0, 4: 3.0}


def test_validate_alone_reports_nothing():
    pl = package("lightning")
    trial = trial_of()
    trainer = fit(trial, [9.0, 1.0], max_epochs=1, val_check_interval=2, n_batches=2)
    before = reports(trial)
    trainer.validate(module_of(pl, [7.0]), loader(1), verbose=False)
    assert reports(trial) == before == {1: 1.0}


def test_mistakes():
    missing = "the training has no metric 'val_los', but late, train_loss, val_loss: the module logs"
    for options in ({}, {"check_val_every_n_epoch": 2}, {"max_epochs": 1}):
        with pytest.raises(ValueError, match=missing):
            fit(trial_of(), [9.0, 1.0], "val_los", **options)
    with pytest.raises(ValueError, match="'val_loss' is better when smaller"):
        fit(trial_of(direction="maximize"), [])
    with pytest.raises(TypeError, match="trial is None: give the process of rank 0 its trial"):
        fit(None, [9.0, 1.0])


def test_in_a_study():
    def objective(trial):
        losses = [trial["x"] / epoch for epoch in range(1, 4)]
        fit(trial, [99.0, *losses])
        return losses[-1]

    scheduler = hone.schedulers.median(n_startup=1, grace=0)
    study = hone.study("x=0..1", seed=1, scheduler=scheduler)
    study.optimize(objective, n_trials=6)
    assert study.count("pruned") >= 1 and study.count("complete") + study.count("pruned") == 6


def test_ranks_end_together(tmp_path):
    """Two processes of one training: rank 0 reports, both end."""
    script = tmp_path / "train.py"
    script.write_text(
        textwrap.dedent(
            """
            import os, sys
            sys.path.insert(0, sys.argv[1])
            import hone, test_lightning as t
            rank = int(os.environ["RANK"])
            trial = None
            if rank == 0:
                scheduler = hone.schedulers.threshold(upper=2.5, n_warmup=2)
                trial = hone.study("x=0..1", scheduler=scheduler).ask()
            try:
                t.fit(trial, [4.0, 3.0 - 2 * rank, 1.0], strategy="ddp", devices=2,
                      num_sanity_val_steps=0)
            except hone.TrialPruned as pruned:
                there = t.reports(trial) if rank == 0 else None
                open(f"rank{rank}", "w").write(f"{pruned} {there}")
            """
        )
    )
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    here = __file__.rpartition("/")[0]
    done = subprocess.run(
        [*command, str(script), here], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "rank0").read_text() == "pruned after epoch 2 {1: 4.0, 2: 3.0}"
    assert (tmp_path / "rank1").read_text() == "pruned after epoch 2 None"
