"""Whatever stands where a template, a manifest, a rule, a setting or a baseline belongs: one clear line, soon."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from readiness_pack import Assembly, evaluate, reading, typed_yaml
from readiness_pack.checklist import loading
from readiness_pack.checklist.spec import ItemSpec
from readiness_pack.config import Settings
from readiness_pack.config import load as load_config
from readiness_pack.decisions import baseline
from readiness_pack.errors import InputError
from tests.hostile.measured import assert_refused, run

Reader = Callable[[Path], Any]
TEMPLATE = "Resources: {Q: {Type: AWS::SQS::Queue}}\n"
MANIFEST: dict[str, Any] = {
    "version": "36.0.0",
    "artifacts": {"S": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "S.template.json"}}},
}


def manifest(path: Path) -> Assembly:
    """``path`` as the manifest of a ``cdk.out`` folder."""
    folder = path.parent / "cdk.out"
    folder.mkdir()
    (folder / "cdk.out").write_text('{"version": "36.0.0"}')
    (folder / "S.template.json").write_text("{}")
    path.rename(folder / "manifest.json")
    return Assembly.load(folder)


def rules(path: Path) -> object:
    folder = path.parent / "rules"
    folder.mkdir()
    path.rename(folder / "rule.yaml")
    return loading.load(folder)


READERS: dict[str, tuple[str, Reader]] = {
    "template.yaml": ("app.yaml", Assembly.load),
    "template.json": ("app.json", Assembly.load),
    "manifest": ("manifest.json", manifest),
    "configuration": ("readiness.yaml", load_config),
    "rule file": ("rule.yaml", rules),
    "baseline": ("baseline.json", baseline.read),
}

BROKEN: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n\t\n",
    "NUL": b'{"a": "\0"}',
    "a NUL in the middle of YAML": b"profile: str\0ict\n",
    "invalid UTF-8": b"profile: \xc3\x28\n",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "half a surrogate": b'{"a": "\\ud800"',
    "deep lists": b"[" * 10_000,
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "deep blocks": b"- " * 10_000 + b"x",
    "deep keys": b"? " * 10_000 + b"x",
    "aliases": b"a: &a [x]\nb: *a\n",
    "a bomb of aliases": b"a0: &a0 [x, x]\n"
    + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 60)),
    "an alias that holds itself": b"a: &a\n  b: *a\n",
    "a merge key": b"a: {<<: {b: 1}}\n",
    "a tag of Python": b"!!python/object/apply:os.system ['echo no']\n",
    "a number beyond double": b'{"findings": 1e999, "version": 1e999, "profile": 1e999}',
    "a number of a million digits": b'{"version": ' + b"9" * 1_000_000 + b"}",
    "infinity": b"profile: .inf\n",
    "two documents": b"--- {}\n--- {}\n",
    "cut in the middle": b'{"Resources": {"Q": {"Type": "AWS::SQS::Que',
    "a key that is a list": b"? [a, b]\n: c\n",
    "a list": b"[1, 2]",
    "text": b'"Resources"',
    "control characters": b"a: \x1b[2J\x07\n",
    "a private tag": b"a: !Secret x\n",
    "an image": bytes(range(256)) * 20,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("reader", READERS)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, reader: str, content: bytes) -> None:
    name, read = READERS[reader]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read(tmp_path / name)
    text = str(caught.value)
    assert text.strip()
    assert "\n" not in text
    assert len(text) < 600
    assert (tmp_path.name in text) or name in text


@pytest.fixture
def odd_places(tmp_path: Path) -> Iterator[dict[str, Path]]:
    """Everything but a file."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    with socket.socket(socket.AF_UNIX) as listening, suppress(OSError):
        listening.bind(str(tmp_path / "socket"))
        yield {
            "a folder": tmp_path / "folder",
            "a pipe": tmp_path / "pipe",
            "a device": Path("/dev/zero"),
            "a loop": tmp_path / "loop",
            "a link to nothing": tmp_path / "gone",
            "a socket": tmp_path / "socket",
            "nothing": tmp_path / "missing",
            "a name with NUL": Path("a\0b"),
            "a name too long": tmp_path / ("x" * 300),
        }


KINDS = [
    "a folder",
    "a pipe",
    "a device",
    "a loop",
    "a link to nothing",
    "a socket",
    "nothing",
    "a name with NUL",
    "a name too long",
]


@pytest.mark.parametrize("kind", KINDS)
def test_only_files_are_read(odd_places: dict[str, Path], kind: str) -> None:
    path = odd_places[kind]
    for read in (load_config, baseline.read, lambda one: reading.read(one, 10)):
        with pytest.raises(InputError, match="cannot be read: "):
            read(path)
    if kind != "a folder":
        with pytest.raises(InputError, match="cannot be read"):
            Assembly.load(path)


@pytest.mark.parametrize("kind", ["a pipe", "a device", "a loop", "a link to nothing", "a folder"])
def test_a_manifest_or_template_that_is_no_file(tmp_path: Path, odd_places: dict[str, Path], kind: str) -> None:
    folder = tmp_path / "cdk.out"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps(MANIFEST))
    odd_places[kind].rename(folder / "S.template.json") if kind != "a device" else (
        folder / "S.template.json"
    ).symlink_to("/dev/zero")
    with pytest.raises(InputError, match=r"manifest\.json: names 'S\.template\.json', which"):
        Assembly.load(folder)


# Paths that leave the assembly ---------------------------------------------------------------------------------------

OUTSIDE = [
    "../secret.json",
    "/etc/passwd",
    "below/../../secret.json",
    "link.json",
    "linked/secret.json",
    "a\0b",
    "x" * 5000,
    "/dev/zero",
]


@pytest.fixture
def assembly_with_links(tmp_path: Path) -> Path:
    (tmp_path / "secret.json").write_text('{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}')
    folder = tmp_path / "cdk.out"
    (folder / "below").mkdir(parents=True)
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    (folder / "linked").symlink_to(tmp_path)
    (folder / "S.template.json").write_text('{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}')
    return folder


@pytest.mark.parametrize("name", OUTSIDE, ids=range(len(OUTSIDE)))
@pytest.mark.parametrize("what", ["template", "metadata", "assembly", "assets", "nested"])
def test_a_manifest_names_nothing_outside(assembly_with_links: Path, what: str, name: str) -> None:
    out = assembly_with_links
    stack: dict[str, Any] = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "S.template.json"}}
    artifacts: dict[str, Any] = {"S": stack}
    if what == "template":
        stack["properties"]["templateFile"] = name
    elif what == "metadata":
        stack["additionalMetadataFile"] = name
    elif what == "assembly":
        artifacts["assembly-X"] = {"type": "cdk:cloud-assembly", "properties": {"directoryName": name}}
    elif what == "assets":
        artifacts["S.assets"] = {"type": "cdk:asset-manifest", "properties": {"file": name}}
        nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://x/y.json"}}
        (out / "S.template.json").write_text(json.dumps({"Resources": {"N": nested}}))
    else:
        nested = {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": name}}
        (out / "S.template.json").write_text(json.dumps({"Resources": {"N": nested}}))
    (out / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": artifacts}))
    with pytest.raises(InputError, match=r"lies outside of|cannot be read|is not there|holds a NUL character"):
        Assembly.load(out)


def test_what_rules_may_read_lies_inside(assembly_with_links: Path) -> None:
    out = assembly_with_links
    tree = {"type": "cdk:tree", "properties": {"file": "../secret.json"}}
    (out / "manifest.json").write_text(json.dumps({**MANIFEST, "artifacts": {**MANIFEST["artifacts"], "Tree": tree}}))
    (out / "validation-report.json").symlink_to(out.parent / "secret.json")
    assert sorted(Assembly.load(out).files) == ["manifest.json"]


def test_a_name_that_is_whole_but_inside_is_read(assembly_with_links: Path) -> None:
    out = assembly_with_links
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": str(out / "S.template.json")}}
    (out / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": {"S": artifact}}))
    assert Assembly.load(out).stacks[0].template_file == "S.template.json"


def test_a_link_in_a_folder_of_templates_stays_inside(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (tmp_path / "secret.yaml").write_text(TEMPLATE)
    (folder / "a.yaml").write_text(TEMPLATE)
    (folder / "same.yaml").symlink_to("a.yaml")
    assert [stack.name for stack in Assembly.load(folder).stacks] == ["a", "same"]
    (folder / "out.yaml").symlink_to("../secret.yaml")
    with pytest.raises(InputError, match=r"out\.yaml: is a link that leads out of"):
        Assembly.load(folder)
    (folder / "out.yaml").unlink()
    (folder / "gone.yaml").symlink_to("nothing.yaml")
    with pytest.raises(InputError, match=r"gone\.yaml: is a link to a file that is not there"):
        Assembly.load(folder)
    (folder / "gone.yaml").unlink()
    (folder / "loop.yaml").symlink_to("loop.yaml")
    with pytest.raises(InputError, match=r"loop\.yaml: is a link"):
        Assembly.load(folder)


def test_what_a_folder_holds_beside_templates_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TEMPLATE)
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "elsewhere").symlink_to("/tmp")
    assert Assembly.load(tmp_path).skipped == [
        ("elsewhere", "a link to a folder"),
        ("pipe.json", "no file but a pipe, a device or a socket"),
    ]


def test_a_folder_that_may_not_be_entered_is_no_folder_without_templates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.yaml").write_text(TEMPLATE)
    (tmp_path / "closed").mkdir()
    real = os.scandir

    def scandir(path: Any) -> Any:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(InputError, match="closed: cannot be read: Permission denied"):
        Assembly.load(tmp_path)


def test_a_manifest_that_was_cut_is_no_folder_of_templates(tmp_path: Path) -> None:
    (tmp_path / "S.template.json").write_text(json.dumps({"Resources": {}}))
    (tmp_path / "cdk.out").write_text('{"version": "36.0.0"}')
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST)[:40])
    with pytest.raises(InputError, match=r"manifest\.json:1:\d+: is not JSON"):
        Assembly.load(tmp_path)


def test_one_folder_is_not_two_stages(tmp_path: Path) -> None:
    below = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-A"}}
    (tmp_path / "assembly-A").mkdir()
    (tmp_path / "assembly-A" / "S.template.json").write_text(json.dumps({"Resources": {}}))
    (tmp_path / "assembly-A" / "manifest.json").write_text(json.dumps(MANIFEST))
    (tmp_path / "manifest.json").write_text(json.dumps({"version": "1", "artifacts": {"A": below, "B": below}}))
    with pytest.raises(InputError, match="is named as the assembly of more than one Stage"):
        Assembly.load(tmp_path)


# Files that vanish or grow -------------------------------------------------------------------------------------------


def test_files_that_vanish_while_being_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text(TEMPLATE)
    (tmp_path / "b.yaml").write_text(TEMPLATE)
    real = os.open

    def vanishing(path: Any, *arguments: Any, **more: Any) -> int:
        if str(path).endswith("b.yaml"):
            (tmp_path / "b.yaml").unlink(missing_ok=True)
        return real(path, *arguments, **more)

    monkeypatch.setattr(os, "open", vanishing)
    with pytest.raises(InputError, match=r"b\.yaml: cannot be read: No such file or directory"):
        Assembly.load(tmp_path)


def test_a_setting_whose_file_vanished_is_still_an_error(tmp_path: Path) -> None:
    file = tmp_path / "readiness.yaml"
    file.write_text("profile: strict\n")
    config = load_config(file)
    assert str(config.problem("no such profile", "profile")) == f"{file}:1: no such profile"
    file.write_bytes(b"\xff")
    assert str(config.problem("no such profile", "profile")) == f"{file}: no such profile"
    file.unlink()
    assert str(config.problem("no such profile", "profile")) == f"{file}: no such profile"


def test_a_file_that_grows_is_not_read_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b"[]")
    os.truncate(file, 100)
    real = os.fstat

    class Small:
        def __init__(self, about: os.stat_result) -> None:
            self.st_mode, self.st_size = about.st_mode, 2

    monkeypatch.setattr(os, "fstat", lambda handle: Small(real(handle)))
    with pytest.raises(InputError, match="is larger than 0 MB"):
        reading.read(file, 50)


# What YAML can say and files that people write need not ------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("profile: !!str strict\n", None),
        ("profile: '='\nlocked: ['=']\n", None),
        ("fail_on: !!int x\n", ":1: the YAML tag !!int is not accepted here"),
        ("fail_on: !!bool x\n", ":1: the YAML tag !!bool is not accepted here"),
        ("a:\n- !!binary aGk=\n", ":2: the YAML tag !!binary is not accepted here"),
        ("a: !!set {b}\n", ":1: the YAML tag !!set is not accepted here"),
        ("a: !!omap [b: 1]\n", ":1: the YAML tag !!omap is not accepted here"),
        ("reason_length: 1.0e+999\n", ":1: 1.0e+999 is not a number that can be used"),
        ("reason_length: .nan\n", ":1: .nan is not a number that can be used"),
        ("profile: a\n? {b: c}\n: d\n", ":2: a key must be text"),
        ("profile: a\n\nprofile: b\n", ":3: 'profile' is given twice"),
        ("a:\n  <<: {b: c}\n", ":2: YAML merge keys (<<) are not accepted here; write the values out"),
        ("a: &x [1]\nb: *x\n", ":1: YAML aliases are not accepted here; write the value out"),
        ("parameters: " + "[" * 101 + "]" * 101, ":1: nested more than 100 levels deep"),
    ],
)
def test_yaml_that_people_need_not_write(text: str, said: str | None) -> None:
    if said is None:
        assert typed_yaml.parse(text, Settings, shown="f") is not None
        return
    with pytest.raises(InputError) as caught:
        typed_yaml.parse(text, Settings, shown="f")
    assert str(caught.value) == f"f{said}"


def test_what_lies_beside_rules_does_not_speak_for_them(tmp_path: Path) -> None:
    """A compiled form beside an organisation's rules might say something else than the files that people review."""
    from readiness_pack.checklist import compiled
    from readiness_pack.checklist.spec import FolderSpec

    text = "id: ORG-1\nsection: S\ngroup: G\ntitle: T\nstatement: s\ndisposition: evidence\nwhy: w\n"
    (tmp_path / "rule.yaml").write_text(text)
    contents = loading.contents_of(tmp_path)
    other = typed_yaml.parse(text.replace("ORG-1", "ORG-2"), ItemSpec, shown="x")
    planted = compiled.encoded(compiled.key_of(contents), FolderSpec([("rule.yaml", other)]))
    (tmp_path / compiled.FILE_NAME).write_bytes(planted)
    assert [item.id for item in loading.load(tmp_path).items] == ["ORG-1"]


# What rules read beside templates ----------------------------------------------------------------------------------

ODD_REPORTS = [b"", b"{", b"[" * 100_000, b'{"lines": [1, {"compliance": {}}, null]}', b'{"summary": {"stacks": "1", "rules": []}, "tool": 3}', b'"' + b"x" * 200_000, b"\xff\0,,\n\0"]  # fmt: skip


@pytest.mark.parametrize("content", ODD_REPORTS, ids=range(len(ODD_REPORTS)))
@pytest.mark.parametrize(
    "name", ["readiness-report.json", "validation-report.json", "X-NagReport.csv", "X-NagReport.json", "tree.json"]
)
def test_reports_that_lie_in_the_assembly_break_no_rule(tmp_path: Path, name: str, content: bytes) -> None:
    tree = {"type": "cdk:tree", "properties": {"file": "tree.json"}}
    (tmp_path / "manifest.json").write_text(
        json.dumps({**MANIFEST, "artifacts": {**MANIFEST["artifacts"], "Tree": tree}})
    )
    (tmp_path / "S.template.json").write_text('{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}')
    (tmp_path / name).write_bytes(content)
    assembly = Assembly.load(tmp_path)
    assert name in assembly.files
    assert evaluate(assembly).errors == []
    (tmp_path / name).unlink()  # gone before a rule looks
    assert evaluate(assembly).errors == []


@pytest.mark.slow
def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert_refused(run("check", "pipe.yaml", cwd=tmp_path), "pipe.yaml: cannot be read: it is a pipe, not a file")
