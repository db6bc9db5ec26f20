"""SMAC3's multi-fidelity facade: Hyperband over the recorded configurations, drawn at random (its
initial design), each trained up to the budget that it is asked at, from where it stood."""
import pathlib
import tempfile

import ConfigSpace
import smac
from smac.runhistory.dataclasses import TrialValue

import replay

N_MAX = 1000


class Peer:
    pauses = False

    def __init__(self, longest, seed):
        self.folder = tempfile.TemporaryDirectory()
        space = ConfigSpace.ConfigurationSpace(seed=seed)
        space.add(ConfigSpace.UniformFloatHyperparameter("x", 0, 1))
        Facade = smac.MultiFidelityFacade
        scenario = smac.Scenario(space, deterministic=True, n_trials=100 * N_MAX, seed=seed,
                                 min_budget=1, max_budget=longest,
                                 output_directory=pathlib.Path(self.folder.name))
        self.smac = Facade(scenario, lambda config, seed, budget: 0.0, logging_level=False,
                           overwrite=True,
                           initial_design=Facade.get_initial_design(scenario, n_configs=N_MAX,
                                                                    max_ratio=1))
        self.numbers, self.asked, self.ended = {}, {}, False

    def next(self, more):
        if self.ended:
            return None
        info = self.smac.ask()
        if info.config not in self.numbers and not more:
            self.ended = True  # the recorded configurations are used up
            return None
        number = self.numbers.setdefault(info.config, len(self.numbers))
        self.asked[number] = info
        return number, int(info.budget + 1e-9)

    def report(self, number, step, value):
        return "go"

    def reached(self, number, step, value):
        self.smac.tell(self.asked.pop(number), TrialValue(cost=value), save=False)

    def complete(self, number, value):
        if number in self.asked:
            self.reached(number, None, value)


if __name__ == "__main__":
    replay.main(Peer)
