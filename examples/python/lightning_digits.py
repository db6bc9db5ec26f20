"""Tunes a small network of PyTorch Lightning on scikit-learn's digits, and prunes it.

    pip install hone lightning scikit-learn
    python lightning_digits.py [--n-trials 10] [--epochs 8]

The callback reports the validation loss of each epoch. The only change to a trainer that is there
already is that line in its callbacks.
"""

import argparse
import logging
import warnings

import lightning
import torch
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset, random_split

import hone
import hone.lightning


class Net(lightning.LightningModule):
    def __init__(self, units, dropout, lr):
        super().__init__()
        self.lr = lr
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(64, units),
            torch.nn.ReLU(),
            torch.nn.Dropout(dropout),
            torch.nn.Linear(units, 10),
        )

    def loss(self, batch):
        x, y = batch
        return torch.nn.functional.cross_entropy(self.layers(x), y)

    def training_step(self, batch, _):
        return self.loss(batch)

    def validation_step(self, batch, _):
        self.log("val_loss", self.loss(batch))

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.lr)


def loaders():
    x, y = load_digits(return_X_y=True)
    data = TensorDataset(torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y))
    train, valid = random_split(data, [1400, 397], torch.Generator().manual_seed(1))
    return DataLoader(train, batch_size=64, shuffle=True), DataLoader(valid, batch_size=397)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-trials", type=int, default=10, help="(default: 10)")
    parser.add_argument("--epochs", type=int, default=8, help="of each trial (default: 8)")
    args = parser.parse_args()
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="lightning")
    train, valid = loaders()

    def objective(trial):
        lightning.seed_everything(trial.seed % 2**32, verbose=False)
        net = Net(
            units=trial.suggest_int("units", 8, 128, log=True),
            dropout=trial.suggest_float("dropout", 0, 0.5),
            lr=trial.suggest_float("lr", 1e-4, 1e-1, log=True),
        )
        trainer = lightning.Trainer(
            max_epochs=args.epochs,
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[hone.lightning.PruningCallback(trial, "val_loss")],
        )
        trainer.fit(net, train, valid)
        return trainer.callback_metrics["val_loss"].item()

    scheduler = hone.schedulers.median(n_startup=3)
    study = hone.study(metrics={"val_loss": "minimize"}, scheduler=scheduler, seed=1)
    study.optimize(objective, n_trials=args.n_trials)
    print(f"{len(study.trials)} trials, {study.count('pruned')} of them stopped early")
    print(f"best: validation loss {study.best_value:.4f} with {study.best_params}")


if __name__ == "__main__":
    main()
