"""Replays recorded curves for a peer, with the simulated workers of `hone simulate`.

A peer is an object with

    pauses                      may it pause trials? Then free workers ask after every report
    next(more)                  (number, last step or None) of the trial to run now, None: nothing.
                                `more`: may it be a new one? New trials are numbered 0, 1, 2, …
    report(number, step, value) "go", "stop" or "pause"; smaller values are better
    complete(number, value)     the trial has come to its end
    reached(number, step, value)    … or to the last step that `next` gave; optional

`main(make)` reads what is asked from stdin and prints how each study went; make(longest, seed) gives
a peer. A peer that stops a trial at the last step of its curve completes it: that is how some of them
say that it has ended.
"""
import heapq
import json
import statistics
import sys
import time

WITHIN = 0.01


class Study:
    """One study: `curves` in the order in which they are tried, (values, seconds of each step)."""

    def __init__(self, peer, curves, workers):
        self.peer, self.curves, self.workers = peer, curves, workers
        self.reached = [0] * len(curves)
        self.begun, self.busy, self.now, self.ticket = 0, [], 0.0, 0
        self.cpu, self.reports, self.seconds = 0.0, 0, 0.0
        self.best, self.reached_s = None, None
        results = [values[-1] for values, _ in curves]
        self.best_tried = min(results)
        self.enough = self.best_tried + WITHIN * (statistics.median(results) - self.best_tried)

    def timed(self, method, *args):
        began = time.process_time()
        answer = method(*args)
        self.cpu += time.process_time() - began
        return answer

    def push(self, at, number, point, limit):
        heapq.heappush(self.busy, (at, self.ticket, number, point, limit))
        self.ticket += 1

    def ask(self):
        while len(self.busy) < self.workers:
            run = self.timed(self.peer.next, self.begun < len(self.curves))
            if run is None:
                return
            number, limit = run
            self.begun = max(self.begun, number + 1)
            point = self.reached[number]
            seconds = self.curves[number][1]
            wait = seconds[point] if point < len(seconds) else 0
            self.push(self.now + wait, number, point, limit)

    def complete(self, number, value):
        self.timed(self.peer.complete, number, value)
        self.best = value if self.best is None else min(self.best, value)
        if self.reached_s is None and value <= self.enough:
            self.reached_s = self.now

    def step(self):
        """True when a worker has become free."""
        self.now, _, number, point, limit = heapq.heappop(self.busy)
        values, seconds = self.curves[number]
        if point >= len(values):
            self.complete(number, values[-1])
            return True
        self.reached[number] = point + 1
        self.reports, self.seconds = self.reports + 1, self.seconds + seconds[point]
        step, value = point + 1, values[point]
        said = self.timed(self.peer.report, number, step, value)
        if said == "pause":
            return True
        if step == len(values):
            self.complete(number, value)
            return True
        if said == "stop":
            return True
        if limit is not None and step >= limit:
            self.timed(self.peer.reached, number, step, value)
            return True
        self.push(self.now + seconds[point + 1], number, point + 1, limit)
        return False

    def run(self):
        self.ask()
        while self.busy:
            if self.step() or self.peer.pauses:
                self.ask()
        return {"time_s": self.now, "steps": self.reports, "work_s": self.seconds,
                "full_steps": sum(len(values) for values, _ in self.curves),
                "regret": None if self.best is None else self.best - self.best_tried,
                "best_lost": self.best != self.best_tried, "reached_s": self.reached_s,
                "n_trials": self.begun, "cpu_s": self.cpu, "n_reports": self.reports}


def main(make):
    out, sys.stdout = sys.stdout, sys.stderr  # what a library prints must not get in between
    asked = json.load(sys.stdin)
    longest = max(len(values) for values, _ in asked["curves"])
    runs = [Study(make(longest, seed), [asked["curves"][i] for i in order], asked["workers"]).run()
            for seed, order in enumerate(asked["orders"])]
    json.dump(runs, out)
