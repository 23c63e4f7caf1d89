"""Views over the app that many rules share: policies, alarms, networks, tags, dead letters and named relations."""

from __future__ import annotations

from .dead_letters import (
    DEAD_LETTER_PATHS,
    DeadLetterUse,
    dead_letter_queue_of,
    dead_letter_targets,
    is_dead_letter_queue,
    redrive_allow_policy,
    redrive_policy,
    users_of_dead_letter_queue,
)
from .documents import json_document, state_machine_definition, substituted
from .naming import arn_of, mentions, named_resource, references_of
from .partial import Partial, holds_for_all, holds_for_any
from .relations import RELATIONS, related

__all__ = [
    "DEAD_LETTER_PATHS",
    "RELATIONS",
    "DeadLetterUse",
    "Partial",
    "arn_of",
    "dead_letter_queue_of",
    "dead_letter_targets",
    "holds_for_all",
    "holds_for_any",
    "is_dead_letter_queue",
    "json_document",
    "mentions",
    "named_resource",
    "redrive_allow_policy",
    "redrive_policy",
    "references_of",
    "related",
    "state_machine_definition",
    "substituted",
    "users_of_dead_letter_queue",
]
