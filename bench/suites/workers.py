"""Several workers at a time, without the time: whose trial is the next to end is simulated.

Durations are log-normal, half of them between 0.6 and 1.6 of the median and one in fifty above four
times it, and know nothing of the point. They depend on the problem, the seed and the trial's place
in the order of asking, so that all competitors see the same ones.
"""
import heapq
import random

SPREAD = 0.7  # standard deviation of the logarithm


def finished(ask, trials, workers, seed):
    """(id, point) of one trial after the other, as they end; whoever iterates tells the result
    before the next one is asked for."""
    rng, running, now = random.Random(f"durations {seed}"), [], 0.0
    for trial in range(trials):
        if len(running) == workers:
            now, _, ended = heapq.heappop(running)
            yield ended
        heapq.heappush(running, (now + rng.lognormvariate(0, SPREAD), trial, ask()))
    while running:
        yield heapq.heappop(running)[2]
