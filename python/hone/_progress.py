"""The progress of optimize: a bar of tqdm where that is installed, a line on stderr otherwise."""

import sys
import threading
import time
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

from hone._errors import NotFoundError, UnsupportedError

if TYPE_CHECKING:
    from hone._study import Study


def _bar(total: int | None) -> Any:
    """A bar as the terminal or the notebook has it; None without tqdm."""
    with warnings.catch_warnings():
        # In a notebook without ipywidgets the bar is one of text, which is good enough.
        warnings.simplefilter("ignore")
        try:
            tqdm = import_module("tqdm.auto").tqdm
        except ImportError:
            return None
    return tqdm(total=total, unit="trial")


class Progress:
    """Counts trials and shows the best value so far."""

    def __init__(self, total: int | None) -> None:
        self.total = total
        self.n = 0
        self.began = time.monotonic()
        self.shown = 0.0
        self.lock = threading.Lock()
        self.bar = _bar(total)

    def update(self, study: "Study") -> None:
        """One trial has ended."""
        with self.lock:
            self.n += 1
            now = time.monotonic()
            best = self._best(study) if now - self.shown > 0.1 or self.n == self.total else None
            if best is not None:
                self.shown = now
            if self.bar is not None:
                if best:
                    self.bar.set_postfix_str(best, refresh=False)
                self.bar.update()
            elif best is not None:
                self._write(best, "")

    def _best(self, study: "Study") -> str:
        try:
            trial = study.best_trial
        except (NotFoundError, UnsupportedError):
            return ""
        return f"best {trial.value:g} (trial {trial.number})"

    def _write(self, best: str, end: str) -> None:
        of = "" if self.total is None else f"/{self.total}"
        seconds = time.monotonic() - self.began
        sys.stderr.write(f"\r{self.n}{of} trials, {seconds:.0f} s  {best}{end}")
        sys.stderr.flush()

    def close(self) -> None:
        """The last line stays."""
        if self.bar is not None:
            self.bar.close()
        elif self.n:
            sys.stderr.write("\n")
