"""Which words of a cell count, and which cells are lists."""

from __future__ import annotations

import pytest

from tests.notebooks.lint.counting import count_words, is_mostly_list, running_text

TABLE = "| setting | value |\n|---|---|\n| batch size | 100 |\n"
CODE = "```python\ndef handler(event, context):\n    return None\n```\n"
LIST = "- one **two** three\n  four five\n- six seven\n"


@pytest.mark.parametrize(
    ("markdown", "count"),
    [
        ("## 1. A list of ten", 5),
        ("The **batch** has `BatchSize` records.", 5),
        ("A [stream](reference_glossary.ipynb#stream) is kept.", 4),
        ("A **[stream]** is kept.\n\n[stream]: reference_glossary.ipynb#stream", 4),
        ("It's 1,000 records", 4),
        (TABLE, 5),
        ("", 0),
    ],
)
def test_words_are_those_that_a_reader_sees(markdown: str, count: int) -> None:
    assert count_words(markdown) == count


@pytest.mark.parametrize("beside", [TABLE, CODE, TABLE + "\n" + CODE, CODE + "\n" + CODE])
def test_tables_and_code_are_not_read_from_end_to_end(beside: str) -> None:
    # GIVEN two sentences around a table or code WHEN it is left out THEN both sentences are there
    assert running_text(f"First words.\n\n{beside}\nLast words.").split() == [
        "First",
        "words.",
        "Last",
        "words.",
    ]


def test_code_in_a_sentence_is_read() -> None:
    assert running_text("Set `BatchSize` to 10.") == "Set `BatchSize` to 10."


@pytest.mark.parametrize(
    "markdown",
    [
        LIST,
        f"Three words first:\n\n{LIST}",
        "1. one two\n2. three four\n\nand five",
        f"{TABLE}\n{LIST}",
        "* one\n",
    ],
)
def test_a_list_is_known_by_its_items(markdown: str) -> None:
    assert is_mostly_list(markdown)


@pytest.mark.parametrize(
    "markdown",
    [
        "one two three",
        f"A text that is as long as the list below.\n\n{LIST}",
        TABLE,
        CODE,
        "**bold** words",
        "",
        "- one\n\ntwo three\nfour",
    ],
)
def test_a_text_with_a_few_items_is_no_list(markdown: str) -> None:
    assert not is_mostly_list(markdown)
