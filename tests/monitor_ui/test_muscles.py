"""The list of muscles and the search in it."""

import re

import pytest

from myoscope.monitor_ui.muscles import MUSCLES, muscle_named, search


def names(words):
    return [muscle.name for muscle in search(words)]


def test_every_muscle_has_roots_and_a_nerve_and_a_name_of_its_own():
    assert len({muscle.name for muscle in MUSCLES}) == len(MUSCLES) > 90
    for muscle in MUSCLES:
        assert re.fullmatch(r"[A-Z0-9–, ]+", muscle.roots), muscle
        assert muscle.nerve


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("tib ant", "tibialis anterior"),
        ("ANT TIB", "tibialis anterior"),
        ("fdi", None),
        ("first d", "first dorsal interosseous"),
        ("vastus m", "vastus medialis"),
        ("delt", "deltoid, anterior"),
    ],
)
def test_beginnings_of_words_find_a_muscle(words, first):
    found = names(words)
    assert (found[0] if found else None) == first


def test_roots_and_nerves_find_what_they_supply():
    assert set(names("l5 deep per")) == {
        "tibialis anterior",
        "extensor hallucis longus",
        "extensor digitorum longus",
        "extensor digitorum brevis",
        "peroneus tertius",
    }
    assert "triceps brachii, long head" in names("C7")
    assert names("xyz") == []


def test_nothing_typed_lists_all():
    assert len(search("")) == len(MUSCLES)
    assert muscle_named("soleus").supply == "S1–S2 · tibial"
    assert muscle_named("elbow") is None
