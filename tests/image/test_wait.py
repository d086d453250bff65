"""Waiting by looking again: what was found, what was not, and in which words."""

import pytest

from image.vm.wait import wait_until


def test_the_first_true_value_is_the_answer():
    values = iter([0, "", [], "there", "later"])
    assert wait_until(lambda: next(values), "a value", pause=0) == "there"


def test_a_wait_in_vain_says_for_what_and_what_was_there_instead():
    with pytest.raises(TimeoutError, match=r"waited 0 s in vain for the moon; there is the sun$"):
        wait_until(lambda: None, "the moon", lambda: "there is the sun", seconds=0)


def test_what_is_there_only_when_the_time_is_up_still_counts():
    assert wait_until(lambda: "there", "a value", seconds=0) == "there"


def test_what_the_look_raises_ends_the_wait():
    def look() -> bool:
        raise RuntimeError("the guest ended")

    with pytest.raises(RuntimeError, match="the guest ended"):
        wait_until(look, "the guest")
