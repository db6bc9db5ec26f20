"""SMAC3's facade for hyperparameters (random forest, log EI) after a history. It grows its forest for
every eighth suggestion, so the cost of one is the mean of eight, each told before the next."""
import pathlib
import sys
import tempfile
import time

import ConfigSpace
import smac
from smac.runhistory.dataclasses import TrialInfo, TrialValue

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import peer_costs  # noqa: E402

ROUND = 8
asked = peer_costs.question()
D = len(asked["points"][0])
SPACE = ConfigSpace.ConfigurationSpace(seed=1)
SPACE.add([ConfigSpace.UniformFloatHyperparameter(f"x{j}", asked["low"], asked["high"])
           for j in range(D)])
Facade = smac.HyperparameterOptimizationFacade


def study_of(folder, n):
    scenario = smac.Scenario(SPACE, deterministic=True, n_trials=n + 10 * ROUND, seed=1,
                             output_directory=pathlib.Path(folder))
    # The history stands for the first design.
    return Facade(scenario, lambda config, seed: 0.0, logging_level=False, overwrite=True,
                  initial_design=Facade.get_initial_design(scenario, n_configs=0),
                  intensifier=Facade.get_intensifier(scenario, max_config_calls=1))


def ask_and_tell(points, values):
    with tempfile.TemporaryDirectory() as folder:
        study = study_of(folder, len(points))
        for point, value in zip(points, values):
            config = ConfigSpace.Configuration(SPACE, {f"x{j}": x for j, x in enumerate(point)})
            study.tell(TrialInfo(config, seed=0), TrialValue(cost=value), save=False)
        start = time.process_time()
        for _ in range(ROUND):
            study.tell(study.ask(), TrialValue(cost=max(values, default=1.0)), save=False)
        return (time.process_time() - start) * 1e3 / ROUND


peer_costs.answer(asked, ask_and_tell)
