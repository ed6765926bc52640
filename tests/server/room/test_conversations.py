"""Random conversations, loaded in every way (`python -m tests.conversations` tries more)."""

import pytest

from tests.conversations.history import check


@pytest.mark.parametrize("seed", range(40))
def test_every_way_of_loading_gives_the_same_conversation(seed: int) -> None:
    assert check(seed, length=50)
