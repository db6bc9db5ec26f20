"""What the peers' adapters share: the client's side of `hone pipe`'s protocol, answered in Python.

An adapter is a class `Study(space, sampler, options, seed, budget)` with `ask()` → (id, point) and
`tell(id, value)`, where space is a list of entries as spelt out in the protocol, and ends with
`serve.serve(Study)`. One with SEVERAL = True also takes n_objectives, and then is told lists of
values. A new opening message starts the next study in the same process.
"""
import json
import math
import sys


def is_active(entry, point):
    """Whether a parameter has a value, given those of the parameters before it."""
    condition = entry.get("condition")
    return condition is None or point.get(condition["parent"]) in condition["values"]


def counted(entry):
    """The parameter as a number of its step, for peers that know no steps: 0, 1, … of an integer."""
    if not entry.get("step"):
        return entry
    last = int((entry["high"] - entry["low"]) / entry["step"] + 1e-9)
    return {**entry, "type": "int", "low": 0, "high": last, "step": None}


def value_of(entry, counted_value):
    """The parameter's own value, as JSON has it, of a value of `counted(entry)`."""
    if entry["type"] == "categorical":
        return entry["choices"][entry["choices"].index(counted_value)]
    if entry.get("step"):
        counted_value = entry["low"] + int(counted_value) * entry["step"]
    if entry["type"] == "int":
        return int(counted_value)
    return min(max(float(counted_value), entry["low"]), entry["high"])


def active_point(space, values):
    """The values of those parameters that are active, from values of all of `counted(space)`."""
    point = {}
    for entry in space:
        if is_active(entry, point):
            point[entry["name"]] = value_of(entry, values[entry["name"]])
    return point


def _number(value):
    """Of JSON's; what is not a number is as bad as can be."""
    value = float(value)
    return value if not math.isnan(value) else math.inf


def _answer(study, message):
    """(study, answer)"""
    if "ask" in message:
        number, point = study.ask()
        return {"id": number, "params": point}
    if "values" in message:
        study.tell(message["tell"], [_number(value) for value in message["values"]])
    else:
        study.tell(message["tell"], _number(message["value"]))
    return {"ok": True}


def _open(study_class, message):
    words = [message["space"], message["sampler"], message.get("sampler_options", {}),
             message["seed"], message.get("budget")]
    n_objectives = len(message.get("directions", ["minimize"]))
    if n_objectives == 1:
        return study_class(*words)
    if not getattr(study_class, "SEVERAL", False):
        raise ValueError("this peer has one objective only")
    return study_class(*words, n_objectives=n_objectives)


def serve(study_class):
    # What a library prints must not get between the answers.
    out, sys.stdout = sys.stdout, sys.stderr
    study = None
    for line in sys.stdin:
        message = json.loads(line)
        try:
            if "space" in message:
                study = _open(study_class, message)
                answer = {"ok": True, "sampler": message["sampler"]}
            else:
                answer = _answer(study, message)
        except Exception as error:  # whatever a peer raises is this study's end, not the bench's
            answer = {"error": {"code": type(error).__name__, "message": str(error)}}
        out.write(json.dumps(answer) + "\n")
        out.flush()
