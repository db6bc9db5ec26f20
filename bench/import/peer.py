"""What Optuna does for bench/import/compare.

    peer.py make FILE N      a study of N trials in an SQLite file, by Optuna
    peer.py read FILE        reads it: seconds, and every trial as a line of JSON after them
"""
import datetime
import json
import math
import random
import sqlite3
import sys
import time

import optuna
from optuna.distributions import (CategoricalDistribution, FloatDistribution, IntDistribution,
                                  distribution_to_json)

KINDS = {**{f"x{i}": FloatDistribution(-5, 5) for i in range(4)},
         **{f"log{i}": FloatDistribution(1e-6, 1, log=True) for i in range(2)},
         **{f"k{i}": IntDistribution(1, 100) for i in range(2)},
         **{f"c{i}": CategoricalDistribution(["a", "b", "c"]) for i in range(2)}}


def internal(rng, kind):
    if isinstance(kind, CategoricalDistribution):
        return rng.randrange(len(kind.choices))
    if isinstance(kind, IntDistribution):
        return rng.randint(kind.low, kind.high)
    return math.exp(rng.uniform(math.log(kind.low), math.log(kind.high))) if kind.log else \
        rng.uniform(kind.low, kind.high)


def rows(n):
    """What the tables get: Optuna's own way would take minutes, and reads it all the same."""
    rng, tables = random.Random(1), {name: [] for name in INSERTS}
    for number in range(n):
        start = datetime.datetime(2026, 1, 1) + datetime.timedelta(seconds=number, microseconds=7)
        end, key = start + datetime.timedelta(seconds=2), number + 1
        tables["trials"].append((key, number, "COMPLETE", str(start), str(end)))
        tables["trial_values"].append((key, rng.random()))
        tables["trial_user_attributes"].append((key, "note", json.dumps(number)))
        for name, kind in KINDS.items():
            tables["trial_params"].append((key, name, internal(rng, kind),
                                           distribution_to_json(kind)))
        for step in range(3):
            tables["trial_intermediate_values"].append((key, step, rng.random()))
    return tables


INSERTS = {
    "trials": "(trial_id, number, study_id, state, datetime_start, datetime_complete) "
              "VALUES (?, ?, 1, ?, ?, ?)",
    "trial_values": "(trial_id, objective, value, value_type) VALUES (?, 0, ?, 'FINITE')",
    "trial_user_attributes": "(trial_id, key, value_json) VALUES (?, ?, ?)",
    "trial_params": "(trial_id, param_name, param_value, distribution_json) VALUES (?, ?, ?, ?)",
    "trial_intermediate_values": "(trial_id, step, intermediate_value, intermediate_value_type) "
                                 "VALUES (?, ?, ?, 'FINITE')",
}


def make(path, n):
    optuna.create_study(storage=f"sqlite:///{path}", study_name="bench")
    with sqlite3.connect(path) as database:
        for table, values in rows(n).items():
            database.executemany(f"INSERT INTO {table} {INSERTS[table]}", values)


def read(path):
    start = time.perf_counter()
    study = optuna.load_study(storage=f"sqlite:///{path}", study_name="bench")
    trials = study.get_trials(deepcopy=False)
    print(json.dumps(time.perf_counter() - start))
    for t in trials:
        print(json.dumps({"number": t.number, "params": t.params, "value": t.value,
                          "reports": sorted(t.intermediate_values.items()), "user": t.user_attrs,
                          "start": t.datetime_start.isoformat(),
                          "end": t.datetime_complete.isoformat()}))


if __name__ == "__main__":
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if sys.argv[1] == "make":
        make(sys.argv[2], int(sys.argv[3]))
    else:
        read(sys.argv[2])
