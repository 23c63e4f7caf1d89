"""What `make dist` decides by itself; `python -m tools.dist` as a whole takes minutes and asks the package index."""

from __future__ import annotations

import hashlib
import tarfile
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from tools import dist, licences
from tools.dist import ReleaseError
from tools.licences import Licensed

AUDITED = {"name": "six", "version": "1.17.0", "vulns": []}


def write(root: Path, version: str, heading: str) -> Path:
    (root / "src" / "readiness_pack").mkdir(parents=True)
    (root / "src" / "readiness_pack" / "__init__.py").write_text(f'__version__ = "{version}"\n', encoding="utf-8")
    (root / "CHANGELOG.md").write_text(f"# Changelog\n\n## {heading}\n\n## 0.1.0 (2026-01-01)\n", encoding="utf-8")
    return root


def test_the_version_is_the_newest_of_the_changelog(tmp_path: Path, root: Path) -> None:
    assert dist.stated_version(write(tmp_path / "a", "1.2.0", "1.2.0 (2027-03-31)")) == "1.2.0"
    with pytest.raises(ReleaseError, match=r"__version__ is 1\.2\.1, CHANGELOG\.md begins with 1\.2\.0"):
        dist.stated_version(write(tmp_path / "b", "1.2.1", "1.2.0 (2027-03-31)"))
    assert dist.stated_version(root)


def test_files_carry_the_day_of_the_changelog_unless_the_environment_says_otherwise(tmp_path: Path) -> None:
    released = write(tmp_path / "a", "1.2.0", "1.2.0 (2027-03-31)")
    assert dist.epoch(released, {}) == "1806451200"
    assert dist.epoch(released, {"SOURCE_DATE_EPOCH": "1700000000"}) == "1700000000"
    assert dist.epoch(write(tmp_path / "b", "1.2.0", "1.2.0 (unreleased)"), {}) is None


def test_a_package_that_pip_audit_knows_nothing_about_is_not_audited() -> None:
    """pip-audit ends with 0 then, and says "No known vulnerabilities found"."""
    skipped = {"name": "attrs", "skip_reason": "Dependency not found on PyPI and could not be audited: attrs (26.1.0)"}
    with pytest.raises(ReleaseError, match=r"NOT AUDITED: .* nothing about 1 of 2 packages \(attrs"):
        dist.judged_audit({"dependencies": [AUDITED, skipped]}, ["six", "attrs"])
    with pytest.raises(ReleaseError, match="NOT AUDITED"):
        dist.judged_audit({"dependencies": []}, ["six"])


def test_a_known_vulnerability_ends_the_release() -> None:
    hole = {"id": "PYSEC-2026-1", "fix_versions": ["1.18.0"]}
    with pytest.raises(ReleaseError, match=r"six 1\.17\.0: PYSEC-2026-1, mended in 1\.18\.0"):
        dist.judged_audit({"dependencies": [{**AUDITED, "vulns": [hole]}]}, ["six"])
    dist.judged_audit({"dependencies": [AUDITED]}, ["Six"])


def test_what_differs_between_two_archives_is_named(tmp_path: Path) -> None:
    archives = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same").write_text("same", encoding="utf-8")
        (tmp_path / name / "other").write_text(name, encoding="utf-8")
        archives.append(tmp_path / f"{name}.tar.gz")
        with tarfile.open(archives[-1], "w:gz") as packed:
            for file in ("same", "other"):
                packed.add(tmp_path / name / file, arcname=file)
    assert dist.differences(*archives) == ["other"]
    assert dist.differences(archives[0], archives[0]) == ["order, dates or permissions of what is in them"]


def test_a_release_takes_the_place_of_the_last_one_and_of_nothing_else(tmp_path: Path) -> None:
    output = tmp_path / "dist"
    output.mkdir()
    for name in ("readiness_pack-0.0.1.tar.gz", "SHA256SUMS", "notes.txt"):
        (output / name).write_text("old", encoding="utf-8")
    new = tmp_path / "readiness_pack-0.1.0.tar.gz"
    new.write_bytes(b"new")
    dist.published(output, [new])

    assert {file.name for file in output.iterdir()} == {"readiness_pack-0.1.0.tar.gz", "SHA256SUMS", "notes.txt"}
    said = (output / "SHA256SUMS").read_text(encoding="utf-8")
    assert said == f"{hashlib.sha256(b'new').hexdigest()}  readiness_pack-0.1.0.tar.gz\n"


# Licences ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metadata", "licence", "allowed"),
    [
        ("License-Expression: MIT", "MIT", True),
        ("License: Apache License 2.0", "Apache-2.0", True),
        ("License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License", "MIT", True),
        ("License-Expression: Apache-2.0 OR GPL-3.0-only", "Apache-2.0 OR GPL-3.0-only", True),
        ("License-Expression: MIT AND GPL-3.0-only", "MIT AND GPL-3.0-only", False),
        ("License-Expression: (MIT AND ISC)", "(MIT AND ISC)", True),
        ("License: GPLv3", "GPLv3", False),
        ("Summary: says nothing", "", False),
    ],
)
def test_a_licence_is_read_and_judged(tmp_path: Path, metadata: str, licence: str, allowed: bool) -> None:
    folder = tmp_path / "thing-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(
        f"Metadata-Version: 2.4\nName: thing\nVersion: 1.0\n{metadata}\n", encoding="utf-8"
    )
    found = licences.licence_of(PathDistribution(folder))
    assert found == licence
    assert Licensed("thing", found, direct=True).allowed is allowed
    assert bool(licences.problems([Licensed("thing", found, direct=True)])) is not allowed


def test_what_is_installed_here_may_be_distributed() -> None:
    packages = licences.needed("readiness-pack")
    assert {"aws-cdk-lib", "msgspec", "PyYAML", "six"} <= {package.name for package in packages}
    assert licences.problems(packages) == []


def test_the_page_lists_every_direct_dependency_with_its_licence(root: Path) -> None:
    page = (root / "docs" / "licences.md").read_text(encoding="utf-8")
    for package in licences.needed("readiness-pack"):
        if package.direct:
            assert f"| {package.name} | {package.licence} | us |" in page, "stale; run: python -m tools.licences"


def test_tables_that_come_from_others_are_credited(root: Path) -> None:
    """A table names its source; packages in it have to stand in NOTICE."""
    notice = (root / "NOTICE").read_text(encoding="utf-8")
    for table in (root / "src/readiness_pack/data").glob("*.json"):
        head = table.read_text(encoding="utf-8")[:2000]
        if "(PyPI)" in head or "(npm" in head:
            assert table.name in notice, f"{table.name} was made from a package; credit it in NOTICE"
