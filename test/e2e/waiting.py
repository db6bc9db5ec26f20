"""Waiting for something to happen, in steps of a hundredth of a second."""
import time


def wait_for(condition, seconds=60, what="it"):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)
