"""Every file that is read is damaged, taken away or made unreadable: no run with less than the whole looks complete.

What hostile content does is tested in tests/hostile; this is about faults of disks, copies and other processes.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from readiness_pack import data
from readiness_pack.checklist import compiled, loading
from readiness_pack.data import _tables, schemas
from tests.faults.support import TEMPLATE, TODAY, Cli, cdk_out, signed

CHECKOV = {
    "check_type": "cloudformation",
    "results": {
        "failed_checks": [
            {"check_id": "CKV_AWS_27", "resource": "AWS::SQS::Queue.Queue", "file_path": "/app/Orders.json"},
        ]
    },
}
JUNIT = f'<testsuite timestamp="{TODAY}T08:00:00"><testcase name="a"/></testsuite>'

Command = tuple[str, ...]


def everything(here: Path, cli: Cli) -> None:
    """Each kind of file that a run reads, with settings that name it."""
    cdk_out(here)
    shutil.copytree(here / "app", here / "templates")
    (here / "mine" / "deep").mkdir(parents=True)
    item = "id: ORG-1\nsection: Ours\ngroup: G\ntitle: T\nstatement: S\nwhy: W\ndisposition: automated\n"
    rule = "rules:\n- name: Mine\n  severity: error\n  resource: AWS::SQS::Queue\n  message: M.\n  require: {QueueName: present}\n"
    (here / "mine" / "deep" / "one.yaml").write_text(item + rule)
    (here / "checkov.json").write_text(json.dumps(CHECKOV))
    (here / "evidence" / "junit.xml").write_text(JUNIT)
    (here / "evidence" / "reports.yaml").write_text("reports:\n  - {file: junit.xml, kind: junit}\n")
    assert cli("baseline", "app", "--output", "known.json", "--config", "empty.yaml").code in (0, 2)


@pytest.fixture
def whole(here: Path, cli: Cli) -> Path:
    (here / "empty.yaml").write_text("profile: standard\n")
    everything(here, cli)
    return here


READ: dict[str, tuple[str, Command]] = {
    "template": ("app/Orders.json", ("check", "app/Orders.json")),
    "template of a folder": ("templates/Orders.json", ("check", "templates")),
    "manifest": ("cdk.out/manifest.json", ("check", "cdk.out")),
    "template of a cdk.out": ("cdk.out/S.template.json", ("check", "cdk.out")),
    "nested template": ("cdk.out/N.nested.template.json", ("check", "cdk.out")),
    "asset manifest": ("cdk.out/S.assets.json", ("check", "cdk.out")),
    "metadata": ("cdk.out/S.metadata.json", ("check", "cdk.out")),
    "settings": ("readiness.yaml", ("check", "app")),
    "settings that are named": ("empty.yaml", ("check", "app", "--config", "empty.yaml")),
    "rule file": ("mine/deep/one.yaml", ("check", "app", "--rules", "mine")),
    "baseline": ("known.json", ("check", "app", "--baseline", "known.json")),
    "baseline that is renewed": ("known.json", ("baseline", "app", "--output", "known.json")),
    "report of checkov": ("checkov.json", ("check", "app", "--with-checkov", "checkov.json")),
    "evidence": ("evidence/records.yaml", ("check", "app")),
    "evidence in a report": ("evidence/records.yaml", ("report", "app")),
}
"""Kind of file -> the file, and a command that cannot do without it."""


def cut(path: Path) -> None:
    """As a copy that ended early; so that what is left is no shorter file of the kind."""
    text = path.read_text()
    path.write_text(text[: len(text) // 2].rstrip("\n}]") + " [")


def made_empty(path: Path) -> None:
    path.write_bytes(b"")


def zeroed(path: Path) -> None:
    """As file systems leave a file after a power cut."""
    path.write_bytes(bytes(path.stat().st_size))


def another_type(path: Path) -> None:
    path.write_text("[3]")


def no_text(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\xfa" + path.read_bytes())


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_link_to_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGE = [cut, made_empty, zeroed, another_type, no_text, a_folder, a_link_to_nothing, a_pipe]


@pytest.mark.parametrize("kind", READ)
def test_the_files_are_good_before_they_are_damaged(whole: Path, cli: Cli, kind: str) -> None:
    _, command = READ[kind]
    code, _, err = cli(*command)
    assert code in (0, 1), err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("kind", "damage"),
    [
        pytest.param(kind, damage, id=f"{kind}-{damage.__name__}")
        for kind in READ
        for damage in DAMAGE
        if (kind, damage) != ("baseline that is renewed", a_link_to_nothing)  # then it is made
    ],
)
def test_a_damaged_file_is_one_line_and_exit_2(
    whole: Path, cli: Cli, kind: str, damage: Callable[[Path], None]
) -> None:
    name, command = READ[kind]
    damage(whole / name)
    code, out, err = cli(*command)
    assert (code, out, err.count("\n")) == (2, "", 1), (out, err)
    assert Path(name).name in err or "holds " in err, err
    assert "Traceback" not in err


def test_a_part_of_a_cut_file_beside_a_good_one(whole: Path, cli: Cli) -> None:
    """In a folder of templates, what was cut off before its resources is no other kind of file."""
    for name, content in (
        ("Cut.template.json", b""),
        ("Cut.template.json", b'{"Desc'),
        ("Cut.json", b'{"AWSTemplateFormatVersion": "2010-09-09", "Reso'),
        ("Cut.yaml", b"AWSTemplateFormatVersion: 2010-09-09\nMetadata: ["),
    ):
        (whole / "templates" / name).write_bytes(content)
        code, out, err = cli("check", "templates")
        assert (code, out) == (2, ""), err
        assert name in err
        (whole / "templates" / name).unlink()
    (whole / "templates" / "package.json").write_text("{")
    assert "package.json was not judged: is not JSON" in cli("check", "templates").out


def test_a_cdk_out_without_its_manifest_is_no_folder_of_templates(whole: Path, cli: Cli) -> None:
    (whole / "cdk.out" / "manifest.json").unlink()
    code, _, err = cli("check", "cdk.out")
    assert (code, err) == (2, "readiness: cdk.out/manifest.json: names 'manifest.json', which is not there\n")


# Unreadable ----------------------------------------------------------------------------------------------------------

FAULTS = [errno.EACCES, errno.EIO, errno.ENOENT, errno.ESTALE, errno.EMFILE]


def refusing(monkeypatch: pytest.MonkeyPatch, function: str, name: str, code: int) -> None:
    """Make ``function`` of :mod:`os` fail for what is called ``name``; tests run as root, whom no right keeps out."""
    real = getattr(os, function)

    def refuses(path: Any, *others: Any, **named: Any) -> Any:
        if isinstance(path, str | Path) and Path(path).name == name:
            raise OSError(code, os.strerror(code), str(path))
        return real(path, *others, **named)

    monkeypatch.setattr(os, function, refuses)


@pytest.mark.parametrize("code", FAULTS, ids=errno.errorcode.__getitem__)
@pytest.mark.parametrize("kind", READ)
def test_a_file_that_cannot_be_opened_is_one_line_and_exit_2(
    whole: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch, kind: str, code: int
) -> None:
    """ENOENT: it was listed, and is gone when it is opened."""
    name, command = READ[kind]
    refusing(monkeypatch, "open", Path(name).name, code)
    ended = cli(*command)
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1), ended
    assert os.strerror(code) in ended.err
    assert Path(name).name in ended.err


@pytest.mark.parametrize("kind", ["template of a folder", "rule file", "evidence"])
def test_a_folder_that_cannot_be_listed(whole: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    _, command = READ[kind]
    if kind == "template of a folder":
        (whole / "templates" / "deep").mkdir()
    folder = {"evidence": "evidence"}.get(kind, "deep")
    refusing(monkeypatch, "scandir", folder, errno.EACCES)
    refusing(monkeypatch, "listdir", folder, errno.EACCES)
    code, out, err = cli(*command)
    assert (code, out, err.count("\n")) == (2, "", 1), (out, err)
    assert folder in err
    assert "Permission denied" in err


def test_a_template_that_goes_while_its_folder_is_read(whole: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    (whole / "templates" / "Other.json").write_text(json.dumps(TEMPLATE))
    real = Path.is_symlink

    def goes(path: Path) -> bool:
        if path.name == "Other.json":
            path.unlink(missing_ok=True)
        return real(path)

    monkeypatch.setattr(Path, "is_symlink", goes)
    code, _, err = cli("check", "templates")
    assert (code, err) == (2, "readiness: templates/Other.json: has gone while its folder was read\n")


@pytest.mark.parametrize("name", ["more.yml", "more.YAML", "more.Yml"])
def test_rules_under_another_ending_are_not_passed_over(whole: Path, cli: Cli, name: str) -> None:
    (whole / "mine" / name).write_text("id: ORG-2\n")
    code, _, err = cli("check", "app", "--rules", "mine")
    assert (code, "the name of a rule file ends in .yaml" in err) == (2, True)


def test_rules_behind_a_link_are_not_passed_over(whole: Path, cli: Cli) -> None:
    (whole / "mine" / "more").symlink_to(whole / "app")
    code, _, err = cli("check", "app", "--rules", "mine")
    assert (code, "more: is a link to a folder" in err) == (2, True)


# What is not needed, or only for one answer --------------------------------------------------------------------------


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", ["tree.json", "readiness-report.json", "validation-report.json"])
def test_files_that_only_some_rules_read(whole: Path, cli: Cli, name: str, damage: Callable[[Path], None]) -> None:
    """Nothing that was found is lost without them; never a traceback."""
    (whole / "readiness.yaml").unlink()
    before = json.loads(cli("check", "cdk.out", "--format", "json").out)
    if not (whole / "cdk.out" / name).exists():
        (whole / "cdk.out" / name).write_text('{"recorded": {}, "pluginReports": []}')
    damage(whole / "cdk.out" / name)
    code, out, err = cli("check", "cdk.out", "--format", "json")
    assert code in (1, 2, 3), err
    assert "Traceback" not in err
    if code == 2:
        assert name in err
        return
    after = json.loads(out)
    assert {one["fingerprint"] for one in before["findings"]} <= {one["fingerprint"] for one in after["findings"]}


def _fail(path: Path) -> Any:
    raise AssertionError(f"{path} is not read again")


def test_the_compiled_cache_is_believed_only_when_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(compiled, "_WORTH", 0)
    folder = tmp_path / "rules"
    folder.mkdir()
    text = "id: ORG-1\nsection: Ours\ngroup: G\ntitle: T\nstatement: first\nwhy: W\ndisposition: automated\n"
    (folder / "one.yaml").write_text(text)
    wanted = loading.load(folder).items
    (cache,) = (tmp_path / "cache" / "readiness-pack").iterdir()
    good = cache.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(loading, "read_files", lambda *_: _fail(folder))
        assert loading.load(folder).items == wanted
    spoiled = [good[:number] for number in range(0, len(good), 7)] + [b"", bytes(len(good)), b"[3]", good + b"x"]
    spoiled += [good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :] for at in range(len(good))]
    for content in spoiled:
        cache.write_bytes(content)
        assert loading.load(folder).items == wanted
    cache.unlink()
    cache.mkdir()
    assert loading.load(folder).items == wanted


def test_the_cache_never_holds_a_file_that_came_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules change between the reading that makes the key and the decoding."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(compiled, "_WORTH", 0)
    text = "id: ORG-1\nsection: Ours\ngroup: G\ntitle: T\nstatement: first\nwhy: W\ndisposition: automated\n"
    (tmp_path / "rules").mkdir()
    file = tmp_path / "rules" / "one.yaml"
    file.write_text(text)
    real = loading.read_files

    def late(root: Path, contents: dict[str, bytes]) -> Any:
        file.write_text(text.replace("first", "second"))
        return real(root, contents)

    monkeypatch.setattr(loading, "read_files", late)
    assert [item.statement for item in loading.load(tmp_path / "rules").items] == ["first"]
    file.write_text(text)
    monkeypatch.setattr(loading, "read_files", lambda *_: _fail(file))
    assert [item.statement for item in loading.load(tmp_path / "rules").items] == ["first"]


def test_without_a_home_nothing_is_cached_right_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    def nobody(_: int) -> Any:
        raise KeyError("no such user")

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.setattr(compiled, "_WORTH", 0)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules").mkdir()
    text = "id: ORG-1\nsection: Ours\ngroup: G\ntitle: T\nstatement: s\nwhy: W\ndisposition: automated\n"
    (tmp_path / "rules" / "one.yaml").write_text(text)
    assert loading.load(tmp_path / "rules").items
    assert [path.name for path in tmp_path.iterdir()] == ["rules"]


# Our own tables ------------------------------------------------------------------------------------------------------


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the tables that a test may damage; nothing of it stays in memory."""
    caches = [one for module in (schemas, _tables) for one in vars(module).values() if hasattr(one, "cache_clear")]
    folder = tmp_path / "tables"
    folder.mkdir()
    for file in _tables.FOLDER.glob("*.json"):
        shutil.copy(file, folder)
    monkeypatch.setattr(_tables, "FOLDER", folder)
    for one in caches:
        one.cache_clear()
    yield folder
    for one in caches:
        one.cache_clear()


@pytest.mark.parametrize("damage", [cut, made_empty, zeroed, another_type, Path.unlink], ids=lambda one: one.__name__)
@pytest.mark.parametrize("table", ["types", "tagging"])
def test_a_damaged_table_breaks_the_run(
    here: Path, cli: Cli, tables: Path, table: str, damage: Callable[[Path], None]
) -> None:
    damage(tables / f"{table}.json")
    code, out, err = cli("check", "app")
    assert code == 3
    assert "Traceback" not in out + err


def test_the_tables_are_whole_otherwise(here: Path, cli: Cli, tables: Path) -> None:
    assert cli("check", "app").code == 0
    assert data.is_known_type("AWS::SQS::Queue")


# Evidence ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", [*DAMAGE, Path.unlink], ids=lambda damage: damage.__name__)
def test_a_damaged_report_of_a_tool_counts_for_nothing(whole: Path, cli: Cli, damage: Callable[[Path], None]) -> None:
    damage(whole / "evidence" / "junit.xml")
    code, out, _ = cli("evidence", "check")
    assert code == 1
    assert "reports.yaml:2: report junit.xml: " in out
    assert "report junit.xml: " in cli("report", "app").out


@pytest.mark.parametrize("damage", [*DAMAGE, Path.unlink], ids=lambda damage: damage.__name__)
def test_a_damaged_sign_off_is_none(here: Path, cli: Cli, damage: Callable[[Path], None]) -> None:
    signed(cli)
    assert cli("certify", "app", "--by", "Cai Berg").code == 0
    (file,) = (here / "evidence" / "signoffs").glob("qa-*.yaml")
    damage(file)
    code, out, _ = cli("certify", "app", "--by", "Cai Berg")
    assert (code, "CRT-SGN-04" in out) == (1, True), out
    code, out, _ = cli("verify", "evidence", "app")
    assert (code, "the sign-off of Person of Qa for qa is gone or was edited" in out) == (1, True), out


@pytest.mark.parametrize("damage", [*DAMAGE, Path.unlink], ids=lambda damage: damage.__name__)
def test_without_its_digest_a_sign_off_says_that_something_changed(
    here: Path, cli: Cli, damage: Callable[[Path], None]
) -> None:
    assert cli("sign", "app", "--team", "qa", "--by", "Eli Roth").code == 0
    (file,) = (here / "evidence" / "digests").iterdir()
    damage(file)
    (here / "app" / "Orders.json").write_text(json.dumps({"Resources": {"Key": {"Type": "AWS::KMS::Key"}}}))
    code, out, _ = cli("report", "app")
    assert (code, "something changed (what was signed is not on record any more" in out) == (1, True)


@pytest.mark.parametrize("damage", [*DAMAGE, Path.unlink], ids=lambda damage: damage.__name__)
def test_a_damaged_certificate_never_holds(here: Path, cli: Cli, damage: Callable[[Path], None]) -> None:
    signed(cli)
    assert cli("certify", "app", "--by", "Cai Berg").code == 0
    damage(here / "evidence" / "certificate.json")
    for command in (("verify", "evidence", "app"), ("verify", "evidence/certificate.json", "app")):
        code, out, err = cli(*command)
        assert code in (1, 2)
        assert "VALID" not in out
        assert "Traceback" not in err
    assert "certified on" not in cli("report", "app").out


@pytest.mark.parametrize("name", ["certificate.html", "certificate.intoto.json"])
@pytest.mark.parametrize("damage", [cut, made_empty, zeroed, another_type, a_folder], ids=lambda one: one.__name__)
def test_a_certificate_beside_a_damaged_page(here: Path, cli: Cli, name: str, damage: Callable[[Path], None]) -> None:
    signed(cli)
    assert cli("certify", "app", "--by", "Cai Berg").code == 0
    damage(here / "evidence" / name)
    code, out, _ = cli("verify", "evidence", "app")
    assert (code, out.startswith("TAMPERED: ")) == (1, True)


@pytest.mark.parametrize("damage", [cut, made_empty, zeroed, a_folder, Path.unlink], ids=lambda one: one.__name__)
def test_a_file_that_a_record_rests_on(here: Path, cli: Cli, damage: Callable[[Path], None]) -> None:
    import hashlib

    (here / "evidence" / "drill.pdf").write_bytes(b"%PDF a drill of October, with its figures")
    hash_ = hashlib.sha256((here / "evidence" / "drill.pdf").read_bytes()).hexdigest()
    entry = f"{{item: REL-DRC-04, statement: Restored the database, owner: Operations, date: {TODAY}, files: "
    files = f"[{{path: drill.pdf, sha256: {hash_}}}]}}"
    (here / "evidence" / "records.yaml").write_text(f"records:\n  - {entry}{files}\n")
    assert cli("evidence", "check").code == 0
    damage(here / "evidence" / "drill.pdf")
    code, out, _ = cli("evidence", "check")
    assert (code, "its file drill.pdf " in out) == (1, True), out


def test_a_sign_off_folder_that_cannot_be_listed_is_no_signature(
    here: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed(cli)
    refusing(monkeypatch, "scandir", "signoffs", errno.EACCES)
    refusing(monkeypatch, "listdir", "signoffs", errno.EACCES)
    assert cli("certify", "app", "--by", "Cai Berg").code in (1, 2)
    assert not (here / "evidence" / "certificate.json").exists()
