"""Texts of a model made harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.clash_report.plain import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("HEA 200", "HEA 200"),
        ("Träger Ø12 – 梁", "Träger Ø12 – 梁"),
        ("\x1b[31mred\x07", "·[31mred·"),
        ("evil\u202egnp.exe", "evil·gnp.exe"),
        (" a\nb\tc ", "a b c"),
        ("\x00\ud800", "··"),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_what_is_shown_of_a_text(text, shown):
    """Letters of every script stay, what steers terminals and reading order goes."""
    assert plain(text) == shown


@given(st.text())
def test_a_plain_text_is_one_line_that_xml_and_terminals_can_hold(text):
    """Whatever a file says, the result prints, fits and encodes."""
    found = plain(text)
    assert found.isprintable()
    assert len(found) <= 200
    found.encode("utf-8")
