"""SMAC3: samplers forest (its facade for hyperparameters: random forest with log EI), gp (its facade
for black boxes: Gaussian process with EI) and random. Conditions are those of ConfigSpace."""
import pathlib
import tempfile

import ConfigSpace
import smac
from smac.runhistory.dataclasses import TrialValue

import serve

FACADES = {"forest": smac.HyperparameterOptimizationFacade, "gp": smac.BlackBoxFacade,
           "random": smac.RandomFacade}


def parameter(entry):
    name = entry["name"]
    if entry["type"] == "categorical":
        return ConfigSpace.CategoricalHyperparameter(name, entry["choices"])
    kind = (ConfigSpace.UniformIntegerHyperparameter if entry["type"] == "int"
            else ConfigSpace.UniformFloatHyperparameter)
    return kind(name, entry["low"], entry["high"], log=entry["log"])


def space_of(entries, seed):
    space = ConfigSpace.ConfigurationSpace(seed=seed)
    made = {e["name"]: parameter(serve.counted(e)) for e in entries}
    space.add(list(made.values()))
    space.add([ConfigSpace.InCondition(made[e["name"]], made[e["condition"]["parent"]],
                                       e["condition"]["values"])
               for e in entries if "condition" in e])
    return space


class Study:
    def __init__(self, space, sampler, options, seed, budget):
        if sampler not in FACADES:
            raise ValueError(f"SMAC3 has no '{sampler}'; there are {', '.join(FACADES)}")
        self.folder, facade = tempfile.TemporaryDirectory(), FACADES[sampler]
        scenario = smac.Scenario(space_of(space, seed), deterministic=True, n_trials=budget,
                                 seed=seed, output_directory=pathlib.Path(self.folder.name))
        self.space, self.asked, self.n = space, {}, 0
        # One evaluation of each point: more are for objectives with noise.
        self.smac = facade(scenario, lambda config, seed: 0.0, logging_level=False, overwrite=True,
                           intensifier=facade.get_intensifier(scenario, max_config_calls=1),
                           **options)

    def ask(self):
        info, self.n = self.smac.ask(), self.n + 1
        self.asked[self.n - 1] = info
        values = dict(info.config)
        return self.n - 1, {e["name"]: serve.value_of(e, values[e["name"]]) for e in self.space
                            if e["name"] in values}

    def tell(self, number, value):
        self.smac.tell(self.asked.pop(number), TrialValue(cost=value))


if __name__ == "__main__":
    serve.serve(Study)
