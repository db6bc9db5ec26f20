"""What a set of trials with two objectives is worth: the hypervolume, and a search for a good one.

Both objectives are minimised, and scaled so that the ideal point, the lowest value of each, is (0, 0)
and the nadir, the worst values on the front, (1, 1). The loss is the share of this box that no trial
is better than: 1 minus the hypervolume whose reference point is the nadir. A trial outside the box
is worth nothing.
"""
import bisect

SEARCHED = 50_000


class Front:
    """The trials so far that no other one beats, by their first objective."""

    def __init__(self, ideal, nadir):
        self.ideal, self.size = ideal, [high - low for low, high in zip(ideal, nadir)]
        self.points = []  # [(first, second, whatever was given with it)]
        self.loss = 1.0

    def add(self, values, what=None):
        """The loss with these values."""
        x, y = (max((v - low) / size, 0.0)  # what is not a number stays that
                for v, low, size in zip(values, self.ideal, self.size))
        at = bisect.bisect_right(self.points, (x, y), key=lambda point: point[:2])
        if not (x < 1 and y < 1) or at and self.points[at - 1][1] <= y:
            return self.loss
        left, roof, end = x, self.points[at - 1][1] if at else 1.0, at
        while end < len(self.points) and self.points[end][1] >= y:
            self.loss -= (self.points[end][0] - left) * (roof - y)
            left, roof = self.points[end][:2]
            end += 1
        right = self.points[end][0] if end < len(self.points) else 1.0
        self.loss -= (right - left) * (roof - y)
        self.points[at:end] = [(x, y, what)]
        return self.loss


def search(front, function, ends, low, high, rng, n=SEARCHED):
    """The lowest loss that a long search finds. It knows the points that are best in one objective,
    `ends`, and tries points near and between those of the front."""
    for _ in range(n):
        a, b = (rng.choice(front.points)[2] if front.points and rng.random() < 0.9
                else rng.choice(ends) for _ in range(2))
        size = (high - low) * 10 ** rng.uniform(-5, -0.5)
        part, moved = rng.uniform(-0.1, 1.1), rng.choice((1 / len(a), 1))
        crossed = rng.random() < 0.5
        point = []
        for x, y in zip(a, b):
            mean = (x if rng.random() < 0.5 else y) if crossed else x + part * (y - x)
            point.append(mean + (rng.random() < moved) * rng.gauss(0, size))
        point = [min(max(x, low), high) for x in point]
        front.add(function(point), point)
    return front.loss
