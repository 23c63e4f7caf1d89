"""The data tables decode, say what is known to be true, and are what their makers make today."""

from __future__ import annotations

from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

from readiness_pack import data
from readiness_pack.data import _tables, hipaa, iam, lifecycles, stores
from readiness_pack.data import schemas as data_schemas
from tools.make_tables import MAKERS
from tools.tables import schemas
from tools.tables.iam import iam_actions as make_iam_actions
from tools.tables.writing import FOLDER, Table

KEPT = ["engine_versions", "database_logs", "database_metrics", "hipaa_eligible", "instance_families"]
FROM_SCHEMAS = ["types", "tagging", "lambda_runtimes"]


# The heads


def test_every_maker_has_its_table_and_every_table_its_maker() -> None:
    assert [table.name for table in data.tables()] == sorted(MAKERS)
    assert FOLDER == _tables.FOLDER


@pytest.mark.parametrize("table", data.tables(), ids=lambda table: table.name)
def test_a_table_says_where_it_comes_from(table: data.TableInfo) -> None:
    assert date(2020, 1, 1) < table.as_of <= table.made <= date.today()
    assert len(table.about) > 40
    assert "PyPI" in table.source or "npm" in table.source or "https://" in table.source


def test_tables_grow_stale() -> None:
    newest = max(table.made for table in data.tables())
    oldest = min(table.made for table in data.tables())
    assert data.stale_tables(oldest + timedelta(days=180)) == []
    assert data.stale_tables(oldest + timedelta(days=181))
    assert {table.name for table in data.stale_tables(newest + timedelta(days=181))} == set(MAKERS)
    assert data.stale_tables(oldest + timedelta(days=11), max_age_days=10)


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_a_table_is_diffable_and_small(name: str) -> None:
    lines = (FOLDER / f"{name}.json").read_text(encoding="utf-8").splitlines()
    start, end = lines.index('"entries": {'), len(lines) - 2
    keys = [line.split('": ')[0] for line in lines[start + 1 : end]]
    assert keys == sorted(keys)
    assert (FOLDER / f"{name}.json").stat().st_size < 1_200_000


# The makers


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_table_is_what_its_source_says(name: str) -> None:
    info = next(table for table in data.tables() if table.name == name)
    assert MAKERS[name]().text(info.made) == (FOLDER / f"{name}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FROM_SCHEMAS)
def test_a_schema_table_is_what_the_installed_schemas_say(name: str) -> None:
    info = next(table for table in data.tables() if table.name == name)
    made = MAKERS[name]()
    if _same_lint():
        assert made.text(info.made) == (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    elif name == "lambda_runtimes":
        assert made.entries["nodejs16.x"]["deprecated"] == "2024-06-12"
    else:
        assert (
            made.entries["AWS::KMS::Key"]
            == {
                "types": "Arn KeyId",
                "tagging": {"path": "Tags", "shape": "list", "declared": True},
            }[name]
        )


def _same_lint() -> bool:
    info = next(table for table in data.tables() if table.name == "tagging")
    return info.source == f"cfn-lint {version('cfn-lint')} (PyPI)"


def test_iam_actions_are_read_from_the_package(tmp_path: Path) -> None:
    actions = tmp_path / "data" / "actions"
    actions.mkdir(parents=True)
    (tmp_path / "package.json").write_text('{"version": "1.2.3", "updatedAt": "2026-09-26T04:46:59.905Z"}')
    (actions / "s3.json").write_text(
        """{
        "listallmybuckets": {"name": "ListAllMyBuckets", "accessLevel": "List", "resourceTypes": []},
        "getobject": {"name": "GetObject", "accessLevel": "Read", "resourceTypes": [
            {"name": "object", "required": false}, {"name": "accesspointobject", "required": false}]},
        "putbuckettagging": {"name": "PutBucketTagging", "accessLevel": "Tagging, Write", "resourceTypes": [
            {"name": "bucket", "required": true}]},
        "listdatasets": {"name": "ListDatasets", "accessLevel": "List", "resourceTypes": [
            {"name": "dataset", "required": false}]}
        }"""
    )
    (actions / "empty.json").write_text("{}")
    table = make_iam_actions(tmp_path)
    assert table.entries == {
        "s3": {"List*": "ListAllMyBuckets", "List?": "ListDatasets", "Read": "GetObject", "Tagging": "PutBucketTagging"}
    }
    assert table.as_of == date(2026, 9, 26)
    assert "1.2.3" in table.source


def test_an_unknown_access_level_is_not_swallowed(tmp_path: Path) -> None:
    actions = tmp_path / "data" / "actions"
    actions.mkdir(parents=True)
    (tmp_path / "package.json").write_text('{"version": "1", "updatedAt": "2026-09-26"}')
    (actions / "s3.json").write_text('{"a": {"name": "A", "accessLevel": "Magic", "resourceTypes": []}}')
    with pytest.raises(ValueError, match="unknown access level Magic"):
        make_iam_actions(tmp_path)


def test_a_table_is_written_one_entry_a_line(tmp_path: Path) -> None:
    table = Table(
        "t", "about\n   it", "here", date(2026, 1, 2), {"b": 1, "a": {"day": date(2026, 1, 1)}}, {"more": [1]}
    )
    assert table.write(date(2026, 2, 3), tmp_path).read_text(encoding="utf-8") == (
        '{\n"made": "2026-02-03",\n"as_of": "2026-01-02",\n"source": "here",\n"about": "about it",\n"more": [1],\n'
        '"entries": {\n"a": {"day":"2026-01-01"},\n"b": 1\n}\n}\n'
    )


# Tagging and types


@pytest.mark.parametrize(
    ("resource_type", "path", "shape"),
    [
        ("AWS::S3::Bucket", "Tags", "list"),
        ("AWS::SSM::Parameter", "Tags", "map"),
        ("AWS::Glue::Job", "Tags", "map"),
        ("AWS::ApiGatewayV2::Api", "Tags", "map"),
        ("AWS::AutoScaling::AutoScalingGroup", "Tags", "list"),
        ("AWS::EFS::FileSystem", "FileSystemTags", "list"),
        ("AWS::Route53::HostedZone", "HostedZoneTags", "list"),
        ("AWS::Cognito::UserPool", "UserPoolTags", "map"),
        ("AWS::Backup::BackupVault", "BackupVaultTags", "map"),
        ("AWS::EC2::LaunchTemplate", "TagSpecifications[*].Tags", "list"),
        ("AWS::EC2::CapacityReservation", "TagSpecifications[*].Tags", "list"),
        ("AWS::CloudFront::AnycastIpList", "Tags.Items", "list"),
    ],
)
def test_where_a_type_takes_its_tags(resource_type: str, path: str, shape: str) -> None:
    tagging = data.tagging(resource_type)
    assert tagging is not None
    assert (tagging.path, tagging.shape) == (path, shape)


@pytest.mark.parametrize(
    "resource_type",
    ["AWS::IAM::Policy", "AWS::Lambda::Permission", "AWS::CDK::Metadata", "AWS::IAM::InstanceProfile", "Custom::Thing"],
)
def test_types_that_take_no_tags(resource_type: str) -> None:
    assert not data.is_taggable(resource_type)


def test_a_type_whose_schema_is_silent_on_tags_is_taggable_by_its_property() -> None:
    tagging = data.tagging("AWS::DocDB::DBCluster")
    assert tagging == data.Tagging("Tags", "list", declared=False)


def test_types_and_their_attributes() -> None:
    assert len(data.known_types()) > 1800
    assert data.is_known_type("AWS::KMS::Key")
    assert not data.is_known_type("AWS::KMS::Kee")
    assert data.is_known_type("My::Org::Type::MODULE")
    assert data.attributes("AWS::KMS::Key") == ("Arn", "KeyId")
    assert data.attributes("AWS::Nothing::Here") is None
    assert data.has_attribute("AWS::CloudFormation::Stack", "Outputs.BucketName")
    assert data.has_attribute("AWS::CloudFormation::CustomResource", "Anything")
    assert data.has_attribute("AWS::SQS::Queue", "Arn")
    assert data.has_attribute("AWS::SQS::Queue", "Colour") is False
    assert data.has_attribute("AWS::Nothing::Here", "Arn") is None


# IAM


@pytest.mark.parametrize(
    ("action", "level", "resource"),
    [
        ("s3:ListAllMyBuckets", "List", "none"),
        ("ec2:DescribeInstances", "List", "none"),
        ("xray:PutTraceSegments", "Write", "none"),
        ("ecr:GetAuthorizationToken", "Read", "none"),
        ("s3:GetObject", "Read", "supported"),
        ("kms:Decrypt", "Write", "supported"),
        ("iam:PassRole", "Write", "supported"),
        ("iam:PutRolePolicy", "Permissions management", "supported"),
        ("dynamodb:TagResource", "Tagging", "supported"),
        ("cloudwatch:PutMetricData", "Write", "optional"),
    ],
)
def test_what_an_action_is(action: str, level: str, resource: str) -> None:
    found = data.iam_action(action)
    assert found is not None
    assert (str(found), found.level, found.resource) == (action, level, resource)
    assert found.takes_resource == (resource != "none")
    assert data.iam_action(action.upper()) == found


def test_patterns_of_actions() -> None:
    assert [str(action) for action in data.iam_actions("sqs:Send*")] == ["sqs:SendMessage"]
    assert [str(action) for action in data.iam_actions("sqs:?endMessage")] == ["sqs:SendMessage"]
    assert data.iam_actions("sqs:SendMessages") == ()
    assert data.iam_actions("nothing:*") == ()
    everything = data.iam_actions("*")
    assert everything == data.iam_actions("*:*")
    assert len(everything) > 20_000
    assert {action.level for action in everything} == set(get_args(iam.AccessLevel))
    assert {action.service for action in data.iam_actions("s3*:ListTagsForResource")} >= {"s3", "s3tables"}
    assert {"s3", "sts", "iam"} <= data.iam_services()


# Lifecycles


def test_lambda_runtimes() -> None:
    old = data.lambda_runtime("nodejs16.x")
    assert old is not None
    assert old.deprecated == date(2024, 6, 12)
    assert old.successor in data.lambda_runtimes()
    assert data.lambda_runtime("cobol85") is None
    for name, runtime in data.lambda_runtimes().items():
        assert runtime.deprecated, name
        # create_blocked and update_blocked follow each other; the oldest runtimes were blocked before their end.
        assert (
            not (runtime.create_blocked and runtime.update_blocked) or runtime.create_blocked <= runtime.update_blocked
        )


@pytest.mark.parametrize(
    ("engine", "written", "matched", "standard"),
    [
        ("postgres", "13.4", "13", date(2026, 2, 28)),
        ("postgres", "9.6.24", "9.6", date(2022, 4, 30)),
        ("mysql", "8.0.35", "8.0", date(2026, 7, 31)),
        ("mariadb", "10.11.6", "10.11", date(2028, 2, 29)),
        ("aurora-mysql", "8.0.mysql_aurora.3.08.0", "8.0", date(2028, 4, 30)),
        ("aurora", "5.6.10a", "5.6", date(2023, 2, 28)),
        ("aurora-postgresql", "16.4", "16", date(2029, 2, 28)),
        ("eks", "1.31", "1.31", date(2025, 11, 26)),
        ("docdb", "3.6.0", "3.6", date(2026, 3, 30)),
        ("docdb", "5.0.0", "5.0", None),
        ("neptune", "1.2.1.0", "1.2", date(2026, 6, 30)),
        ("redis", "6.x", "6", date(2027, 1, 31)),
        ("valkey", "8.1", "8", None),
        ("kafka", "3.6.0", "3.6", date(2026, 6, 1)),
        ("kafka", "2.8.2.tiered", "2.8", date(2025, 1, 14)),
        ("opensearch", "OpenSearch_2.9", "2.9", date(2025, 11, 7)),
        ("opensearch", "OpenSearch_2.19", "2", None),
        ("elasticsearch", "Elasticsearch_7.10", "7.10", None),
        ("elasticsearch", "7.1", "7.1", date(2025, 11, 7)),
    ],
)
def test_support_of_engine_versions(engine: str, written: str, matched: str, standard: date | None) -> None:
    support = data.engine_support(engine, written)
    assert support is not None
    assert (support.version, support.standard) == (matched, standard)


@pytest.mark.parametrize(
    ("engine", "written"), [("postgres", "99.1"), ("eks", "1.3"), ("oracle-ee", "19"), ("mysql", "8")]
)
def test_versions_that_the_calendars_do_not_name(engine: str, written: str) -> None:
    assert data.engine_support(engine, written) is None


@pytest.mark.parametrize(
    ("instance_type", "service", "status"),
    [
        ("t1.micro", "ec2", "previous"),
        ("m4.large", "ec2", "previous"),
        ("t2.micro", "ec2", "superseded"),
        ("m7g.large", "ec2", None),
        ("db.m4.large", "rds", "superseded"),
        ("db.m3.large", "rds", "previous"),
        ("db.t4g.micro", "rds", None),
        ("cache.m3.medium", "elasticache", "previous"),
        ("cache.t2.micro", "elasticache", "superseded"),
        ("m4.large.search", "opensearch", "superseded"),
        ("m4.large.elasticsearch", "opensearch", "superseded"),
        ("r7g.large.search", "opensearch", None),
    ],
)
def test_instance_families(instance_type: str, service: data.ComputeService, status: str | None) -> None:
    family = data.instance_family(instance_type, service)
    assert (family and family.status) == status
    assert family is None or family.successors


# Data stores


def test_database_logs() -> None:
    mysql = data.database_logs("mysql")
    assert mysql is not None
    assert mysql.required == ("audit", "error", "slowquery")
    assert data.database_logs("custom-sqlserver-se") == data.database_logs("sqlserver-ex")
    assert data.database_logs("oracle-se2-cdb") == data.database_logs("oracle-ee")
    docdb = data.database_logs("docdb")
    assert docdb is not None
    assert docdb.switches["audit"] == data.LogSwitch("audit_logs", ("disabled", "none"))
    assert data.database_logs("sqlite") is None
    assert data.database_logs("mysql-like") is None


def test_store_metrics() -> None:
    aurora = data.store_metrics("AWS::RDS::DBCluster", "aurora-postgresql")
    other = data.store_metrics("AWS::RDS::DBCluster", "postgres")
    assert aurora is not None
    assert other is not None
    assert {metric.name for metric in aurora.metrics} >= {"CPUUtilization", "FreeLocalStorage", "AuroraReplicaLag"}
    assert {metric.name for metric in other.metrics} >= {"CPUUtilization", "FreeStorageSpace"}
    assert [metric.name for metric in aurora.metrics if metric.readers] == ["AuroraReplicaLag"]
    assert other.namespace == "AWS/RDS"
    free = next(metric for metric in other.metrics if metric.name == "FreeStorageSpace")
    assert free.bad == "below"
    assert data.store_metrics("AWS::S3::Bucket") is None
    for resource_type in data.metered_stores():
        metrics = data.store_metrics(resource_type)
        assert metrics is not None
        assert any(metric.required for metric in metrics.metrics), resource_type


# HIPAA


def test_hipaa() -> None:
    assert data.hipaa_eligibility("AWS::DynamoDB::Table") == "eligible"
    assert data.hipaa_eligibility("AWS::IAM::Role") == "no_data"
    assert data.hipaa_eligibility("Custom::S3AutoDeleteObjects") == "no_data"
    assert data.hipaa_eligibility("AWS::GameLift::Fleet") == "not_listed"
    cache = data.hipaa_service("AWS::ElastiCache::ReplicationGroup")
    assert cache == data.HipaaService("Amazon ElastiCache for Redis", "not Memcached")
    assert data.hipaa_service("AWS::IAM::Role") is None


@pytest.mark.parametrize(
    "module", [_tables, data_schemas, iam, lifecycles, stores, hipaa], ids=lambda one: one.__name__
)
def test_the_examples_in_the_docstrings_run(module: ModuleType) -> None:
    import doctest

    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def test_makers_of_schema_tables_agree_on_the_types() -> None:
    assert set(schemas.types().entries) == set(schemas.tagging().entries) == data.known_types() or not _same_lint()


def test_the_maker_command_knows_every_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tools import make_tables

    monkeypatch.setattr("sys.argv", ["make_tables", "no_such_table"])
    with pytest.raises(SystemExit):
        make_tables.main()
    assert "no table is called no_such_table" in capsys.readouterr().err
