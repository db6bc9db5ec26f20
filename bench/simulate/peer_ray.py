"""Ray Tune's schedulers without its processes: asha (AsyncHyperBandScheduler) and bohb
(HyperBandForBOHB, the scheduler of its BOHB; the configurations are the recorded ones). A stand-in
takes the controller's place and does what that does with a scheduler's answers."""
import sys

import numpy
from ray.tune.experiment import Trial
from ray.tune.schedulers import AsyncHyperBandScheduler, HyperBandForBOHB

import replay


class Mock:
    """A trial as schedulers see it."""
    is_saving = False

    def __init__(self, number):
        self.trial_id, self.status, self.number = str(number), Trial.PENDING, number


class Controller:
    def __init__(self, scheduler):
        self.scheduler, self.trials = scheduler, []
        self.search_alg = self.searcher = self

    def get_trials(self):
        return self.trials

    def stop_trial(self, trial):
        trial.status = Trial.TERMINATED
        self.scheduler.on_trial_remove(self, trial)

    def on_pause(self, trial_id):
        pass

    def on_unpause(self, trial_id):
        pass


class Peer:
    def __init__(self, name, longest, seed):
        numpy.random.seed(seed)
        common = {"time_attr": "epoch", "metric": "loss", "mode": "min", "max_t": longest,
                  "reduction_factor": 3}
        self.pauses = name == "bohb"
        self.scheduler = (HyperBandForBOHB(**common) if self.pauses
                          else AsyncHyperBandScheduler(grace_period=1, **common))
        self.controller = Controller(self.scheduler)
        self.trials = self.controller.trials

    def next(self, more):
        if self.pauses and (trial := self.scheduler.choose_trial_to_run(self.controller)):
            trial.status = Trial.RUNNING
            return trial.number, None
        if not more:
            return None
        trial = Mock(len(self.trials))
        self.trials.append(trial)
        self.scheduler.on_trial_add(self.controller, trial)
        trial.status = Trial.RUNNING
        return trial.number, None

    def report(self, number, step, value):
        trial = self.trials[number]
        said = self.scheduler.on_trial_result(self.controller, trial, {"loss": value, "epoch": step})
        if said == "PAUSE":
            trial.status = Trial.PAUSED
            return "pause"
        if said == "STOP":
            trial.status = Trial.TERMINATED
            if self.pauses:
                self.scheduler.on_trial_complete(self.controller, trial, {})
            return "stop"
        return "go"

    def complete(self, number, value):
        self.trials[number].status = Trial.TERMINATED


if __name__ == "__main__":
    replay.main(lambda longest, seed: Peer(sys.argv[1], longest, seed))
