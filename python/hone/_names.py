"""Names that a parameter of a study may have, made of others' names."""

import re
from collections.abc import Collection

# Words that placeholders of the command have taken.
RESERVED = frozenset("trial seed dir ckpt resource from slot gpu args json json_file".split())

_LONGEST = 100  # bytes, of the 128 that a name may have; what makes it unlike others comes on top


def free_name(wanted: str, taken: Collection[str]) -> str:
    """A name that is allowed and not taken yet, as near to `wanted` as can be."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", wanted)[:_LONGEST]
    if not re.match(r"[A-Za-z_]", name) or name in RESERVED:
        name = f"p_{name}"
    base, count = name, 1
    while name in taken:
        count += 1
        name = f"{base}.{count}"
    return name
