"""k6 summaries: of ``handleSummary()``, of ``--summary-export``, and the machine-readable one of newer versions.

https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/ shows the first. The second says of each
threshold whether it was crossed, the first whether it is ok; the third names no thresholds.
"""

from __future__ import annotations

import re
import sys
from typing import Any

from readiness_pack.evidence.tools.document import Document
from readiness_pack.evidence.tools.load_tests import Run
from readiness_pack.evidence.tools.outcome import Outcome, day_of, plain

WHAT = "a k6 summary"

_SCENARIO = re.compile(r"\{[^}]*\bscenario:([^,}]+)")


def recognises(document: Document) -> bool:
    """Whether the file is of this kind."""
    found = document.json if document.form == "json" else None
    if not isinstance(found, dict):
        return False
    if isinstance(found.get("metadata"), dict) and "k6Version" in found["metadata"]:
        return True
    metrics = found.get("metrics")
    return isinstance(metrics, dict) and bool(metrics.keys() & {"iterations", "http_reqs", "iteration_duration", "vus"})


def read(document: Document) -> list[Outcome]:
    """What the load test came to."""
    found = document.json
    if not isinstance(found, dict):
        raise document.error(f"not {WHAT}")
    metrics = _metrics(document, found)
    requests = _figure(metrics, "http_reqs", "count") or _figure(metrics, "iterations", "count")
    if not requests:
        raise document.error("the load test made no request, which is no evidence")
    kept, crossed = _thresholds(metrics)
    run, state, meta = (_part(found, name) for name in ("config", "state", "metadata"))
    scenarios = [name for metric in metrics for name in _SCENARIO.findall(metric)]
    milliseconds = _number(state.get("testRunDurationMs"))
    version = str(meta.get("k6Version", ""))
    return [
        Run(
            tool=plain(f"k6 {version}") if version else "k6",
            names=(document.name, str(run.get("script", "")), *scenarios),
            requests=int(requests),
            p95=_figure(metrics, "http_req_duration", "p(95)"),
            failed=_failed(metrics),
            seconds=milliseconds / 1000 if milliseconds else _number(run.get("duration")),
            kept=kept,
            crossed=tuple(crossed),
            date=day_of(str(meta.get("generatedAt", ""))),
        ).outcome()
    ]


def _part(found: dict[str, Any], name: str) -> dict[str, Any]:
    part = found.get(name)
    return part if isinstance(part, dict) else {}


def _metrics(document: Document, found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The metrics by name, each with its figures and thresholds."""
    metrics = found.get("metrics")
    if metrics is None and isinstance(found.get("results"), dict):
        metrics = found["results"].get("metrics")
    if isinstance(metrics, list):
        metrics = {str(metric.get("name")): metric for metric in metrics if isinstance(metric, dict)}
    if not isinstance(metrics, dict):
        raise document.error(f"not {WHAT}: it has no metrics")
    return {str(name): metric for name, metric in metrics.items() if isinstance(metric, dict)}


def _values(metric: dict[str, Any]) -> dict[str, Any]:
    values = metric.get("values")
    return values if isinstance(values, dict) else metric


def _figure(metrics: dict[str, dict[str, Any]], name: str, key: str) -> float | None:
    return _number(_values(metrics.get(name, {})).get(key))


def _failed(metrics: dict[str, dict[str, Any]]) -> float | None:
    rate = _figure(metrics, "http_req_failed", "rate")
    return rate if rate is not None else _figure(metrics, "http_req_failed", "value")


def _number(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= sys.float_info.max:
        return None
    return float(value)


def _thresholds(metrics: dict[str, dict[str, Any]]) -> tuple[int, list[str]]:
    """How many thresholds were kept, and the names of those that were crossed."""
    kept, crossed = 0, []
    for name, metric in metrics.items():
        thresholds = metric.get("thresholds")
        for limit, state in (thresholds if isinstance(thresholds, dict) else {}).items():
            # handleSummary: {"ok": true}; --summary-export: true where it was crossed (grafana/k6-docs issue 30)
            is_kept = state.get("ok") is True if isinstance(state, dict) else state is False
            if is_kept:
                kept += 1
            else:
                crossed.append(f"{name} {limit}")
    return kept, crossed
