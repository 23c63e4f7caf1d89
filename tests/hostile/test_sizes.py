"""How large input may be: limits that are stated, and refused in time and memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from readiness_pack import Assembly, reading
from readiness_pack.config import load as load_config
from readiness_pack.decisions import baseline
from readiness_pack.errors import InputError
from readiness_pack.template.shape import MAX_RESOURCES
from readiness_pack.template.source import MAX_DEPTH
from tests.hostile.measured import assert_refused, run

TEMPLATE = "Resources: {Q: {Type: AWS::SQS::Queue}}\n"


def test_the_number_of_resources_is_limited(tmp_path: Path) -> None:
    file = tmp_path / "app.json"
    for number in (MAX_RESOURCES, MAX_RESOURCES + 1):
        file.write_text('{\n"Resources": {' + ",".join(f'"R{n}":{{"Type":"A::B::C"}}' for n in range(number)) + "}}")
        if number == MAX_RESOURCES:
            assert len(Assembly.load(file).all_resources) == number
    with pytest.raises(InputError, match=r"app\.json:2:1: 10,001 resources; more than 10,000 are not read"):
        Assembly.load(file)


def test_depth_is_limited_alike_everywhere(tmp_path: Path) -> None:
    deep: Any = "x"
    for _ in range(MAX_DEPTH - 4):
        deep = {"a": deep}
    template = {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": deep}}}
    (tmp_path / "a.json").write_text(json.dumps(template))
    assert Assembly.load(tmp_path / "a.json").all_resources
    template["Resources"]["Q"]["Properties"] = {"a": {"a": {"a": {"a": deep}}}}
    (tmp_path / "a.json").write_text(json.dumps(template))
    with pytest.raises(InputError, match="nested deeper than 128 levels"):
        Assembly.load(tmp_path / "a.json")


@pytest.mark.parametrize(
    ("name", "limit"), [("app.json", 10), ("app.yaml", 10), ("readiness.yaml", 1), ("baseline.json", 50)]
)
def test_sizes_are_limited(tmp_path: Path, name: str, limit: int) -> None:
    file = tmp_path / name
    with file.open("wb") as sparse:
        sparse.truncate((limit << 20) + 1)
    read = {"readiness.yaml": load_config, "baseline.json": baseline.read}.get(name, Assembly.load)
    with pytest.raises(InputError, match=f"is larger than {limit} MB"):
        read(file)


def test_a_large_file_in_a_folder_is_no_template_or_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TEMPLATE)
    (tmp_path / "data.json").write_text('{"rows": "' + "x" * (10 << 20) + '"}')
    assert [name for name, _ in Assembly.load(tmp_path).skipped] == ["data.json"]
    (tmp_path / "data.json").write_text('{"Resources": "' + "x" * (10 << 20) + '"}')
    with pytest.raises(InputError, match=r"data\.json: is larger than 10 MB"):
        Assembly.load(tmp_path)


def _fifty_megabytes(kind: str) -> bytes:
    size = 50 << 20
    return {
        "zeros": lambda: b"\0" * size,
        "queues": lambda: (
            b'{"Resources":{' + b",".join(b'"R%d":{"Type":"AWS::SQS::Queue"}' % n for n in range(1_300_000)) + b"}}"
        ),
        "depth": lambda: b"[" * size,
        "lists": lambda: (
            b'{"Resources":{"Q":{"Type":"AWS::SQS::Queue","Properties":{"X":[' + b"[]," * (size // 3) + b"1]}}}}"
        ),
    }[kind]()


def _large_but_allowed(kind: str) -> bytes:
    size = 9_900_000
    return {
        "lists in JSON": lambda: (
            b'{"Resources":{"Q":{"Type":"AWS::SQS::Queue","Properties":{"X":[' + b"[]," * (size // 3) + b"1]}}}"
        ),
        "lists in YAML": lambda: (
            b"Resources:\n  Q:\n    Type: X\n    Properties:\n      X:\n"
            + b"      - []\n" * (size // 11)
            + b"      *x\n"
        ),
        "too many queues": lambda: (
            b"Resources:\n" + b"".join(b"  R%06d: {Type: AWS::SQS::Queue}\n" % n for n in range(size // 36))
        ),
        "words": lambda: b"Resources: {" + b"a: b, " * (size // 6),
    }[kind]()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["zeros", "queues", "depth", "lists"])
def test_fifty_megabytes_are_refused_in_time_and_memory(tmp_path: Path, kind: str) -> None:
    for name in ("app.json", "app.yaml"):
        (tmp_path / name).write_bytes(_fifty_megabytes(kind))
        assert_refused(run("check", name, cwd=tmp_path), name, "is larger than 10 MB")
        (tmp_path / name).unlink()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["lists in JSON", "lists in YAML", "too many queues", "words"])
def test_the_largest_that_is_looked_at_is_refused_in_time_and_memory(tmp_path: Path, kind: str) -> None:
    name = "app.json" if "JSON" in kind else "app.yaml"
    (tmp_path / name).write_bytes(_large_but_allowed(kind))
    assert_refused(run("check", name, cwd=tmp_path), name)


@pytest.mark.slow
def test_other_files_of_fifty_megabytes(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(TEMPLATE)
    entries = b",".join(b'{"rule":"R%d","place":"p","fingerprint":"f"}' % n for n in range(1_060_000))
    (tmp_path / "baseline.json").write_bytes(b'{"findings":[' + entries + b"]")  # what it takes to find the end missing
    assert (tmp_path / "baseline.json").stat().st_size < reading.MAX_RECORDED
    assert_refused(run("check", "app.yaml", "--baseline", "baseline.json", cwd=tmp_path), "is not a baseline")
    (tmp_path / "large.yaml").write_bytes(b"waivers: []\n" + b"#" * (50 << 20))
    assert_refused(run("check", "app.yaml", "--config", "large.yaml", cwd=tmp_path), "large.yaml: is larger than 1 MB")
    (tmp_path / "cdk.out").mkdir()
    (tmp_path / "cdk.out" / "cdk.out").write_text("{}")
    manifest_file = tmp_path / "cdk.out" / "manifest.json"
    manifest_file.write_bytes(b'{"version":"1","artifacts":{' + b'"a":{},' * 6_000_000)
    assert_refused(run("check", "cdk.out", cwd=tmp_path), "manifest.json: holds more than 1,500,000 objects and lists")
    manifest_file.write_bytes(b'{"version":"1","artifacts":{' + b'"a":{"type": "x%s"},' % (b"y" * 60) * 600_000)
    assert_refused(run("check", "cdk.out", cwd=tmp_path), "manifest.json: is not what CDK writes: Input data was trunc")
    many = b",".join(b'"artifact%07d":{"type":"x"}' % number for number in range(1_400_000))
    manifest_file.write_bytes(b'{"version":"1","artifacts":{' + many + b"}}")
    assert_refused(run("check", "cdk.out", cwd=tmp_path), "manifest.json: holds no stack")
