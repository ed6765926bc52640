"""The checks find what was planted, and nothing else."""

import pytest

from tests.browser_faults.check import journal_texts, page_texts

SAID = ["ann-1", "ben-1", "ann-2", "ben-2"]
TYPED = {"ann": ["ann-1", "ann-2"], "ben": ["ben-1", "ben-2"]}


def test_a_room_without_faults_passes() -> None:
    assert list(journal_texts(SAID, TYPED)) == []
    for first in range(3):
        assert list(page_texts(SAID, "ann", SAID[first:])) == []


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (["ann-1", "ben-1", "ben-2"], "lost"),
        ([*SAID, "ann-1"], "doubled"),
        (["ann-2", "ben-1", "ann-1", "ben-2"], "reordered"),
        ([*SAID, "ann-3"], "altered"),
    ],
)
def test_what_is_wrong_in_the_journal_is_found(said: list[str], kind: str) -> None:
    assert [finding.kind for finding in journal_texts(said, TYPED)] == [kind]


@pytest.mark.parametrize(
    ("shown", "kinds"),
    [
        (["ann-1", "ann-2", "ben-2"], ["gap"]),
        (["ann-1", "ben-1", "ben-1", "ann-2", "ben-2"], ["doubled"]),
        (["ann-1", "ann-2", "ben-1", "ben-2"], ["gap", "reordered", "gap"]),
        (SAID[:3], ["gap"]),
        ([*SAID, "never"], ["lost"]),
        ([], ["gap"]),
    ],
)
def test_what_is_wrong_on_a_page_is_found(shown: list[str], kinds: list[str]) -> None:
    assert [finding.kind for finding in page_texts(SAID, "ann", shown)] == kinds
