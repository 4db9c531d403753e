"""Ctrl-C in what can go on later."""

import pytest
import typer

from locard.cli.interrupted import goes_on


def test_it_says_that_the_command_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as left, goes_on():
        raise KeyboardInterrupt
    assert left.value.exit_code == 130
    assert capsys.readouterr().err == "interrupted; the same command goes on from here\n"
    with goes_on():
        pass
