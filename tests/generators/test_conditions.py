"""Classes by index, by name and by part of a name."""

from __future__ import annotations

import pytest

from resefa.errors import UsageError
from resefa.generators.conditions import imagenet_classes, label_index


def test_the_list_is_the_thousand_distinct_names_in_order():
    names = imagenet_classes()
    assert len(names) == len(set(names)) == 1000
    assert (names[0], names[207], names[999]) == ("tench", "golden retriever", "toilet tissue")


@pytest.mark.parametrize(
    "label, index",
    [
        (5, 5),
        ("5", 5),
        (" 999 ", 999),
        ("tench", 0),
        ("Golden  Retriever", 207),
        ("weimar", 178),  # a part that is no whole word
        ("king penguin", 145),
        ("crane", 517),  # exact, although "crane bird" contains it
        ("ox", 345),
    ],
)
def test_indices_names_and_unique_parts(label, index):
    assert label_index(label, 1000) == index


@pytest.mark.parametrize(
    "label, classes, message",
    [
        (1000, 1000, "0 to 999"),
        (-1, 1000, "label=-1"),
        ("-3", 10, "0 to 9"),
        ("retriever", 1000, r"ambiguous.*golden retriever \(207\)"),
        ("goldfisch", 1000, r"Unknown.*goldfish \(1\)"),
        ("", 1000, "Unknown label="),
        ("zzzzqq", 1000, "Unknown label="),
        ("tench", 10, "have no names"),
        (True, 1000, "is not a class"),
        (1.5, 1000, "is not a class"),
    ],
)
def test_what_is_refused_is_named_in_one_sentence(label, classes, message):
    with pytest.raises(UsageError, match=message) as caught:
        label_index(label, classes)
    assert str(caught.value).endswith(".")
