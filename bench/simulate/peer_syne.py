"""Syne Tune's ASHA, its scheduler called as its tuner does; rungs at 1, 3, 9, …"""
import datetime

from syne_tune.backend.trial_status import Trial
from syne_tune.config_space import uniform
from syne_tune.optimizer.baselines import ASHA

import replay


class Peer:
    pauses = False

    def __init__(self, longest, seed):
        self.scheduler = ASHA({"x": uniform(0, 1)}, metric="loss", time_attr="epoch",
                              max_t=longest, grace_period=1, reduction_factor=3, random_seed=seed)
        self.trials = []

    def next(self, more):
        if not more:
            return None
        suggestion = self.scheduler.suggest()
        self.trials.append(Trial(len(self.trials), suggestion.config, datetime.datetime.now()))
        self.scheduler.on_trial_add(self.trials[-1])
        return len(self.trials) - 1, None

    def report(self, number, step, value):
        said = self.scheduler.on_trial_result(self.trials[number], {"loss": value, "epoch": step})
        return "stop" if said == "STOP" else "go"

    def complete(self, number, value):
        pass  # max_t has stopped it


if __name__ == "__main__":
    replay.main(Peer)
