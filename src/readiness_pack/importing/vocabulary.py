"""The vocabulary of checklists: words that say nothing, words that mean the same, pairs that are one word.

In our own words, for the trade that checklists come from. One that is missing costs a proposal or lowers its score.
"""

from __future__ import annotations

_EMPTY = """
a all amazon an and any app application appropriate appropriately are as at aws be been before by can could do
does done each ensure ensured ensures every for from has have how if in into is it its least make may more
most must need needed needs no not of off on one only or other our out over own per proper properly relevant
resource resources run s set shall should so some such system than that the their them then there they this
those through to under up us use used uses using via was we were what when where which who will with within
without would you your
"""

EMPTY = frozenset(_EMPTY.split())
"""Words that stand in every item."""

_SAME = """
multifactor mfa 2fa
encrypt encryption encrypted encrypting cipher cmk
key kms
tls ssl https transit
secret credential password token
rotate rotation rotating
backup snapshot
restore recover recovery restoration dr disaster
deadletter dlq
alarm alert alerting alerts notify notification page pager escalate paging
log logging logs
trace tracing xray
metric metrics kpi telemetry
dashboard dashboards grafana
az multiaz zone zones
region regions regional geo
scale scaling autoscaling autoscale elastic scalability
firewall waf
vpc network subnet subnets networking
private internal isolation isolated
public internet exposed internetfacing
cost costs spend spending bill billing
budget budgets
tag tags tagging label labels tagged
pipeline cicd ci cd
deploy deployment deployments deploying release releases rollout
rollback revert undo
bluegreen canary zerodowntime
retain retention expire expiry expiration lifecycle
audit cloudtrail trail
permission iam privilege privileges permissions policy policies entitlement
wildcard star
role roles
cache caching cached elasticache
cdn cloudfront edge
loadbalancer balancing alb elb balancer
database db rds databases aurora
queue sqs queues
function lambda functions
bucket s3 buckets
throttle throttling ratelimit
timeout timeouts
retry retries retrying backoff
health healthcheck healthy healthchecks
runbook playbook runbooks playbooks
document documentation documented docs documents
test testing tests tested
vulnerability cve vulnerabilities
scan scanning scanner scans
rightsize rightsizing sizing size sizes
spot preemptible
threat guardduty detection
anomaly anomalies anomalous
replica replicate replication replicated replicas
failover standby
pool pooling
monitor monitoring observability observe monitored
monthly month
review reviews reviewed reviewing
template cloudformation iac cdk infrastructureascode
user users people human
account accounts
central centralized centrally centralised aggregated aggregate
structured json
incident incidents outage outages oncall
"""

SAME = {word: line.split()[0] for line in _SAME.strip().splitlines() for word in line.split()}
"""Each word of a line stands for the first one."""

_PAIRS = """
multifactor: multi factor
az: multi az, availability zone, availability zones
deadletter: dead letter
loadbalancer: load balancer, load balancers, load balancing
scaling: auto scaling
bluegreen: blue green, zero downtime
trace: x ray
throttle: rate limit, rate limits, rate limiting
pipeline: ci cd
rightsize: right sizing, right size
iac: infrastructure code
health: health check, health checks
tls: in transit
incident: on call
pitr: point time
securitygroup: security group, security groups
atrest: at rest
"""

PAIRS = {
    (first, second): word
    for word, _, pairs in (line.partition(": ") for line in _PAIRS.strip().splitlines())
    for first, second in (pair.split() for pair in pairs.split(", "))
}
"""Two words that are one."""

_ENDINGS = """
izations ization ations ation ating ated ates ate ators ator ities
ments ment ings ing ions ion ies ied ity ed es al ly s e y
"""

ENDINGS = tuple(_ENDINGS.split())
"""What forms of a word differ in, the longest first."""
