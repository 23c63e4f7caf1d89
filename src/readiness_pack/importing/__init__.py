"""Turns a checklist that an organisation has in Markdown into items, and finds the rules that fit them."""

from readiness_pack.importing.bullets import Bullet, Document
from readiness_pack.importing.plan import Entry, Plan, plan
from readiness_pack.importing.proposals import Proposal, Proposer

__all__ = ["Bullet", "Document", "Entry", "Plan", "Proposal", "Proposer", "plan"]
