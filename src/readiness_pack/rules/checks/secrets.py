"""Checks on properties that hold passwords, on secrets and on their rotation."""

from __future__ import annotations

import re

from readiness_pack.rules.checks.candidates import nearest_miss
from readiness_pack.rules.checks.credentials import Origin, origin_of
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.exemptions import unless_tagged
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Text, Undecided, Unknown, Value, is_known
from readiness_pack.template.views import attached, holds_for_any, json_document

# Passwords of databases ----------------------------------------------------------------------------------------------

# Type -> the property with the password and the flag by which the service keeps it in Secrets Manager itself.
_MASTER = {
    "AWS::RDS::DBInstance": ("MasterUserPassword", "ManageMasterUserPassword"),
    "AWS::RDS::DBCluster": ("MasterUserPassword", "ManageMasterUserPassword"),
    "AWS::DocDB::DBCluster": ("MasterUserPassword", "ManageMasterUserPassword"),
    "AWS::Redshift::Cluster": ("MasterUserPassword", "ManageMasterPassword"),
    "AWS::RedshiftServerless::Namespace": ("AdminUserPassword", "ManageAdminPassword"),
}


# Where a password comes from that is out of sight, though not in Secrets Manager -> its name in password_sources.
_HIDDEN: dict[Origin, str] = {"no-echo": "parameter", "ssm-secure": "ssm-secure"}


def master_password_from_secret(rule: Rule, database: Resource) -> Verdicts:
    """The master password is a reference to Secrets Manager, or the service keeps it there itself."""
    path, managed = _MASTER[database.type]
    value = database.get(path)
    if value is None:
        kept = database.flag(managed, default=False)
        return PASS if kept or database.get("MasterUserAuthenticationType") == "iam-db-auth" else NOT_APPLICABLE
    problem = _problem(database, value)
    if problem is None:
        return PASS
    hidden = _HIDDEN.get(origin_of(database, value)) if isinstance(value, Unknown) else None
    if hidden in rule["password_sources"]:
        return PASS
    # What is out of sight, and only in the wrong store, is less bad than what can be read.
    return fail(path, severity="warning" if hidden is not None else None, reason=problem)


def _problem(resource: Resource, value: Value) -> str | None:
    """Why ``value`` is no reference to Secrets Manager; :class:`Undecided` where the template does not tell."""
    if isinstance(value, str):
        return None if "{{resolve:secretsmanager:" in value else "is written in the template"
    if isinstance(value, Text) and "{{resolve:secretsmanager:" in str(value):
        return None
    if not isinstance(value, Unknown):
        if is_known(value):
            return "is written in the template"
        value.undecided()
    match origin_of(resource, value):
        case "secretsmanager":
            return None
        case "ssm-secure":
            return "is a SecureString parameter of Systems Manager, not a secret of Secrets Manager"
        case "ssm":
            return "is a plain parameter of Systems Manager"
        case "no-echo":
            return f"is given by parameter {value.name}, not by Secrets Manager"
        case "parameter":
            return f"is given by parameter {value.name}, which shows it to whoever may describe the stack"
        case _:
            raise Undecided(value.reason)


# Other passwords -----------------------------------------------------------------------------------------------------

_PASSWORDS = {
    "AWS::AmazonMQ::Broker": ("Users[*].Password", "LdapServerMetadata.ServiceAccountPassword"),
    "AWS::Amplify::App": (
        "AccessToken",
        "OauthToken",
        "BasicAuthConfig.Password",
        "AutoBranchCreationConfig.BasicAuthConfig.Password",
    ),
    "AWS::Amplify::Branch": ("BasicAuthConfig.Password",),
    "AWS::CodeBuild::SourceCredential": ("Token",),
    "AWS::DMS::Endpoint": (
        "Password",
        "GcpMySQLSettings.Password",
        "KafkaSettings.SaslPassword",
        "KafkaSettings.SslClientKeyPassword",
        "MicrosoftSqlServerSettings.Password",
        "MongoDbSettings.Password",
        "OracleSettings.AsmPassword",
        "RedisSettings.AuthPassword",
    ),
    "AWS::DataSync::LocationSMB": ("Password",),
    "AWS::DirectoryService::MicrosoftAD": ("Password",),
    "AWS::DirectoryService::SimpleAD": ("Password",),
    "AWS::DocDBElastic::Cluster": ("AdminUserPassword",),
    "AWS::EC2::VPNConnection": ("VpnTunnelOptionsSpecifications[*].PreSharedKey",),
    "AWS::ElastiCache::ReplicationGroup": ("AuthToken",),
    "AWS::ElastiCache::User": ("Passwords[*]", "AuthenticationMode.Passwords[*]"),
    "AWS::Elasticsearch::Domain": ("AdvancedSecurityOptions.MasterUserOptions.MasterUserPassword",),
    "AWS::Events::Connection": (
        "AuthParameters.ApiKeyAuthParameters.ApiKeyValue",
        "AuthParameters.BasicAuthParameters.Password",
        "AuthParameters.OAuthParameters.ClientParameters.ClientSecret",
    ),
    "AWS::FSx::FileSystem": (
        "OntapConfiguration.FsxAdminPassword",
        "WindowsConfiguration.SelfManagedActiveDirectoryConfiguration.Password",
    ),
    "AWS::IAM::User": ("LoginProfile.Password",),
    "AWS::KinesisFirehose::DeliveryStream": (
        "RedshiftDestinationConfiguration.Password",
        "SplunkDestinationConfiguration.HECToken",
        "HttpEndpointDestinationConfiguration.EndpointConfiguration.AccessKey",
    ),
    "AWS::Lightsail::Database": ("MasterUserPassword",),
    "AWS::MemoryDB::User": ("AuthenticationMode.Passwords[*]",),
    "AWS::OpenSearchService::Domain": ("AdvancedSecurityOptions.MasterUserOptions.MasterUserPassword",),
    "AWS::SecretsManager::Secret": ("SecretString",),
}


# Type -> where a credential must be given: the object, if it is there at all, the property in it, and the switch beside
# it by which the service takes the credential from Secrets Manager instead.
# https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers.html (User),
# https://docs.aws.amazon.com/directoryservice/latest/devguide/API_CreateMicrosoftAD.html,
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-iam-user-loginprofile.html,
# https://docs.aws.amazon.com/firehose/latest/APIReference/API_SecretsManagerConfiguration.html
_REQUIRED: dict[str, tuple[tuple[str, str, str | None], ...]] = {
    "AWS::AmazonMQ::Broker": (("Users[*]", "Password", None),),
    "AWS::DirectoryService::MicrosoftAD": (("", "Password", None),),
    "AWS::IAM::User": (("LoginProfile", "Password", None),),
    "AWS::KinesisFirehose::DeliveryStream": (
        ("RedshiftDestinationConfiguration", "Password", "SecretsManagerConfiguration.Enabled"),
        ("SplunkDestinationConfiguration", "HECToken", "SecretsManagerConfiguration.Enabled"),
    ),
}


def no_plaintext_credential(rule: Rule, resource: Resource) -> Verdicts:
    """No property that holds a credential shows it in the template or in the parameters of the stack."""
    del rule
    missing = judged(_REQUIRED.get(resource.type, ()), lambda one: _missing(resource, *one))
    missing += judged([resource] if resource.type == "AWS::AmazonMQ::Broker" else [], _no_administrator)
    values = [
        (path, value)
        for pattern in _PASSWORDS[resource.type]
        for path, value in resource.each(pattern)
        if value is not None
    ]
    if not values:
        return missing or NOT_APPLICABLE
    return missing + judged(values, lambda one: _credential(resource, *one)) or PASS


def _no_administrator(broker: Resource) -> Outcome | None:
    """RabbitMQ has no first user unless one is given, or the configuration says who else knows the users.

    https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers.html (users)
    """
    if broker.get("Users") is not None or broker.get("Configuration") is not None:
        return None
    if (
        str(broker.get("EngineType")).upper() != "RABBITMQ"
        or broker.get("AuthenticationStrategy", "SIMPLE") != "SIMPLE"
    ):
        return None
    return fail("Users", property="Users", reason="is not given, and RabbitMQ asks for an administrator")


def _missing(resource: Resource, holder: str, name: str, switch: str | None) -> Outcome | None:
    """A credential that the service asks for, and that comes neither by its property nor from Secrets Manager."""
    for place, value in resource.each(holder) if holder else [("", resource.get(name))]:
        if holder and not isinstance(value, dict):
            continue
        path = f"{place}.{name}" if place else name
        if resource.get(path) is not None:
            continue
        if switch is None or not resource.flag(f"{place}.{switch}", default=False):
            return fail(path, property=path, reason="is not given, and no secret stands in for it")
    return None


def _credential(resource: Resource, path: str, value: Value) -> Outcome | None:
    if isinstance(value, Unknown) and origin_of(resource, value) in ("no-echo", "ssm-secure"):
        return None
    if path == "SecretString" and isinstance(value, Text):
        problem = _secret_text(resource, value)
    else:
        problem = _problem(resource, value)
    return None if problem is None else fail(path, property=path, reason=problem)


_PART_OF_SECRET = re.compile(r"(?i)pass|secret|token|key|credential")


def _secret_text(resource: Resource, value: Text) -> str | None:
    """The text of a secret that is put together: its passwords must not be written in the template."""
    document = json_document(value)
    if not isinstance(document, dict):
        value.undecided()
    parts = [part for key, part in document.items() if _PART_OF_SECRET.search(key)]

    def shown(part: Value) -> bool:
        hidden = isinstance(part, Unknown) and origin_of(resource, part) in ("no-echo", "ssm-secure")
        return not hidden and _problem(resource, part) is not None

    return "is put together from text of the template" if holds_for_any(parts, shown) else None


# Rotation ------------------------------------------------------------------------------------------------------------

_SCHEDULE = "AWS::SecretsManager::RotationSchedule"
_ATTACHMENT = "AWS::SecretsManager::SecretTargetAttachment"
_RATE = re.compile(r"rate\(\s*(\d+)\s*(hour|day)s?\s*\)")
_CRON = re.compile(r"cron\((.*)\)")
_MONTH = 31


def rotation_scheduled(rule: Rule, secret: Resource) -> Verdicts:
    """A rotation schedule renews the secret often enough."""

    def judge() -> Verdicts:
        named = [secret, *attached(secret, _ATTACHMENT, "SecretId")]
        schedules = [schedule for one in named for schedule in attached(one, _SCHEDULE, "SecretId")]
        problem = nearest_miss(schedules, lambda schedule: _too_rare(schedule, rule["max_secret_age_days"]))
        return PASS if problem is None else fail(reason=problem or "no rotation schedule names it")

    return unless_tagged(secret, rule["exempt_tag"], judge)


def _too_rare(schedule: Resource, most: float) -> str | None:
    days = schedule.number("RotationRules.AutomaticallyAfterDays")
    expression = schedule.get("RotationRules.ScheduleExpression")
    name = schedule.logical_id
    if days is None and expression is None:
        return f"{name} names no interval, so it is never rotated by itself"
    interval = days if days is not None else _interval(expression)
    return None if interval <= most else f"{name} rotates it every {interval:g} days only, not every {most}"


def _interval(expression: Value) -> float:
    """The longest time between two runs of a schedule, in days."""
    if not is_known(expression):
        expression.undecided()
    rate = _RATE.fullmatch(str(expression).strip())
    if rate is not None:
        return int(rate[1]) / 24 if rate[2] == "hour" else int(rate[1])
    cron = _CRON.fullmatch(str(expression).strip())
    # minutes, hours, day of month, month, day of week, (year):
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
    fields = cron[1].split() if cron is not None else []
    if len(fields) < 5:
        raise Undecided(f"how often {expression} runs is not understood")
    day, month, weekday = fields[2:5]
    in_month = 1.0
    if weekday not in ("?", "*"):
        in_month = _MONTH + 7 if "#" in weekday or "L" in weekday else 7
    elif day not in ("?", "*"):
        in_month = _MONTH
    gap = _gap(month)
    return in_month if gap == 1 else gap * _MONTH


def _gap(months: str) -> int:
    """The most months from one named by a cron field to the next."""
    numbers: set[int] = set()
    for part in months.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        low = 1 if first == "*" else _month(first)
        high = 12 if first == "*" or (step and not last) else _month(last or first)
        numbers.update(range(low, high + 1, int(step or 1)))
    ordered = sorted(numbers)
    return max(((later - one - 1) % 12) + 1 for one, later in zip(ordered, ordered[1:] + ordered[:1], strict=True))


_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def _month(name: str) -> int:
    if name.upper() in _MONTHS:
        return _MONTHS.index(name.upper()) + 1
    if not name.isdigit():
        raise Undecided(f"{name} is no month of a cron expression")
    return int(name)
