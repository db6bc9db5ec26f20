"""Synthetic functions on conditional spaces whose numbers hang together, with known lowest values.

machine: one of four kernels; its width and the cost make a bent, narrow valley, flat far from it.
pyramid: up to five layers, which want to narrow evenly and to have so many units in all; deeper ones
want a smaller rate, unless they have skips.
schedule: one of four ways to lower a rate; the more of it, the greater the rate to begin with.
voters: up to three members, each with many local minima, that help each other: losses multiply.
routes: one of five functions of three numbers of its own, turned, bent, rugged or in steps.

Unlike those of `choices`, none is a sum of squares of single numbers.
"""
import itertools
import math

from problems.choices import Shifts, linear, logarithmic, shifted

KERNELS = ("line", "bell", "power", "curve")
SCHEDULES = ("steps", "wave", "ramp")
ROUTES = ("disc", "bend", "waves", "hole", "stairs")

MACHINE = {
    "kernel": ",".join(KERNELS), "cost": "log:1e-3..1e3",
    "width": "log:1e-4..10 if kernel in {bell,power,curve}",
    "degree": "int:2..6 if kernel==power", "shift": "-1..1 if kernel in {power,curve}",
}
PYRAMID = {"rate": "log:1e-5..1", "depth": "int:1..5"}
for _i in range(1, 6):
    PYRAMID[f"units{_i}"] = f"log:8..1024 if depth>={_i}"
PYRAMID["skips"] = "yes,no if depth>=3"
SCHEDULE = {
    "rate": "log:1e-5..1", "schedule": ",".join(("none", *SCHEDULES)),
    "factor": "0.05..0.95 if schedule==steps", "every": "int:1..50 if schedule==steps",
    "cycles": "int:1..8 if schedule==wave", "floor": "log:1e-4..1 if schedule==wave",
    "warm_share": "0..0.5 if schedule==ramp", "power": "0.5..4 if schedule==ramp",
}
VOTERS = {}
for _i in "abc":
    VOTERS[f"use_{_i}"] = "yes,no"
    VOTERS[f"x_{_i}"] = f"-5..5 if use_{_i}==yes"
    VOTERS[f"depth_{_i}"] = f"int:1..10 if use_{_i}==yes"
ROUTE = {"kind": ",".join(ROUTES)}
for _kind in ROUTES:
    for _i in "xyz":
        ROUTE[f"{_kind}_{_i}"] = f"-1..1 if kind=={_kind}"


def flattened(x):
    """From 0 to 1: nothing far away says where the valley is."""
    return 1 - math.exp(-x)


def machine(shifts, point):
    kernel = point["kernel"]
    cost = logarithmic(point["cost"], 1e-3, 1e3)
    total = 0.1 * shifts.order("kernels", KERNELS).index(kernel)
    if kernel == "line":
        return total + flattened(2 * shifts.square("line", cost))
    width = logarithmic(point["width"], 1e-4, 10)
    along = cost - width - shifts.within(f"along {kernel}", -0.5, 0.5)
    across = cost + width - shifts.within(f"across {kernel}", -0.5, 0.5) - (cost - width) ** 2 / 2
    if kernel == "power":
        far = point["degree"] - shifts.order("degrees", range(2, 7))[0]
        across += 0.15 * far
        total += 0.04 * abs(far)
    if kernel != "bell":
        total += shifts.square(f"shift {kernel}", point["shift"]) / 5
    return total + flattened(4 * across ** 2 + along ** 2 / 2)


def pyramid(shifts, point):
    depth, rate = point["depth"], logarithmic(point["rate"], 1e-5, 1)
    widths = [math.log2(point[f"units{i}"]) for i in range(1, depth + 1)]
    slope, size = shifts.within("slope", 0, 0.8), shifts.within("size", 7.5, 9.5)
    total = 0.1 * abs(depth - shifts.order("depths", range(1, 6))[0])
    total += flattened((math.log2(sum(2 ** w for w in widths)) - size) ** 2 / 4) / 2
    total += flattened(sum((a - b - slope) ** 2 for a, b in zip(widths, widths[1:])) / 4) / 2
    best = shifts.within("rate", -0.3, 0.5)
    if point.get("skips") == "yes":
        total += 0.02
    else:
        best -= 0.1 * (depth - 1)
    return total + flattened(3 * (rate - best) ** 2)


def schedule(shifts, point):
    kind, rate = point["schedule"], logarithmic(point["rate"], 1e-5, 1)
    total = 0.08 * shifts.order("schedules", SCHEDULES).index(kind) if kind in SCHEDULES else 0
    lowered = 0.0
    if kind == "steps":
        lowered = math.tanh(10 * math.log(1 / point["factor"]) / point["every"])
    elif kind == "wave":
        lowered = -math.log10(point["floor"]) / 4
        total += 0.03 * abs(point["cycles"] - shifts.order("cycles", range(1, 9))[0])
    elif kind == "ramp":
        lowered = (point["power"] - 0.5) / 3.5
        total += shifts.square("warm", linear(point["warm_share"], 0, 0.5)) / 5
    far = rate - shifts.within("rate", -0.5, 0.5) - 0.8 * (lowered - 0.5)
    total += (lowered - shifts.within("lowered", 0.3, 0.7)) ** 2
    return total + flattened(2 * far ** 2) + 0.05 * (1 - math.cos(4 * math.pi * far))


def _base(shifts, member):
    return shifts.within(f"base {member}", 0.2, 0.6)


def voters(shifts, point):
    total, product = 0.0, 1.0
    for member in "abc":
        if point[f"use_{member}"] == "no":
            continue
        x = point[f"x_{member}"] / 5 - shifts.within(f"x {member}")
        depth = point[f"depth_{member}"] - shifts.order(f"depths {member}", range(1, 11))[0]
        own = min(1, x * x + 0.2 * (1 - math.cos(6 * math.pi * x)) + 0.03 * abs(depth))
        base = _base(shifts, member)
        product *= base + (1 - base) * own
        total += 0.06
    return total + product


def lowest_of_voters(shifts):
    subsets = (s for n in range(4) for s in itertools.combinations("abc", n))
    return min(0.06 * len(s) + math.prod(_base(shifts, member) for member in s) for s in subsets)


def _turned(shifts, kind, point):
    """The three numbers about their best place, by a rotation: Gram and Schmidt's."""
    x = [point[f"{kind}_{i}"] - shifts.within(f"{kind} {i}", -0.6, 0.6) for i in "xyz"]
    rows = []
    for i in range(3):
        row = [shifts.within(f"{kind} {i} {j}", -1, 1) + (i == j) for j in range(3)]
        for other in rows:
            along = sum(a * b for a, b in zip(row, other))
            row = [a - along * b for a, b in zip(row, other)]
        length = math.sqrt(sum(a * a for a in row))
        rows.append([a / length for a in row])
    return [sum(a * b for a, b in zip(row, x)) for row in rows]


def routes(shifts, point):
    kind = point["kind"]
    x, y, z = _turned(shifts, kind, point)
    if kind == "disc":
        own = x * x + 10 * y * y + 100 * z * z
    elif kind == "bend":
        own = x * x + 20 * (y - 2 * x * x) ** 2 + 20 * (z - 2 * y * y) ** 2
    elif kind == "waves":
        own = sum(2 * u * u + 0.3 * (1 - math.cos(5 * math.pi * u)) for u in (x, y, z))
    elif kind == "hole":
        own = 2 * math.sqrt(x * x + y * y + z * z)
    else:
        own = sum(math.floor(8 * abs(u)) / 8 for u in (x, y, z)) + (x * x + y * y + z * z) / 10
    return 0.06 * shifts.order("routes", ROUTES).index(kind) + own / (1 + own)


FUNCTIONS = {"machine": (machine, MACHINE), "pyramid": (pyramid, PYRAMID),
             "schedule": (schedule, SCHEDULE), "voters": (voters, VOTERS),
             "routes": (routes, ROUTE)}


def lowest(name, instance):
    """The others have all at its best, and the best choices."""
    return lowest_of_voters(Shifts(name, instance)) if name == "voters" else 0.0


def problem(name, instances):
    """The problem of this name, or None."""
    return shifted(FUNCTIONS, lowest, name, instances)
