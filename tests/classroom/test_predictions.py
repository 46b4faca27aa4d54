from __future__ import annotations

import ast
import re

import pytest

from cdc_lab.classroom import PredictionError, QuestionError, begin, predict, reveal
from cdc_lab.classroom.predictions import NOT_ANSWERED, judge
from cdc_lab.classroom.questions import find, load
from cdc_lab.classroom.session import current
from cdc_lab.show.panels import Panel

pytestmark = pytest.mark.usefixtures("lesson")
Capture = pytest.CaptureFixture[str]


def test_an_unanswered_prediction_shows_the_question_and_one_fixed_line(capsys: Capture) -> None:
    # WHEN a prediction runs as it is committed
    predict("77-noop", answer=None)
    # THEN question, options in order, and the fixed line are shown
    assert capsys.readouterr().out.splitlines() == [
        "Prediction 77-noop: UA1545 is written again, unchanged. What does the stream get?",
        "  a) one `MODIFY` record",
        "  b) no record",
        "  c) more than one",
        NOT_ANSWERED,
    ]


def test_unanswered_the_lab_says_what_it_did_and_why_for_every_option(capsys: Capture) -> None:
    # GIVEN a prediction without an answer
    predict("77-noop")
    capsys.readouterr()
    # WHEN the lab's result comes
    reveal("77-noop", 0)
    # THEN nothing is judged, and each option has its reason, the right one first
    assert capsys.readouterr().out.splitlines() == [
        "77-noop: no answer to judge. The lab: b) no record (computed: 0). [A23]",
        "  Right: b) no record. The stream holds changes of items, not calls.",
        "  Not a) one `MODIFY` record. MODIFY means that the item changed.",
        "  Not c) more than one. One call writes one record at most.",
    ]


def test_unanswered_the_reasons_are_folded_away_on_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a notebook, in which a prediction has no answer
    shown: list[Panel] = []
    monkeypatch.setattr("cdc_lab.classroom.predictions.show", shown.append)
    predict("77-noop")
    # WHEN the lab's result comes
    reveal("77-noop", 0)
    # THEN what it did and every reason are below the fold
    seen, _, folded = shown[-1].html.partition("</summary>")
    assert seen.startswith("<details>")
    assert "no answer to judge" in seen
    assert "no record" not in seen
    assert all(option.why in folded for option in find("77-noop").options)


def test_answered_the_reasons_are_seen_at_once_on_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Panel] = []
    monkeypatch.setattr("cdc_lab.classroom.predictions.show", shown.append)
    predict("77-noop", "a")
    reveal("77-noop", 0)
    assert "<details>" not in shown[-1].html
    assert all(option.why in shown[-1].html for option in find("77-noop").options)


def test_a_right_answer_gets_its_reason_the_fact_and_the_other_reasons(capsys: Capture) -> None:
    predict("77-noop", "b")
    assert capsys.readouterr().out == "Your answer: b) no record. Run the cells below: `reveal` judges it.\n"
    reveal("77-noop", 0)
    assert capsys.readouterr().out.splitlines() == [
        "77-noop: right. The lab: b) no record (computed: 0). [A23]",
        "  Right: b) no record. The stream holds changes of items, not calls.",
        "  Not a) one `MODIFY` record. MODIFY means that the item changed.",
        "  Not c) more than one. One call writes one record at most.",
    ]


def test_a_wrong_answer_gets_the_reason_for_that_wrong_option_first(capsys: Capture) -> None:
    predict("77-noop", " C ")
    capsys.readouterr()
    reveal("77-noop", 0)
    assert capsys.readouterr().out.splitlines() == [
        "77-noop: not so. You said c) more than one. The lab: b) no record (computed: 0). [A23]",
        "  Not c) more than one. One call writes one record at most.",
        "  Right: b) no record. The stream holds changes of items, not calls.",
        "  Not a) one `MODIFY` record. MODIFY means that the item changed.",
    ]


def test_the_lab_judges_not_the_stored_expectation() -> None:
    # GIVEN a question whose file expects b
    question = find("77-noop")
    assert question.expected == "b"
    # WHEN the lab computes what a stands for
    verdict = judge(question, "a", 1)
    # THEN a is right
    assert verdict.right is True


@pytest.mark.parametrize("question_id", ["77-noop", "77-order"])
def test_every_option_can_be_right_and_wrong(question_id: str) -> None:
    # GIVEN a value for each option
    question = find(question_id)
    values = {option.key: option.rule.get("value", "something else") for option in question.options}
    for computed_for, computed in values.items():
        for option in question.options:
            # WHEN each option is answered; THEN it is right exactly for its own value
            assert judge(question, option.key, computed).right is (option.key == computed_for)


@pytest.mark.parametrize("answer", ["b", "B", " b ", "b)", "(b)", "(B)", "b.", " b) "])
def test_a_letter_is_understood_as_readers_write_it(answer: str) -> None:
    # WHEN the answer is b, written in one of the ways in which the options or habit suggest it
    predict("77-noop", answer)
    # THEN b is committed
    committed = current().asked["77-noop"].answer
    assert committed is not None
    assert committed.key == "b"


def test_the_line_that_asks_shows_how_a_letter_is_written(capsys: Capture) -> None:
    # WHEN a prediction runs as it is committed
    predict("77-noop", answer=None)
    # THEN its last line shows the quotes, names no letter, which would be a hint, and says how to go on
    last = capsys.readouterr().out.splitlines()[-1]
    assert 'answer="…"' in last
    assert not re.search(r'answer="[a-z]"', last)
    assert "Shift+Enter" in last


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_answer_is_none_yet(blank: str, capsys: Capture) -> None:
    # A reader's copy asks with answer="".
    predict("77-noop", answer=blank)
    assert "Not answered yet" in capsys.readouterr().out


@pytest.mark.parametrize("answer", ["d", "no record", "bb", "b) no record", 1, ["a"]])
def test_an_answer_that_is_no_option_is_refused_in_one_line(answer: object) -> None:
    with pytest.raises(QuestionError) as error:
        predict("77-noop", answer)  # type: ignore[arg-type]
    assert (
        str(error.value) == f'77-noop: answer={answer!r} is none of the options: set it to "a", "b" or "c".'
    )
    # AND nothing is committed
    assert "77-noop" not in current().asked


class Shell:
    """A shell as IPython runs it, as far as `install` and its transformer are concerned."""

    def __init__(self) -> None:
        self.ast_transformers: list[ast.NodeTransformer] = []
        self.names: dict[str, object] = {"predict": predict}

    def run(self, cell: str) -> None:
        """Run a cell as a kernel does."""
        tree = ast.parse(cell)
        for transformer in self.ast_transformers:
            tree = transformer.visit(tree)
        exec(compile(tree, "cell", "exec"), self.names)


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell in which the lesson has begun."""
    running = Shell()
    monkeypatch.setattr("IPython.get_ipython", lambda: running)
    begin("77_test_lesson")
    return running


@pytest.mark.parametrize("call", ['predict("77-noop", answer=b)', 'predict("77-noop", B)'])
@pytest.mark.parametrize("names", [{}, {"b": 1, "B": 1}], ids=["no such variable", "a variable of that name"])
def test_a_letter_without_quotes_is_answered_in_one_line(
    shell: Shell, call: str, names: dict[str, object]
) -> None:
    # GIVEN a lesson that may have a variable of that name
    shell.names |= names
    # WHEN the reader writes the letter without quotes
    with pytest.raises(QuestionError) as error:
        shell.run(call)
    # THEN one line says what to do, and nothing is committed
    assert str(error.value) == '77-noop: the letter needs quotes: write answer="b" and run this cell again.'
    assert "77-noop" not in current().asked


def test_a_letter_without_quotes_that_is_no_option_names_the_options(shell: Shell) -> None:
    with pytest.raises(QuestionError, match='answer=x is none of the options: set it to "a", "b" or "c"'):
        shell.run('predict("77-noop", answer=x)')


@pytest.mark.parametrize(
    "cell", ["b", "print(b)", 'predict("77-noop", answer=bb)', "predict(b, answer=None)", "lab.predict(1, b)"]
)
def test_any_other_name_that_is_missing_stays_an_error(shell: Shell, cell: str) -> None:
    # GIVEN a mistake that is no answer without quotes; WHEN it runs; THEN it fails as Python has it
    with pytest.raises(NameError):
        shell.run(cell)


def test_beginning_again_watches_once(shell: Shell) -> None:
    begin("77_test_lesson")
    assert len(shell.ast_transformers) == 1


def test_reveal_before_predict_names_the_cell_to_run() -> None:
    with pytest.raises(PredictionError, match=r'run predict\("77-noop"\) first'):
        reveal("77-noop", 0)


def test_a_value_that_no_option_stands_for_says_what_to_do() -> None:
    # GIVEN a question without an option for the rest
    question = find("77-noop")
    narrow = type(question)(question.id, question.text, question.options[:2], 1, "A23", "b")
    # WHEN another value is computed; THEN the message names it
    with pytest.raises(
        QuestionError, match=r"the lab computed 7, and no option stands for that: run this section again"
    ):
        judge(narrow, None, 7)


def test_an_answer_may_change_until_it_is_revealed_and_then_the_change_shows(capsys: Capture) -> None:
    # GIVEN an answer that was changed before the reveal
    predict("77-noop", "a")
    predict("77-noop", "c")
    assert "your first" not in capsys.readouterr().out
    reveal("77-noop", 0)
    # WHEN it is changed after the reveal
    predict("77-noop", "b")
    # THEN the display says which one was given in ignorance
    assert "(Your first, before the lab showed its result: c.)" in capsys.readouterr().out
    # AND the verdict must be revealed anew
    asked = current().asked["77-noop"]
    assert asked.verdict is None


def test_an_answer_that_came_after_the_result_is_not_called_one_given_before_it(capsys: Capture) -> None:
    # GIVEN a question that was revealed without an answer
    predict("77-noop")
    reveal("77-noop", 0)
    # WHEN it is answered late, and then otherwise
    predict("77-noop", "c")
    reveal("77-noop", 0)
    predict("77-noop", "a")
    # THEN nobody says that the lab had not shown its result
    assert "before the lab showed" not in capsys.readouterr().out


def test_begin_starts_over() -> None:
    predict("77-noop", "a")
    begin("77_test_lesson")
    assert current().asked == {}
    assert current().lesson == "77_test_lesson"


def test_begin_refuses_a_lesson_that_is_not_there() -> None:
    with pytest.raises(QuestionError, match="no lesson '77_tset' with questions; lessons: 77_test_lesson"):
        begin("77_tset")


def test_a_long_result_is_cut_short(capsys: Capture) -> None:
    predict("77-noop")
    capsys.readouterr()
    reveal("77-noop", ["INSERT"] * 100)
    assert len(capsys.readouterr().out.splitlines()[0]) < 160


def test_html_and_plain_text_say_the_same_and_html_is_escaped() -> None:
    from cdc_lab.classroom.predictions import _asking, _judging

    question = find("77-noop")
    asking, judging = _asking(question), _judging(judge(question, "a", "<script>"))
    for text in (question.text, "no record", NOT_ANSWERED):
        assert text in asking.text
        assert text in asking._repr_html_()
    assert "<code>MODIFY</code>" in asking._repr_html_()
    assert "<script>" not in judging._repr_html_()
    assert "&lt;script&gt;" in judging._repr_html_()


def test_all_questions_of_a_lesson_come_in_the_order_of_the_file() -> None:
    assert list(load("77_test_lesson")) == ["77-noop", "77-order"]
