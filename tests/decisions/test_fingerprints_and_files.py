"""Fingerprints stay when nothing about the problem changed; files are written whole, also by two runs at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from readiness_pack import Assembly, InputError, evaluate, files
from readiness_pack.decisions import baseline

GROUP: dict[str, Any] = {
    "Type": "AWS::EC2::SecurityGroup",
    "Properties": {
        "GroupDescription": "web",
        "SecurityGroupIngress": [
            {"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22},
            {"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": 3389, "ToPort": 3389},
        ],
    },
    "Metadata": {"aws:cdk:path": "Shop/Web/Resource"},
}
KEY: dict[str, Any] = {"Type": "AWS::KMS::Key", "Properties": {}, "Metadata": {"aws:cdk:path": "Shop/Key/Resource"}}


def fingerprints(template: dict[str, Any], path: str = "Shop/") -> dict[tuple[str, str], str]:
    found = evaluate(Assembly.from_templates({"Shop": template})).findings
    return {(f.rule, f.message): f.fingerprint for f in found if (f.construct_path or "").startswith(path)}


def test_the_order_of_resources_and_rules_does_not_matter() -> None:
    turned = json.loads(json.dumps(GROUP))
    turned["Properties"]["SecurityGroupIngress"].reverse()
    first = fingerprints({"Resources": {"Web": GROUP, "Key": KEY}})
    second = fingerprints({"Resources": {"Key": KEY, "Web": turned}})
    assert first
    assert first == second


def test_what_is_added_beside_it_and_renamed_does_not_matter() -> None:
    alone = fingerprints({"Resources": {"Key": KEY}}, "Shop/Key")
    beside = fingerprints({"Resources": {"Key": KEY, "Other": GROUP}}, "Shop/Key")
    renamed = fingerprints(
        {"Resources": {"Key": KEY, "Another": GROUP}, "Parameters": {"P": {"Type": "String"}}}, "Shop/Key"
    )
    assert alone
    assert alone == beside == renamed


def test_a_moved_file_does_not_matter(tmp_path: Path) -> None:
    found: list[set[str]] = []
    for folder, blank in (("a", ""), ("b/deep", "\n\n\n")):
        file = tmp_path / folder / "shop.template.json"
        file.parent.mkdir(parents=True)
        file.write_text(blank + json.dumps({"Resources": {"Key": {"Type": "AWS::KMS::Key"}, "Web": GROUP}}))
        report = evaluate(Assembly.load(file))
        found.append({finding.fingerprint for finding in report.findings})
    assert found[0]
    assert found[0] == found[1]


def test_two_places_are_two_problems() -> None:
    twice = {**KEY, "Metadata": {"aws:cdk:path": "Shop/Second/Resource"}}
    both = evaluate(Assembly.from_templates({"Shop": {"Resources": {"Key": KEY, "Second": twice}}})).findings
    rotation = [finding for finding in both if finding.rule == "KmsKeyRotationEnabled"]
    assert len({finding.fingerprint for finding in rotation}) == len(rotation) == 2


# Files -------------------------------------------------------------------------------------------------------------


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b"old")
    file.chmod(0o600)
    files.write(file, b"new")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o600)
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_write_that_fails_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match="No space left on device"):
        files.write(file, b"new")
    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        files.write(tmp_path / "none" / "a.json", b"")


SHRINK = """
import sys
from pathlib import Path
from readiness_pack.decisions import baseline
from readiness_pack import files
import msgspec
file, mine = Path(sys.argv[1]), sys.argv[2]
for _ in range(20):
    with files.locked(file):
        known = msgspec.json.decode(file.read_bytes(), type=baseline.Baseline)
        known.findings.append(baseline.Entry("Rule", mine, mine))
        files.write(file, msgspec.json.encode(known))
"""


def test_two_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_bytes(b'{"findings": []}')
    runs = [subprocess.Popen([sys.executable, "-c", SHRINK, file, name]) for name in ("one", "two")]
    assert [run.wait(60) for run in runs] == [0, 0]
    places = [entry["place"] for entry in json.loads(file.read_bytes())["findings"]]
    assert sorted(places) == ["one"] * 20 + ["two"] * 20


def test_recording_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    report = evaluate(Assembly.from_templates({"Shop": {"Resources": {"Key": KEY, "Web": GROUP}}}))
    findings = list(report.findings)
    baseline.record(tmp_path / "one.json", findings)
    baseline.record(tmp_path / "two.json", list(reversed(findings)))
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
