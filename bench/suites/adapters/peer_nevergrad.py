"""Nevergrad: samplers ngopt (its own choice among its algorithms, by space and budget), de, cmaes and
random. It knows no conditions: a parameter that is not active is simply not used."""
import nevergrad

import serve

ALGORITHMS = {"ngopt": "NGOpt", "de": "TwoPointsDE", "cmaes": "CMA", "random": "RandomSearch"}


def parameter(entry):
    if entry["type"] == "categorical":
        return nevergrad.p.Choice(entry["choices"])
    kind = nevergrad.p.Log if entry["log"] else nevergrad.p.Scalar
    made = kind(lower=entry["low"], upper=entry["high"])
    return made.set_integer_casting() if entry["type"] == "int" else made


class Study:
    def __init__(self, space, sampler, options, seed, budget):
        if sampler not in ALGORITHMS:
            raise ValueError(f"Nevergrad has no '{sampler}'; there are {', '.join(ALGORITHMS)}")
        tree = nevergrad.p.Dict(**{e["name"]: parameter(serve.counted(e)) for e in space})
        tree.random_state.seed(seed)
        self.space, self.asked, self.n = space, {}, 0
        self.optimizer = nevergrad.optimizers.registry[ALGORITHMS[sampler]](
            parametrization=tree, budget=budget, num_workers=1, **options)

    def ask(self):
        candidate, self.n = self.optimizer.ask(), self.n + 1
        self.asked[self.n - 1] = candidate
        return self.n - 1, serve.active_point(self.space, candidate.value)

    def tell(self, number, value):
        self.optimizer.tell(self.asked.pop(number), value)


if __name__ == "__main__":
    serve.serve(Study)
