"""A run of Ray Tune whose configurations Hone suggests.

    pip install hone "ray[tune]"
    python ray_tune.py [--num-samples 20] [--sampler auto]

Only `search_alg=` is Hone's. The study is kept in hone.db: `hone status` and `hone dashboard` show it
while the run goes on.
"""

import argparse
import os

import ray
from ray import tune
from ray.tune.schedulers import ASHAScheduler

from hone.ray import HoneSearch

EPOCHS = 10


def trainable(config):
    """A made-up learning curve: it falls to a level that the values decide."""
    level = abs(config["layers"] - 3) * 0.1 + min(abs(config["lr"] - 0.003) * 20, 1.0)
    for epoch in range(EPOCHS):
        tune.report({"loss": level + 0.7**epoch})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--num-samples", type=int, default=20, help="(default: 20)")
    parser.add_argument("--sampler", default="auto", help="(default: auto)")
    args = parser.parse_args()

    ray.init(log_to_driver=False, include_dashboard=False)
    search = HoneSearch(sampler=args.sampler, seed=1, max_t=EPOCHS, storage="hone.db")
    tuner = tune.Tuner(
        trainable,
        param_space={"lr": tune.loguniform(1e-5, 1e-1), "layers": tune.randint(1, 5)},
        tune_config=tune.TuneConfig(
            metric="loss",
            mode="min",
            num_samples=args.num_samples,
            search_alg=search,
            scheduler=ASHAScheduler(max_t=EPOCHS, grace_period=2),
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(storage_path=os.path.abspath("ray_results"), verbose=0),
    )
    best = tuner.fit().get_best_result()
    stopped = search.study.count("pruned")
    print(f"{len(search.study.trials)} trials, {stopped} of them stopped early")
    print(f"best: loss {best.metrics['loss']:.4f} with {best.config}")


if __name__ == "__main__":
    main()
