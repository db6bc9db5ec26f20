"""Keeps each trial of a study as a run of MLflow, and reads the best one back from there.

    pip install hone mlflow
    python log_to_mlflow.py [--n-trials 12] [--uri sqlite:///mlflow.db]

`mlflow ui --backend-store-uri sqlite:///mlflow.db` then shows parameters, curves and states.
"""

import argparse
import logging

import mlflow
from first import train  # the objective of first.py: gradient descent on a long valley

import hone
import hone.mlflow


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-trials", type=int, default=12, help="(default: 12)")
    parser.add_argument("--uri", default="sqlite:///mlflow.db", help="(default: a file here)")
    args = parser.parse_args()
    for name in ("mlflow", "alembic"):  # they tell how they make their tables
        logging.getLogger(name).setLevel(logging.WARNING)

    study = hone.study(metrics={"loss": "minimize"}, name="valley", scheduler="median", seed=1)
    logger = hone.mlflow.MLflowLogger(args.uri)
    study.optimize(train, n_trials=args.n_trials, callbacks=[logger])

    client = mlflow.MlflowClient(args.uri)
    experiment = client.get_experiment_by_name("valley").experiment_id
    best, *_ = client.search_runs([experiment], order_by=["metrics.loss"])
    print(f"{len(study.trials)} trials, {len(client.search_runs([experiment]))} runs")
    print(f"best: {best.info.run_name}, loss {best.data.metrics['loss']:.3g}, {best.data.params}")


if __name__ == "__main__":
    main()
