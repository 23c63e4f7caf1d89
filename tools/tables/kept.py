"""Tables kept by hand from documentation pages: YAML beside this module, checked and compiled to JSON."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from tools.tables import schemas
from tools.tables.writing import Table

HERE = Path(__file__).parent


def engine_versions() -> Table:
    """End of support of database, cache, search, streaming and Kubernetes versions."""
    data = _read("engine_versions")
    entries = {}
    for engine, calendar in data["engines"].items():
        for version, days in calendar["versions"].items():
            _expect(set(days) <= {"standard", "extended"}, f"{engine} {version}: {sorted(days)}")
            _expect(days.get("extended", date.max) > days.get("standard", date.min), f"{engine} {version}: order")
            entries[f"{engine} {version}"] = {"standard": days.get("standard"), "extended": days.get("extended")}
    pages = {engine: f"{calendar['page']} ({calendar['seen']})" for engine, calendar in sorted(data["engines"].items())}
    source = "; ".join(f"{engine}: {page}" for engine, page in pages.items())
    return Table(
        "engine_versions", data["about"], source, min(one["seen"] for one in data["engines"].values()), entries
    )


def database_logs() -> Table:
    """Log types by engine."""
    data = _read("database_logs")
    entries = {}
    for engine, logs in data["engines"].items():
        exportable = set(logs["exportable"])
        _expect(set(logs["required"]) <= exportable, f"{engine}: a required log cannot be exported")
        _expect(set(logs.get("switches", {})) <= exportable, f"{engine}: a switch of no log")
        entries[engine] = {"switches": {}} | logs
    return _table("database_logs", data, entries)


def database_metrics() -> Table:
    """Metrics by data store."""
    data = _read("database_metrics")
    known = schemas.types().entries
    entries = {}
    for store in data["stores"]:
        _expect(store["type"] in known, f"no resource type is called {store['type']}")
        for metric in store["metrics"]:
            _expect(metric["bad"] in {"above", "below"}, f"{store['type']} {metric['name']}: {metric['bad']}")
        key = " ".join(filter(None, (store.pop("type"), store.pop("engine", None))))
        _expect(key not in entries, f"{key} is there twice")
        entries[key] = store
    return _table("database_metrics", data, entries)


def hipaa_eligible() -> Table:
    """HIPAA eligible services by CloudFormation namespace."""
    data = _read("hipaa_eligible")
    known = {name.split("::")[1] for name in schemas.types().entries}
    later = {service: added["namespaces"] for service, added in data["later"].items()}
    services: dict[str, list[str]] = data["eligible"] | later
    _expect(set(data["notes"]) <= set(services), "a note on a service that is not listed")
    entries: dict[str, dict[str, str | None]] = {}
    for service, namespaces in services.items():
        for namespace in namespaces:
            _expect(namespace in known, f"{service}: no CloudFormation namespace is called {namespace}")
            _expect(namespace not in entries, f"{namespace} is there twice")
            entries[namespace] = {"service": service, "note": data["notes"].get(service)}
    no_data: list[str] = data["no_data"]
    for namespace in no_data:
        _expect(namespace in known, f"no_data: no CloudFormation namespace is called {namespace}")
        _expect(namespace not in entries, f"{namespace} is eligible and holds no data")
    added = "; ".join(f"{service}: {one['source']}" for service, one in sorted(data["later"].items()))
    source = f"{data['page']} as of {data['as_of']}; later: {added}"
    return Table("hipaa_eligible", data["about"], source, data["as_of"], entries, {"no_data": sorted(no_data)})


def instance_families() -> Table:
    """Instance families of old generations."""
    data = _read("instance_families")
    entries = {}
    for service, groups in data["services"].items():
        offered = _offered(service)
        for status, families in groups.items():
            for family, successors in families.items():
                _expect(set(successors) <= offered, f"{family}: not offered: {sorted(set(successors) - offered)}")
                entries[f"{service} {family}"] = {"status": status, "successors": successors}
    return _table("instance_families", data, entries)


def _offered(service: str) -> set[str]:
    """The families that ``service`` offers today, from the lists that cfn-lint keeps."""
    name = {
        "ec2": "aws_ec2_instance/instancetype_enum",
        "elasticache": "aws_elasticache_cachecluster/cachenodetype_enum",
        "opensearch": "aws_opensearchservice_domain/clusterconfig_instancetype_enum",
        "rds": "aws_rds_dbinstance/dbinstanceclass_enum",
    }[service]
    lists = json.loads((schemas.SCHEMAS / "extensions" / f"{name}.json").read_text(encoding="utf-8"))
    found: set[str] = set()
    for text in _strings(lists[schemas.FIRST_REGION]):
        parts = text.removesuffix(".search").split(".")
        found.add(".".join(parts[:-1]))
    return found


def _strings(node: Any) -> list[str]:
    if isinstance(node, str):
        return [node]
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [text for child in children for text in _strings(child)]


def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    return data


def _table(name: str, data: dict[str, Any], entries: dict[str, Any]) -> Table:
    return Table(name, data["about"], "; ".join(data["pages"]), data["as_of"], entries)


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
