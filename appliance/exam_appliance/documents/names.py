"""Names and numbers as they may hang on a wall: enough to find oneself, too little for a stranger."""

from __future__ import annotations

from central_sync.protocol.roster import masked_id

__all__ = ["masked_id", "masked_name"]


def masked_name(name: str) -> str:
    """Return a name with its middle hidden: 张*, 王*明, 欧***华; names of several words by their first.

    A character beyond the basic plane (𠮷) is one character, as everywhere in Python.
    """
    plain = name.strip()
    words = plain.split()
    if len(words) > 1:
        return " ".join([words[0], *("*" * min(len(word), 3) for word in words[1:])])
    if len(plain) <= 1:
        return plain
    if len(plain) == 2:
        return f"{plain[0]}*"
    return f"{plain[0]}{'*' * min(len(plain) - 2, 3)}{plain[-1]}"
