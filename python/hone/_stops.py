"""For programs whose trials run in one go, to their end or until they are stopped."""

import re

from hone import _hone
from hone._errors import InvalidError, UnsupportedError
from hone._plugins import SCHEDULER, Choice, choice_of

# How the library begins to refuse a scheduler: by its own name where that was not given here.
_REFUSED = re.compile(r'scheduler "(.+?)" (pauses|forks) trials, which cannot be done here')


def must_only_stop(scheduler: str | Choice | None) -> None:
    """Raises UnsupportedError for a scheduler that would have trials come back later."""
    name, options = choice_of(SCHEDULER, scheduler)
    refused = _hone.CAN_PAUSE | _hone.CAN_FORK
    try:
        _hone.Study(scheduler=name, scheduler_options=options, refused=refused)
    except UnsupportedError as error:
        if found := _REFUSED.search(str(error)):
            raise _later(found[1], "copies" if found[2] == "forks" else "pauses") from None
        raise
    except InvalidError as error:
        # Nothing is won by giving it what it asks for.
        if "hands out the resource" in str(error):
            raise _later(str(error).split()[0], "pauses or copies") from None
        raise


def _later(scheduler: str, does: str) -> UnsupportedError:
    return UnsupportedError(
        f'scheduler "{scheduler}" {does} trials, which cannot be done here: take one that stops them, '
        f"hone.schedulers.asha(), median() or curve()"
    )
