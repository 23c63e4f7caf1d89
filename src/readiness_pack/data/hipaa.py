"""Which services AWS lists as eligible for health data under HIPAA."""

from __future__ import annotations

from functools import cache
from typing import Literal

import msgspec

from readiness_pack.data._tables import Content, load

Eligibility = Literal["eligible", "no_data", "not_listed"]


class HipaaService(msgspec.Struct, frozen=True):
    """An eligible service.

    Args:
        service: its name on AWS's list.
        note: what of it is excluded, ``None`` where nothing is.
    """

    service: str
    note: str | None


class _Eligible(Content, frozen=True):
    no_data: tuple[str, ...]
    entries: dict[str, HipaaService]


def hipaa_service(resource_type: str) -> HipaaService | None:
    """The eligible service that ``resource_type`` belongs to, ``None`` where it belongs to none."""
    return _table().entries.get(_namespace(resource_type))


def hipaa_eligibility(resource_type: str) -> Eligibility:
    """Whether health data may be handled with ``resource_type``.

    ``no_data`` is said of types that hold configuration, identities or money. ``not_listed`` is not a verdict: the copy
    of AWS's list is of the table's ``as_of``, and services are added to the list all the time.

    Example:
        >>> hipaa_eligibility("AWS::S3::Bucket"), hipaa_eligibility("AWS::IAM::Role")
        ('eligible', 'no_data')
    """
    namespace = _namespace(resource_type)
    if namespace in _table().entries:
        return "eligible"
    # What is not declared by AWS (Custom::X) runs in a Lambda function, which is judged itself.
    return "no_data" if namespace in _table().no_data or not resource_type.startswith("AWS::") else "not_listed"


def _namespace(resource_type: str) -> str:
    return resource_type.split("::")[1] if resource_type.startswith("AWS::") else ""


@cache
def _table() -> _Eligible:
    return load("hipaa_eligible", _Eligible)
