"""Hyperopt: samplers tpe, random and anneal. Conditions become nested `hp.choice`, which is how its
users write them: a parameter with children is a choice whose options carry the children."""
import hyperopt
import numpy
from hyperopt import hp
from hyperopt.base import JOB_STATE_DONE, STATUS_OK, Domain
from hyperopt.pyll.base import scope

import serve

ALGORITHMS = {"tpe": hyperopt.tpe.suggest, "random": hyperopt.rand.suggest,
              "anneal": hyperopt.anneal.suggest}


def numeric(entry):
    name, low, high, step = entry["name"], entry["low"], entry["high"], entry.get("step")
    if entry["type"] == "int":
        if entry["log"]:
            return scope.int(hp.qloguniform(name, numpy.log(low - 0.5 + 1e-9),
                                            numpy.log(high + 0.5 - 1e-9), 1))
        if step:
            return low + step * hp.randint(name, (high - low) // step + 1)
        return hp.uniformint(name, low, high)
    if entry["log"]:
        return hp.loguniform(name, numpy.log(low), numpy.log(high))
    return hp.quniform(name, low, high, step) if step else hp.uniform(name, low, high)


def options_of(entry):
    """The values of a parameter that others depend on."""
    if entry["type"] == "categorical":
        return entry["choices"]
    return list(range(entry["low"], entry["high"] + 1))


def node(entry, space):
    """{"value": …, child name: …}, where children hang below the values that want them."""
    children = [e for e in space if e.get("condition", {}).get("parent") == entry["name"]]
    if not children and entry["type"] != "categorical":
        return numeric(entry)
    branches = []
    for value in options_of(entry):
        wanted = [e for e in children if value in e["condition"]["values"]]
        # A label may stand in one place only, so a child of several branches is one shared node.
        branches.append({"value": value, **{e["name"]: shared(e, space) for e in wanted}})
    return hp.choice(entry["name"], branches)


_nodes = {}


def shared(entry, space):
    if entry["name"] not in _nodes:
        _nodes[entry["name"]] = node(entry, space)
    return _nodes[entry["name"]]


def flatten(name, value, point):
    if not isinstance(value, dict):
        point[name] = value
        return
    point[name] = value["value"]
    for child, below in value.items():
        if child != "value":
            flatten(child, below, point)


class Study:
    def __init__(self, space, sampler, options, seed, _budget):
        if sampler not in ALGORITHMS:
            raise ValueError(f"Hyperopt has no '{sampler}'; there are {', '.join(ALGORITHMS)}")
        _nodes.clear()
        tree = {e["name"]: shared(e, space) for e in space if "condition" not in e}
        self.entries = {e["name"]: e for e in space}
        self.algorithm, self.options = ALGORITHMS[sampler], options
        self.rng, self.trials = numpy.random.default_rng(seed), hyperopt.Trials()
        self.points = {}
        self.domain = Domain(self._keep, tree)

    def _keep(self, tree):
        """Stands for the objective: hands the point out."""
        self.last = tree
        return 0.0

    def ask(self):
        (number,) = self.trials.new_trial_ids(1)
        self.trials.refresh()
        seed = int(self.rng.integers(2**31 - 1))
        documents = self.algorithm([number], self.domain, self.trials, seed, **self.options)
        self.trials.insert_trial_docs(documents)
        self.trials.refresh()
        document = self.trials._dynamic_trials[-1]
        values = hyperopt.base.spec_from_misc(document["misc"])
        self.domain.evaluate(values, None, attach_attachments=False)
        point = {}
        for name, value in self.last.items():
            flatten(name, value, point)
        return number, {name: self._plain(name, value) for name, value in point.items()}

    def _plain(self, name, value):
        """A JSON value within the bounds; quantised ranges may step over them."""
        entry = self.entries[name]
        if entry["type"] == "categorical":
            return value
        kind = int if entry["type"] == "int" else float
        return min(max(kind(value), entry["low"]), entry["high"])

    def tell(self, number, value):
        document = self.trials._dynamic_trials[-1]
        assert document["tid"] == number
        document["result"] = {"loss": value, "status": STATUS_OK}
        document["state"] = JOB_STATE_DONE
        self.trials.refresh()


if __name__ == "__main__":
    serve.serve(Study)
