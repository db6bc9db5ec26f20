"""Seconds for CPU-bound trials by one process and by two, and how many times the throughput is."""
import json
import time

import hone


def objective(trial):
    end = time.process_time() + 0.02
    while time.process_time() < end:
        pass
    return trial["x"]


def seconds(n_jobs):
    study = hone.study("x=0..1", sampler="tpe", seed=1)
    began = time.perf_counter()
    study.optimize(objective, 200, n_jobs=n_jobs)
    return time.perf_counter() - began


one, two = seconds(1), seconds(2)
print(json.dumps({"one_s": round(one, 2), "two_s": round(two, 2), "times": round(one / two, 2)}))
