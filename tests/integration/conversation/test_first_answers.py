"""Fifteen people who write for the first time are answered as it was read and found right."""

from bench.first_answers import GOLDEN, SCENES, play
from reporting.bootstrap import Program


def test_the_first_answers_are_those_that_were_read(program: Program) -> None:
    """`script/bench first_answers --write` writes them anew: read them as the people would before it is committed."""
    assert "\n".join(play(program)) + "\n" == GOLDEN.read_text(encoding="utf-8")
    assert len(SCENES) == 15
