"""Ids of items that people can read and that stay: ``PRC-SEC-ENC-03``."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

Place = tuple[str, str]
"""Section and group."""

_EMPTY = {"and", "the", "of", "for", "a", "an", "to", "in", "on", "or", "our", "your", "with"}
_NUMBER = re.compile(r"-\d+$")


def prefix_of(title: str) -> str:
    """The first letters of the words of a checklist's title.

    Example:
        >>> prefix_of("Production Readiness Checklist"), prefix_of("Go-live")
        ('PRC', 'GL')
    """
    words = _words(title)
    if len(words) > 1:
        return "".join(word[0] for word in words[:4])
    return words[0][:3] if words else "OWN"


def group_codes(prefix: str, places: Sequence[Place], known: Mapping[Place, str]) -> dict[Place, str]:
    """The part of the ids that the items of a group share, for each of ``places``; no two have the same.

    Args:
        prefix: what all ids begin with.
        places: the groups in the order of the checklist.
        known: the codes that groups have already.

    Example:
        >>> group_codes("PRC", [("Security", "Encryption"), ("Costs", "Costs")], {})
        {('Security', 'Encryption'): 'PRC-SEC-ENC', ('Costs', 'Costs'): 'PRC-COS'}
    """
    found = {place: code for place, code in known.items() if place in places}
    taken = set(known.values())
    sections: dict[str, str] = {}
    for (section, group), code in known.items():
        parts = code.split("-")
        sections.setdefault(section, "-".join(parts[: len(parts) - (section != group)]))
    for section, group in places:
        if (section, group) in found:
            continue
        if section not in sections:
            others = {*sections.values(), *taken}
            sections[section] = next(code for code in _codes(prefix, section) if code not in others)
        base = sections[section]
        own = [base] if section == group else []
        last = group.rpartition(" > ")[2]
        code = next(one for one in chain(own, _codes(base, last, without=section)) if one not in taken)
        found[section, group] = code
        taken.add(code)
    return {place: found[place] for place in places}


def next_ids(code: str, count: int, taken: Collection[str]) -> list[str]:
    """``count`` further ids of a group, none of which is in ``taken``; numbers of ids that are gone do not come back.

    Example:
        >>> next_ids("PRC-SEC", 2, {"PRC-SEC-04", "PRC-NET-09"})
        ['PRC-SEC-05', 'PRC-SEC-06']
    """
    used = [int(found[1]) for name in taken if (found := re.fullmatch(rf"{re.escape(code)}-0*(\d{{1,6}})", name))]
    start = max(used, default=0) + 1
    return [f"{code}-{number:02}" for number in range(start, start + count)]


def code_of(ids: Iterable[str]) -> str | None:
    """The code that most of the ids of a group share.

    Example:
        >>> code_of(["PRC-SEC-01", "PRC-SEC-02", "OLD-7"])
        'PRC-SEC'
    """
    codes = Counter(_NUMBER.sub("", name) for name in ids if _NUMBER.search(name))
    return min(codes, key=lambda code: (-codes[code], code)) if codes else None


def _codes(base: str, heading: str, without: str = "") -> Iterator[str]:
    """Codes for a heading, without end: from its first word, from the first letters of its words, then with numbers.

    Words of ``without``, the heading above, tell nothing more.
    """
    above = _words(without)
    words = [word for word in _words(heading) if word not in above] or _words(heading) or ["X"]
    first = next((word for word in words if len(word) > 2), "".join(words))[:3]
    yield f"{base}-{first}"
    if len(words) > 1:
        yield f"{base}-{''.join(word[0] for word in words[:4])}"
        yield f"{base}-{words[0][0]}{words[-1][:2]}"
    number = 2
    while True:
        yield f"{base}-{first}{number}"
        number += 1


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper()
    words = re.findall(r"[A-Z0-9]+", plain)
    return [word for word in words if word.lower() not in _EMPTY] or words
