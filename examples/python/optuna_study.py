"""A study that Optuna keeps, with values suggested and trials stopped by Hone.

    pip install hone optuna
    python optuna_study.py [--n-trials 40] [--sampler auto] [--pruner median]

Only `sampler=` and `pruner=` are Hone's; the objective, the storage and whatever looks at the study
stay as they are. `hone samplers` and `hone schedulers` list the names.
"""

import argparse

import optuna

from hone.optuna import HonePruner, HoneSampler


def objective(trial):
    """A made-up learning curve: it falls to a level that the values decide."""
    lr = trial.suggest_float("lr", 1e-5, 1e-1, log=True)
    layers = trial.suggest_int("layers", 1, 4)
    level = abs(layers - 3) * 0.1 + min(abs(lr - 0.003) * 20, 1.0)
    for step in range(20):
        loss = level + 0.7**step
        trial.report(loss, step)
        if trial.should_prune():
            raise optuna.TrialPruned
    return loss


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-trials", type=int, default=40, help="(default: 40)")
    parser.add_argument("--sampler", default="auto", help="(default: auto)")
    parser.add_argument("--pruner", default="median", help="(default: median)")
    args = parser.parse_args()

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        sampler=HoneSampler(args.sampler, seed=1), pruner=HonePruner(args.pruner)
    )
    study.optimize(objective, n_trials=args.n_trials)
    pruned = study.get_trials(states=[optuna.trial.TrialState.PRUNED])
    print(f"{len(study.trials)} trials, {len(pruned)} of them stopped early")
    print(f"best: loss {study.best_value:.4f} with {study.best_params}")


if __name__ == "__main__":
    main()
