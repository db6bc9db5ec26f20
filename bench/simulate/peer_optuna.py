"""Optuna's pruners: a study in memory, trials by ask and tell."""
import sys

import optuna

import replay

optuna.logging.set_verbosity(optuna.logging.ERROR)
PRUNERS = {
    "hyperband": lambda r: optuna.pruners.HyperbandPruner(min_resource=1, max_resource=r,
                                                          reduction_factor=3),
    "halving": lambda r: optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3),
    "median": lambda r: optuna.pruners.MedianPruner(),
}


class Peer:
    pauses = False

    def __init__(self, name, longest, seed):
        self.study = optuna.create_study(pruner=PRUNERS[name](longest), study_name=f"study {seed}",
                                         sampler=optuna.samplers.RandomSampler(seed))
        self.trials = []

    def next(self, more):
        if not more:
            return None
        self.trials.append(self.study.ask())
        return len(self.trials) - 1, None

    def report(self, number, step, value):
        trial = self.trials[number]
        trial.report(value, step)
        if not trial.should_prune():
            return "go"
        self.study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        return "stop"

    def complete(self, number, value):
        if not self.study.trials[number].state.is_finished():
            self.study.tell(self.trials[number], value)


if __name__ == "__main__":
    replay.main(lambda longest, seed: Peer(sys.argv[1], longest, seed))
