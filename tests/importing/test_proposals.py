"""How good the proposals are, in figures that were measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness_pack.checklist import Checklist, load
from readiness_pack.importing import Proposer, markdown, source
from readiness_pack.importing.meaning import Meanings, terms
from readiness_pack.importing.proposals import LEAST, LIMIT, own_words
from tests.importing.checklists import FITS, NESTED, README, TABLE


@pytest.fixture(scope="module")
def checklist() -> Checklist:
    return load()


@pytest.fixture(scope="module")
def proposer(checklist: Checklist) -> Proposer:
    return Proposer(checklist)


def test_our_checklist_finds_the_rules_of_its_items(shared: Path, checklist: Checklist, proposer: Proposer) -> None:
    """Precision at 1: the first rule that is proposed is one that the item relies on. Measured: 109 of 109."""
    file = shared / "checklist.md"
    bullets = markdown.parse(source.read(file).text, file).bullets
    right = asked = 0
    for bullet, item in zip(bullets, checklist.items, strict=True):
        rules = [one.name for one in proposer.proposals(f"{bullet.title} {bullet.statement}") if one.kind == "rule"]
        wanted = proposer.rules_of(item)
        if wanted:
            asked += 1
            right += bool(rules) and rules[0] in wanted
        else:
            assert rules == [], item.id  # only a record decides it
    assert asked >= 88
    assert right / asked >= 0.98


def test_the_words_of_rules_alone_find_half(checklist: Checklist) -> None:
    """The harder question: what a rule says of itself, without its item. Measured: 42 of 76."""
    meanings = Meanings({name: own_words(spec) for name, (_, spec) in checklist.rules.items()})
    asked = [item for item in checklist.items if item.rules]
    right = 0
    for item in asked:
        nearest = meanings.nearest(f"{item.title} {item.statement}", 1)
        right += any(name in {rule.name for rule in item.rules} for name, _ in nearest)
    assert right / len(asked) >= 0.53


def test_other_checklists_find_rules_in_other_words(proposer: Proposer) -> None:
    """Of 21 statements that a person assigned to our items. Measured: 20 right, 1 wrong."""
    found: dict[str, str | None] = {}
    for text in (README, NESTED, TABLE):
        file = Path("c.md")
        for bullet in markdown.parse(source.from_bytes(text.encode(), file).text, file).bullets:
            proposals = proposer.proposals(f"{bullet.title} {bullet.statement}")
            first = next((one.item for one in proposals if one.kind == "rule"), None)
            found |= {bullet.statement: first, bullet.title: first}
    right = [words for words, items in FITS.items() if found[words] in items]
    assert len(FITS) == 21
    assert len(right) / len(FITS) >= 0.9, sorted(set(FITS) - set(right))


@pytest.mark.parametrize("words", ["The office has plants", "Zzz", "", "!!!", "本番", "Lunch is ordered for the party"])
def test_what_has_nothing_to_do_with_it_gets_no_proposal(proposer: Proposer, words: str) -> None:
    assert proposer.proposals(words) == []


def test_proposals_are_few_ranked_and_say_where_they_belong(checklist: Checklist, proposer: Proposer) -> None:
    item, *rules = proposer.proposals("Encryption at rest: all data is encrypted with KMS keys of our own")
    assert (item.kind, item.name) == ("item", "SEC-ENC-01")
    assert len(rules) == LIMIT
    assert [rule.score for rule in rules] == sorted((rule.score for rule in rules), reverse=True)
    assert all(LEAST <= rule.score <= 1 and checklist.rules[rule.name][0].id == rule.item for rule in rules)


def test_an_organisations_rules_are_proposed_too(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "id: ACME-1\nsection: S\ngroup: G\ntitle: Penguins\nstatement: Penguins are fed\ndisposition: automated\nwhy: W\n"
        "rules:\n- {name: PenguinsFed, severity: error, resource: AWS::SNS::Topic, message: Hungry., require: {A: 1}}\n"
    )
    found = Proposer(load(tmp_path)).proposals("Every penguin is fed")
    assert [(one.kind, one.name) for one in found] == [("item", "ACME-1"), ("rule", "PenguinsFed")]


def test_words_that_mean_the_same_are_one() -> None:
    assert terms("2FA") == terms("multi-factor authentication")[:1]
    assert terms("DLQs") != []
    assert Meanings({"a": "dead letter queue"}).nearest("SQS DLQ") == [("a", 1.0)]
    assert Meanings({}).nearest("x") == []
