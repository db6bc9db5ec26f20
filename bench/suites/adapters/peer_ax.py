"""Ax: samplers gp (its default: Sobol points, then BoTorch's Gaussian process) and random (Sobol points
alone). Its conditions are not used: a parameter that is not active is simply not read."""
import logging

import torch
from ax.api.client import Client
from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig

import serve

METHODS = {"gp": "fast", "random": "random_search"}


def parameter(entry):
    name = entry["name"]
    if entry["type"] == "categorical":
        # By their places: Ax has choices of one type only.
        places = [str(i) for i in range(len(entry["choices"]))]
        return ChoiceParameterConfig(name=name, values=places, parameter_type="str",
                                     is_ordered=False)
    return RangeParameterConfig(name=name, bounds=(entry["low"], entry["high"]),
                                parameter_type=entry["type"],
                                scaling="log" if entry["log"] else "linear")


class Study:
    def __init__(self, space, sampler, options, seed, _budget):
        if sampler not in METHODS:
            raise ValueError(f"Ax has no sampler '{sampler}'; there are {', '.join(METHODS)}")
        logging.disable(logging.CRITICAL)
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        self.space, self.client = space, Client(random_seed=seed)
        self.client.configure_experiment([parameter(serve.counted(e)) for e in space])
        self.client.configure_optimization("-loss")
        self.client.configure_generation_strategy(METHODS[sampler],
                                                  initialization_random_seed=seed, **options)

    def ask(self):
        ((number, values),) = self.client.get_next_trials(1).items()
        values = dict(values)
        for entry in self.space:
            if entry["type"] == "categorical":
                values[entry["name"]] = entry["choices"][int(values[entry["name"]])]
        return number, serve.active_point(self.space, values)

    def tell(self, number, value):
        self.client.complete_trial(number, {"loss": value})


if __name__ == "__main__":
    serve.serve(Study)
