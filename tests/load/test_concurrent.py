"""Many checks at the same time on one machine; tools/load.py starts a hundred."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECK = (sys.executable, "-c", "from readiness_pack.cli import main; main()", "check", "shop.json", "--format", "json")


@pytest.mark.slow
def test_twenty_checks_at_once_without_a_cache_give_the_same(tmp_path: Path) -> None:
    template = {"Resources": {"Key": {"Type": "AWS::KMS::Key"}, "Queue": {"Type": "AWS::SQS::Queue"}}}
    (tmp_path / "shop.json").write_text(json.dumps(template), encoding="utf-8")
    cache = tmp_path / "cache"  # of compiled rules: all of them find none, make one and put it there
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    running = [
        subprocess.Popen(CHECK, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(20)
    ]
    ended = [process.communicate() for process in running]
    assert {process.returncode for process in running} == {1}
    assert {err for _, err in ended} == {b""}
    assert len({out for out, _ in ended}) == 1
    assert json.loads(ended[0][0])["summary"]["resources"] == 2
    kept = [file for file in cache.rglob("*") if file.is_file()]
    assert kept, "no rules were cached: this test shows nothing"
    after = subprocess.run(CHECK, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert after.stdout == ended[0][0]
    assert [file for file in kept if file.name.startswith(".")] == []
