"""The composite GitHub Action and the pre-commit hooks: parsed, and their steps and entries run."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.cdk_cli import environment

pytestmark = pytest.mark.slow

BAD = {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": False}}}}
MANIFEST = {
    "version": "48.0.0",
    "artifacts": {"Shop": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "Shop.template.json"}}},
}
GOOD = {"severity": {"*": "off", "KmsKeyMaterial": "off"}}
ONLY = "severity: {'*': 'off', KmsKeyRotationEnabled: error}\n"


@pytest.fixture(scope="module")
def action(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((root / "action.yml").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def hooks(root: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((root / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A repository with a cdk.out that one rule objects to."""
    folder = tmp_path / "repository with a space"
    folder.mkdir()
    write_assembly(folder / "cdk.out")
    (folder / "readiness.yaml").write_text(ONLY, encoding="utf-8")
    return folder


def write_assembly(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    (folder / "Shop.template.json").write_text(json.dumps(BAD), encoding="utf-8")


class Runner:
    """Does what GitHub does with a step: expressions become variables, the script goes to bash."""

    def __init__(self, action: dict[str, Any], folder: Path, inputs: dict[str, str]) -> None:
        self.inputs = {name: str(one.get("default", "")) for name, one in action["inputs"].items()} | inputs
        assert inputs.keys() <= action["inputs"].keys()
        self.steps = {step["name"]: step for step in action["runs"]["steps"]}
        self.folder = folder
        self.output = folder.parent / "output"
        self.summary = folder.parent / "summary"

    def run(self, name: str) -> subprocess.CompletedProcess[str]:
        step = self.steps[name]
        given = {key: self.value(str(text)) for key, text in step["env"].items()}
        github = {"GITHUB_OUTPUT": str(self.output), "GITHUB_STEP_SUMMARY": str(self.summary)}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.folder / self.value(step.get("working-directory", ".")),
            env=environment({**given, **github}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def value(self, text: str) -> str:
        def given(found: re.Match[str]) -> str:
            name, _, other = found[1].partition(" || ")
            assert name.startswith("inputs.")
            return self.inputs[name.removeprefix("inputs.")] or other

        return re.sub(r"\$\{\{ (.+?) \}\}", given, text)

    @property
    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.output.read_text(encoding="utf-8").splitlines())


def test_no_expression_stands_in_a_script(action: dict[str, Any]) -> None:
    """The text of an input would be run there."""
    assert action["runs"]["using"] == "composite"
    for step in action["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def test_every_input_is_used_and_every_output_is_written(action: dict[str, Any], root: Path) -> None:
    text = (root / "action.yml").read_text(encoding="utf-8")
    assert all(f"inputs.{name}" in text for name in action["inputs"])
    written = set(re.findall(r'echo "([a-z-]+)=', text))
    assert {one["value"][len("${{ steps.check.outputs.") : -3] for one in action["outputs"].values()} == written
    assert all(one["description"] for one in [*action["inputs"].values(), *action["outputs"].values()])


def test_findings_fail_the_step_and_leave_all_reports(action: dict[str, Any], app: Path) -> None:
    runner = Runner(action, app, {})
    done = runner.run("Check")

    assert done.returncode == 1, done.stdout
    assert "::error" in done.stdout
    assert runner.outputs["exit-code"] == "1"
    assert json.loads(Path(runner.outputs["sarif"]).read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert "<html" in Path(runner.outputs["html"]).read_text(encoding="utf-8")
    assert "KmsKeyRotationEnabled" in runner.summary.read_text(encoding="utf-8")


def test_all_inputs_of_the_check_arrive(action: dict[str, Any], app: Path) -> None:
    (app / "below").mkdir()
    shutil.move(app / "cdk.out", app / "below" / "first $(touch pwned) out")
    shutil.copytree(app / "below" / "first $(touch pwned) out", app / "below" / "second")
    shutil.move(app / "readiness.yaml", app / "below" / "settings; touch pwned.yaml")
    inputs = {
        "path": "first $(touch pwned) out\nsecond\n",
        "working-directory": "below",
        "config": "settings; touch pwned.yaml",
        "fail-on": "never",
        "reports": "re ports",
    }
    runner = Runner(action, app, inputs)
    done = runner.run("Check")

    assert done.returncode == 0, done.stdout
    assert runner.outputs["exit-code"] == "0"
    assert Path(runner.outputs["sarif"]).parent == app / "below" / "re ports"
    assert list(app.rglob("pwned")) == []


def test_what_cannot_be_read_fails_and_leaves_no_old_report(action: dict[str, Any], app: Path) -> None:
    runner = Runner(action, app, {})
    runner.run("Check")
    shutil.rmtree(app / "cdk.out")
    runner.output.unlink()
    done = runner.run("Check")

    assert done.returncode == 2, done.stdout
    assert runner.outputs["exit-code"] == "2"
    assert not Path(runner.outputs["sarif"]).exists()


def test_a_baseline_is_asked(action: dict[str, Any], app: Path) -> None:
    done = subprocess.run(["readiness", "baseline", "cdk.out"], cwd=app, env=environment(), check=False)
    assert done.returncode == 0
    assert Runner(action, app, {"baseline": "readiness-baseline.json"}).run("Check").returncode == 0


def test_a_synthesis_that_fails_after_it_wrote_all_is_judged(action: dict[str, Any], app: Path) -> None:
    runner = Runner(action, app, {"synth": "sleep 0.01; touch cdk.out/manifest.json; exit 1"})
    done = runner.run("Synthesize")
    assert done.returncode == 0
    assert "exit code 1; what it wrote is judged" in done.stdout


def test_a_synthesis_that_breaks_does_not_leave_an_old_assembly_to_be_judged(action: dict[str, Any], app: Path) -> None:
    done = Runner(action, app, {"synth": "exit 7"}).run("Synthesize")
    assert done.returncode == 7
    assert "did not write cdk.out" in done.stdout


def test_the_action_installs_itself_or_what_is_named(action: dict[str, Any], app: Path, tmp_path: Path) -> None:
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "python3").write_text(f"#!{sys.executable}\nimport sys\nprint(sys.argv[1:])\n", encoding="utf-8")
    (fake / "python3").chmod(0o755)
    for package, wanted in (("", "github.action_path"), ("readiness-pack==0.1.0", "readiness-pack==0.1.0")):
        runner = Runner(action, app, {"package": package})
        runner.steps["Install readiness-pack"]["env"].setdefault("PATH", "")
        step = runner.steps["Install readiness-pack"]
        given = runner.value(step["env"]["PACKAGE"])
        done = subprocess.run(
            ["bash", "-c", step["run"]],
            env=environment({"PACKAGE": given, "PATH": f"{fake}:/usr/bin:/bin"}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert wanted in done.stdout, done.stderr


# Hooks ---------------------------------------------------------------------------------------------------------------


def hook_run(hook: dict[str, Any], folder: Path, *files: str) -> subprocess.CompletedProcess[str]:
    """What pre-commit starts: entry, then args, then the names of files where they are passed."""
    command = [*shlex.split(hook["entry"]), *hook.get("args", []), *(files if hook.get("pass_filenames", True) else ())]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)


def named(hooks: list[dict[str, Any]], id_: str) -> dict[str, Any]:
    return next(hook for hook in hooks if hook["id"] == id_)


def test_hooks_have_what_pre_commit_asks_for(hooks: list[dict[str, Any]]) -> None:
    for hook in hooks:
        assert {"id", "name", "entry", "language"} <= hook.keys()
        assert hook["language"] == "python"
    assert len({hook["id"] for hook in hooks}) == len(hooks)


def test_the_hook_on_templates_judges_the_files_that_it_matches(hooks: list[dict[str, Any]], app: Path) -> None:
    hook = named(hooks, "readiness")
    names = ["infra/Shop.template.json", "shop.template.yaml", "a.template.yml", "package.json", "template.yaml.md"]
    assert [name for name in names if re.search(hook["files"], name)] == names[:3]
    done = hook_run(hook, app, "cdk.out/Shop.template.json")
    assert done.returncode == 1
    assert "KmsKeyRotationEnabled" in done.stdout


def test_the_hook_on_cdk_out_judges_that_folder(hooks: list[dict[str, Any]], app: Path) -> None:
    assert hook_run(named(hooks, "readiness-cdk"), app).returncode == 1
    shutil.rmtree(app / "cdk.out")
    assert hook_run(named(hooks, "readiness-cdk"), app).returncode == 2, "nothing to judge is not green"


def test_the_hook_on_rules_runs_their_examples(hooks: list[dict[str, Any]], app: Path) -> None:
    hook = named(hooks, "readiness-rules")
    make = ["new-rule", "QueueIsNamed", "--item", "OPS-DEP-01", "--resource", "AWS::SQS::Queue"]
    done = subprocess.run(
        ["readiness", *make, "--require", "QueueName: present"], cwd=app, env=environment(), check=False
    )
    assert done.returncode == 0
    assert hook_run(hook, app).returncode == 0
    (file,) = (app / "my_rules").glob("*.yaml")
    file.write_text(file.read_text(encoding="utf-8").replace("fail:", "pass:"), encoding="utf-8")
    assert hook_run(hook, app).returncode != 0


def test_the_docs_show_inputs_and_hooks_that_exist(
    root: Path, action: dict[str, Any], hooks: list[dict[str, Any]]
) -> None:
    page = (root / "docs/ci.md").read_text(encoding="utf-8")
    blocks = [yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)]
    used = [
        step
        for block in blocks
        for job in block.get("jobs", {}).values()
        for step in job["steps"]
        if "readiness-pack@" in step.get("uses", "")
    ]
    assert used
    assert all(step.get("with", {}).keys() <= action["inputs"].keys() for step in used)
    outputs = set(re.findall(r"steps\.readiness\.outputs\.([a-z-]+)", page))
    assert outputs
    assert outputs <= action["outputs"].keys()
    shown = {
        hook["id"]
        for block in blocks
        for repo in block.get("repos", ())
        if "readiness-pack" in repo["repo"]
        for hook in repo["hooks"]
    }
    assert shown == {hook["id"] for hook in hooks}
