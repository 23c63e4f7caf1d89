"""Checks on the listeners and target groups of load balancers."""

from __future__ import annotations

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided, Value, is_known
from readiness_pack.template.views import covers, holds_for_all, holds_for_any

_ACTIONS = "DefaultActions[*]"


def uses_tls(rule: Rule, listener: Resource) -> Verdicts:
    """What clients send to a listener is encrypted, or answered with a redirect to HTTPS."""
    protocol = listener.get("Protocol")
    if protocol is None:
        return NOT_APPLICABLE  # listeners of Gateway Load Balancers have none
    if protocol in ("HTTPS", "TLS"):
        return _certificates(listener)
    if protocol == "HTTP":
        return _plain_http(rule, listener)
    if protocol in ("TCP", "TCP_UDP"):
        return _tcp(rule, listener)
    return NOT_APPLICABLE  # UDP has no TLS; QUIC is encrypted by itself


def _certificates(listener: Resource) -> Verdicts:
    """Certificates of IAM end without anybody being told, and nobody renews them."""

    def judge(certificate: tuple[str, Value]) -> Outcome | None:
        path, arn = certificate
        if not isinstance(arn, str) or ":server-certificate/" not in arn:
            return None
        reason = f"uses {arn.rsplit('/', 1)[-1]}, a server certificate of IAM that is not renewed automatically"
        return fail(path, severity="warning", detail="certificate", reason=reason)

    return judged(listener.each("Certificates[*].CertificateArn"), judge) or PASS


def _plain_http(rule: Rule, listener: Resource) -> Verdicts:
    if not rule["accept_https_redirect"]:
        return fail("Protocol", detail="http", reason="takes plain HTTP")
    paths = [path for path, _ in listener.each(_ACTIONS)]

    def redirects(path: str) -> bool:
        # Without a Protocol a redirect keeps the one that the client came with.
        return bool(
            listener.get(f"{path}.Type") == "redirect" and listener.get(f"{path}.RedirectConfig.Protocol") == "HTTPS"
        )

    if holds_for_any(paths, redirects):
        return PASS
    return fail("DefaultActions", detail="http", reason="takes plain HTTP and does not redirect to HTTPS")


def _tcp(rule: Rule, listener: Resource) -> Verdicts:
    balancer = listener.target("LoadBalancerArn")
    if balancer is None:
        raise Undecided("its load balancer is not in this app")
    if balancer.get("Type", "application") == "gateway" or balancer.get("Scheme", "internet-facing") == "internal":
        return NOT_APPLICABLE
    groups = _groups(listener)
    if groups and holds_for_all(groups, lambda group: _ends_tls(rule, listener, group)):
        return PASS
    return fail("Protocol", detail="tcp", reason=f"takes {listener.get('Protocol')} from the internet without TLS")


def _groups(listener: Resource) -> list[Value]:
    arns = [value for _, value in listener.each(f"{_ACTIONS}.TargetGroupArn")]
    arns += [value for _, value in listener.each(f"{_ACTIONS}.ForwardConfig.TargetGroups[*].TargetGroupArn")]
    return [arn for arn in arns if arn is not None]


def _ends_tls(rule: Rule, listener: Resource, arn: Value) -> bool:
    """Whether the targets of a group speak TLS themselves, so that the load balancer need only pass bytes on."""
    group = listener.assembly.target(arn)
    if group is None:
        raise Undecided(f"target group {arn} is not in this app")
    if group.get("TargetType", "instance") == "alb" or group.get("Protocol") == "TLS":
        return True
    return group.get("HealthCheckProtocol") == "HTTPS" or group.number("Port") in rule["tls_ports"]


def tls_policy_modern(rule: Rule, listener: Resource) -> Verdicts:
    """The security policy of an HTTPS or TLS listener offers no TLS older than 1.2."""
    protocol = listener.get("Protocol")
    if protocol is None or protocol not in ("HTTPS", "TLS"):
        return NOT_APPLICABLE
    policy = listener.get("SslPolicy")
    if policy is None:
        reason = "no SslPolicy is set, and the default ELBSecurityPolicy-2016-08 accepts TLS 1.0"
        return fail("SslPolicy", reason=reason)
    if holds_for_any(rule["allowed_ssl_policies"], lambda pattern: covers(pattern, policy)):
        return PASS
    return fail("SslPolicy", reason=f"SslPolicy is {policy}")


_PLAIN = ("HTTP", "TCP")


def classic_load_balancer(rule: Rule, balancer: Resource) -> Verdicts:
    """There is no Classic Load Balancer, or (by parameter) none with plain text, old TLS or old certificates."""
    path = "Listeners[*].Protocol"
    plain: list[str] = []
    tls: list[str] = []
    doubt: str | None = None
    for concrete, protocol in balancer.each(path):
        listener = concrete.removesuffix(".Protocol")
        if not is_known(protocol):
            doubt = doubt or f"the protocol of {listener} is not known"
        elif str(protocol).upper() in _PLAIN:
            plain.append(f"{str(protocol).upper()} on port {balancer.get(f'{listener}.LoadBalancerPort')}")
        else:
            tls.append(listener)
    found: list[Outcome] = []
    if plain:
        found.append(fail("Listeners", reason=f"takes plain {' and '.join(plain)}"))
    if not rule["accept_tls_listeners"]:
        return found or fail(reason="offers no TLS 1.3 and takes no web ACL")
    found += judged(tls, lambda listener: _classic_certificate(balancer, listener))
    found += judged(tls, lambda listener: _classic_policy(balancer, listener))
    if doubt is not None and not any(outcome.verdict == "fail" for outcome in found):
        raise Undecided(doubt)
    return found or PASS


def _classic_certificate(balancer: Resource, listener: str) -> Outcome | None:
    path = f"{listener}.SSLCertificateId"
    arn = balancer.get(path)
    if not isinstance(arn, str) or ":server-certificate/" not in arn:
        return None
    reason = f"uses {arn.rsplit('/', 1)[-1]}, a server certificate of IAM that is not renewed automatically"
    return fail(path, detail=f"certificate {_port(balancer, listener)}", reason=reason)


# The predefined policies, and the attributes of those that are put together by hand:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-security-policy-table.html
_CLASSIC_POLICY = "ELBSecurityPolicy-TLS-1-2-2017-01"
_OLD_TLS = ("Protocol-SSLv3", "Protocol-TLSv1", "Protocol-TLSv1.1")


def _classic_policy(balancer: Resource, listener: str) -> Outcome | None:
    """A TLS listener of a Classic Load Balancer names a policy that accepts nothing older than TLS 1.2."""
    names = balancer.list(f"{listener}.PolicyNames")
    policies = [
        path
        for path, _ in balancer.each("Policies[*]")
        if balancer.get(f"{path}.PolicyType") == "SSLNegotiationPolicyType"
        and holds_for_any(names, lambda name: bool(name == balancer.get(f"{path}.PolicyName")))  # noqa: B023
    ]
    if policies:
        wrong = next((old for path in policies if (old := _old_tls(balancer, path))), None)
    else:
        wrong = "it names no policy, and the default one is old"
    if wrong is None:
        return None
    port = _port(balancer, listener)
    return fail(
        f"{listener}.PolicyNames", detail=f"policy {port}", reason=f"accepts TLS older than 1.2 on port {port}: {wrong}"
    )


def _old_tls(balancer: Resource, policy: str) -> str | None:
    """What makes a policy accept TLS older than 1.2."""
    for path, name in balancer.each(f"{policy}.Attributes[*].Name"):
        value = path.removesuffix(".Name") + ".Value"
        if name == "Reference-Security-Policy" and balancer.get(value) != _CLASSIC_POLICY:
            return f"its policy is {balancer.get(value)}"
        if holds_for_any(_OLD_TLS, lambda old: bool(name == old)) and balancer.flag(value):  # noqa: B023
            return f"{name} is on"
    return None


def _port(balancer: Resource, listener: str) -> str:
    return str(balancer.get(f"{listener}.LoadBalancerPort"))
