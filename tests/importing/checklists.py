"""Checklists in the forms that public ones have; written for these tests."""

from __future__ import annotations

README = """\
<!-- badge: [ ] not an item -->
# Parcel tracker

A service that follows parcels.

- [Install](#install)
- [Go-live](#go-live-checklist)

## Install

1. Clone the repository
2. Run `make setup`

```markdown
- [ ] copy this line
```

## Go-live checklist

### Security :lock:

- [ ] No bucket is public, and [public access is blocked](https://example.com/s3) for the account
- [x] **TLS only** - every listener uses TLS 1.2 or newer
- [ ] Secrets come from Secrets Manager, never from environment variables
- [ ] KMS keys rotate every year

### Operations 🚀

* [ ] Every queue has a dead letter queue,
      and an alarm on its depth
* [ ] **Backups**: databases are backed up every night
    - kept for 35 days
    - restored once a quarter
* [ ] Someone is on call {#ops-oncall}
* [ ] ~~Nagios~~ `CloudWatch` alarms notify a person

## License

- MIT
"""

NESTED = """\
---
title: Launch readiness
tags: [launch, review]
---
Launch readiness
================

* Reliability
    * Load balancing
        * Target groups have health checks.
        * Services run in at least two availability zones.
    * Data
        * **Backups:** Restores are tested every quarter.
        * Tables have point-in-time recovery.
* Cost
    * A budget sends a notification when spending is above the forecast
    * Unused volumes are removed
* Observability
    * Requests are traced with X-Ray
    * Log groups expire after a stated time
* Sign-off
    1. **Approved by**: ____________
    2. **Date**: ____________
"""

TABLE = """\
# Service acceptance

Abbreviations:

| Abbreviation | Meaning |
|---|---|
| RTO | recovery time objective |

## Platform

| ID | Check | Description | Owner | Done |
|:---|:------|-------------|-------|------|
| PLT-1 | Scaling | Services scale out with their load \\| without a person | Ana | ☐ |
| PLT-2 | CDN | Static content is served by **CloudFront** | | |
| PLT-3 | Tracing | Lambda functions send traces to<br>X-Ray | Observability | ☑ |

## Delivery

| Requirement | Area |
|---|---|
| A failed deployment rolls back by itself | Deployments |
| Production is deployed by a pipeline only | Deployments |
| Cost allocation tags are on every resource | Costs |
"""

FITS = {
    "No bucket is public, and public access is blocked for the account": ("SEC-NET-05", "SEC-NET-01"),
    "TLS only": ("SEC-ENC-02",),
    "Secrets come from Secrets Manager, never from environment variables": ("SEC-ENC-04",),
    "KMS keys rotate every year": ("SEC-ENC-03",),
    "Every queue has a dead letter queue, and an alarm on its depth": ("REL-ERR-01",),
    "databases are backed up every night; kept for 35 days; restored once a quarter": ("REL-DRC-01",),
    "CloudWatch alarms notify a person": ("MON-MET-02",),
    "Target groups have health checks.": ("REL-HAV-02",),
    "Services run in at least two availability zones.": ("PRF-ASG-05", "REL-HAV-01"),
    "Restores are tested every quarter.": ("REL-DRC-01",),
    "Tables have point-in-time recovery.": ("REL-DRC-01",),
    "A budget sends a notification when spending is above the forecast": ("CST-MON-01",),
    "Unused volumes are removed": ("CST-RES-05",),
    "Requests are traced with X-Ray": ("MON-LOG-03",),
    "Log groups expire after a stated time": ("MON-LOG-04",),
    "Services scale out with their load | without a person": ("PRF-ASG-01",),
    "Static content is served by CloudFront": ("PRF-OPT-02",),
    "Lambda functions send traces to X-Ray": ("MON-LOG-03",),
    "A failed deployment rolls back by itself": ("OPS-DEP-04",),
    "Production is deployed by a pipeline only": ("OPS-DEP-02",),
    "Cost allocation tags are on every resource": ("CST-MON-02", "TST-INF-04"),
}
"""Title or statement -> our items whose rules decide a part of it, as a person sees it."""
