"""How near two texts are in meaning: the words that they share, the rarer the heavier (TF-IDF and the cosine).

Words that mean the same here (``MFA`` and ``multi-factor``, ``DLQ`` and ``dead letter``) count as one. The same texts
give the same figures on every machine: nothing is learnt, downloaded or drawn by chance.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from readiness_pack.importing.vocabulary import EMPTY, ENDINGS, PAIRS, SAME

_WORD = re.compile(r"\d?[A-Z]+\d*(?![a-z])|[A-Z]?[a-z]+\d*|\d+(?:\.\d+)*")

_STEM = 4
"""Letters that an ending leaves."""


def terms(text: str) -> list[str]:
    """The words of ``text`` that carry its meaning, each in one form.

    Example:
        >>> terms("Multi-factor authentication is required for all admins")
        ['multifactor', 'authentic', 'requir', 'admin']
        >>> terms("SqsQueueHasDeadLetterQueue")
        ['queu', 'queu', 'deadletter', 'queu']
    """
    words = [word.lower() for word in _WORD.findall(text.replace("'s", ""))]
    found: list[str] = []
    at = 0
    while at < len(words):
        pair = PAIRS.get((words[at], words[at + 1])) if at + 1 < len(words) else None
        word = pair or words[at]
        at += 2 if pair else 1
        if word not in EMPTY:
            found.append(stem(SAME.get(word, word)))
    return found


def stem(word: str) -> str:
    """``word`` without its ending, so that its forms are one.

    Example:
        >>> stem("replicated"), stem("replication")
        ('replic', 'replic')
    """
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM:
            return word.removesuffix(ending)
    return word


class Meanings:
    """Texts that others are compared with.

    Args:
        texts: what can be found, by key.

    Example:
        >>> meanings = Meanings({"keys": "Keys rotate", "logs": "Logs are kept"})
        >>> meanings.nearest("Rotation of keys")
        [('keys', 1.0)]
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        counts = {key: Counter(terms(text)) for key, text in texts.items()}
        known = Counter(term for found in counts.values() for term in found)
        self._weights = {term: math.log(1 + len(counts) / number) for term, number in known.items()}
        self._rare = math.log(1 + max(len(counts), 1))
        self._holding: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for key, found in counts.items():
            for term, weight in self._vector(found).items():
                self._holding[term].append((key, weight))

    def nearest(self, text: str, limit: int = 5) -> list[tuple[str, float]]:
        """The keys of the nearest texts with their scores from 0 to 1, best first.

        Args:
            text: what is looked for.
            limit: how many are given.
        """
        scores: dict[str, float] = defaultdict(float)
        for term, weight in self._vector(Counter(terms(text))).items():
            for key, other in self._holding.get(term, ()):
                scores[key] += weight * other
        best = sorted(scores.items(), key=lambda entry: (-round(entry[1], 6), entry[0]))
        return [(key, round(score, 6)) for key, score in best[:limit]]

    def _vector(self, found: Mapping[str, int]) -> dict[str, float]:
        # A word that no text has cannot match, and still is a part of what is meant.
        weights = {term: (1 + math.log(number)) * self._weights.get(term, self._rare) for term, number in found.items()}
        length = math.sqrt(math.fsum(weight * weight for weight in weights.values()))
        return {term: weight / length for term, weight in sorted(weights.items())} if length else {}


def joined(parts: Iterable[tuple[str, int]]) -> str:
    """One text of several, each repeated as often as it counts."""
    return " ".join(text for text, times in parts for _ in range(times))
