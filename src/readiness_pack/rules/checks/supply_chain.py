"""Checks on container images: they are scanned, they are what they were when somebody looked at them."""

from __future__ import annotations

from fnmatch import fnmatchcase

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.known import known_text
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Text, Undecided, Unknown, Value
from readiness_pack.template.views.partial import holds_for_any

# Scanning ------------------------------------------------------------------------------------------------------------

_REGISTRY = "AWS::ECR::RegistryScanningConfiguration"
_ON_PUSH = "ImageScanningConfiguration.ScanOnPush"


def images_scanned(rule: Rule, repository: Resource) -> Verdicts:
    """Every image is scanned when it is pushed, by the setting of its repository or of the registry."""
    if repository.flag(_ON_PUSH, default=False):
        return PASS
    if rule.facts.get("inspector_ecr"):
        return NOT_APPLICABLE
    if holds_for_any(repository.assembly.of_type(_REGISTRY), lambda one: _scans(one, repository)):
        return PASS
    value = "not set" if repository.get(_ON_PUSH) is None else "false"
    return fail(_ON_PUSH, value=value)


def _scans(registry: Resource, repository: Resource) -> bool:
    """Whether the configuration of the registry of an account and region scans the images of ``repository``."""
    if (registry.stack.account, registry.stack.region) != (repository.stack.account, repository.stack.region):
        return False
    filters = [value for _, value in registry.each("Rules[*].RepositoryFilters[*].Filter")]
    return holds_for_any(filters, lambda one: _matches(known_text(one), repository))


def _matches(pattern: str, repository: Resource) -> bool:
    """Whether a filter means ``repository``; one without wildcards means every name that contains it.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html
    """
    if not pattern.strip("*"):
        return True
    name = repository.get("RepositoryName")
    if name is None:
        raise Undecided(f"CloudFormation will choose the name of repository {repository.logical_id}")
    text = known_text(name)
    return fnmatchcase(text, pattern) if "*" in pattern else pattern in text


# Pinning -------------------------------------------------------------------------------------------------------------

_IMAGES = {
    "AWS::ECS::TaskDefinition": "ContainerDefinitions[*].Image",
    "AWS::Lambda::Function": "Code.ImageUri",
}
_IMMUTABLE = ("IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION")


def images_pinned(rule: Rule, resource: Resource) -> Verdicts:
    """A tag stays with its image, and what runs names a tag that is not ``latest``, or a digest."""
    del rule
    if resource.type == "AWS::ECR::Repository":
        path = "ImageTagMutability"
        mutability = resource.get(path)
        if mutability is not None and known_text(mutability) in _IMMUTABLE:
            return PASS
        said = f"{path} is {mutability}" if mutability is not None else f"{path} is not set and so MUTABLE"
        return fail(path, reason=f"lets a push move a tag to another image ({said})")
    images = [(path, value) for path, value in resource.each(_IMAGES[resource.type]) if value is not None]
    if not images:
        return NOT_APPLICABLE
    return judged(images, lambda entry: _image(resource, *entry)) or PASS


def _image(resource: Resource, path: str, image: Value) -> Outcome | None:
    problem = _unpinned(image)
    if problem is None:
        return None
    container = path.rpartition(".Image")[0]
    label = resource.get(f"{container}.Name") if "[" in path else None
    return fail(path, detail=label if isinstance(label, str) else path, reason=f"runs image {image}, which {problem}")


def _unpinned(image: Value) -> str | None:
    if isinstance(image, Unknown):
        image.undecided()
    if isinstance(image, Text) and not any(sign in image.suffix for sign in ":@"):
        # The tag, or the name with or without one, comes from somewhere else.
        image.undecided()
    text = image.suffix if isinstance(image, Text) else known_text(image)
    name = text.rpartition("/")[2]
    if "@" in name:
        return None
    _, colon, tag = name.rpartition(":")
    if not colon:
        return "has neither tag nor digest and so is latest"
    return "is whatever was pushed last" if tag == "latest" else None
