"""Trains a population side by side: now and then the worst go on as copies of the best (pbt).

    pip install hone
    python population.py [--epochs 20] [--population 6] [--n-jobs 2] [--storage hone.db]

A trial is paused every few epochs and its objective called again later, in the same process or another,
so the objective keeps its state: weights, momentum, epoch, and the generator of its noise. A copy finds
the state of the trial that it was copied from, and its own learning rate. With --storage the run may be
killed at any moment; the same command goes on.
"""

import argparse
import random

import hone


def objective(trial):
    """SGD with momentum on a noisy valley, where a rate that falls does better than any other."""
    rate = trial.suggest_float("rate", 1e-4, 1e-1, log=True)
    w, speed, epoch, generator, rates = trial.load_state((4.0, 0.0, 0, random.Random(1), []))
    while epoch < trial.resource:
        for _ in range(20):
            speed = 0.9 * speed - rate * 2 * (w + generator.gauss(0, 0.5))
            w += speed
        epoch += 1
        rates.append(rate)
        trial.save_state((w, speed, epoch, generator, rates))
        trial.report(w * w, epoch)
        if trial.should_prune():
            raise hone.TrialPruned
    trial.set_user_attr("rates", rates)
    return w * w


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=20, help="of a whole training (default: 20)")
    parser.add_argument("--population", type=int, default=6, help="(default: 6)")
    parser.add_argument("--n-jobs", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--storage", help="keep the study in this file (default: in memory)")
    args = parser.parse_args()

    scheduler = hone.schedulers.pbt(max_resource=args.epochs, population=args.population, interval=4)
    study = hone.study(storage=args.storage, scheduler=scheduler, sampler="random", seed=2)
    study.optimize(objective, n_jobs=args.n_jobs)  # it ends when the population has trained

    copies = [trial for trial in study.trials if trial.parent is not None]
    print(f"{len(study.trials)} trials, {len(copies)} of them copies")
    best = study.best_trial
    print(f"best: loss {best.value:.2e} in trial {best.number}, trained with the rates")
    for rate in dict.fromkeys(best.user_attrs["rates"]):
        print(f"  {rate:.5f}")


if __name__ == "__main__":
    main()
