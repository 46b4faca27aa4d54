from __future__ import annotations

import doctest

import pytest
from botocore.exceptions import ClientError
from pydantic import BaseModel, ValidationError

import cdc_lab.show.expect as _  # noqa: F401  the module; the package's `expect` is the function
from cdc_lab.classroom import ExpectationFailed, expect
from cdc_lab.show.expect import summary

Capture = pytest.CaptureFixture[str]


def client_error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "PutItem")


def test_a_services_error_is_shown_as_code_and_message(capsys: Capture) -> None:
    # WHEN the expected error comes
    with expect(ClientError) as caught:
        raise client_error("ValidationException", "One or more parameter values\nwere invalid")
    # THEN it is one line, and the error is there for looking closer
    assert capsys.readouterr().out == "ValidationException: One or more parameter values were invalid\n"
    assert isinstance(caught.error, ClientError)


def test_any_other_error_is_shown_as_type_and_text(capsys: Capture) -> None:
    with expect((KeyError, ZeroDivisionError)):
        {}["NewImage"]
    assert capsys.readouterr().out == "KeyError: 'NewImage'\n"


def test_an_error_without_text_is_shown_by_its_type(capsys: Capture) -> None:
    with expect(AssertionError):
        raise AssertionError
    assert capsys.readouterr().out == "AssertionError\n"


def test_nothing_raised_fails() -> None:
    with (
        pytest.raises(ExpectationFailed, match=r"^expected ClientError, but nothing was raised\.$"),
        expect(ClientError),
    ):
        pass


def test_another_error_fails_and_keeps_the_error_that_came() -> None:
    with pytest.raises(ExpectationFailed) as failed, expect(ClientError, "ValidationException"):
        raise KeyError("status")
    assert (
        str(failed.value) == "expected ClientError with code ValidationException, but got KeyError: 'status'"
    )
    assert isinstance(failed.value.__cause__, KeyError)


def test_another_code_fails() -> None:
    with (
        pytest.raises(ExpectationFailed, match="but got ResourceNotFoundException: gone"),
        expect(ClientError, "X"),
    ):
        raise client_error("ResourceNotFoundException", "gone")


def test_stopping_the_kernel_is_no_error_to_expect() -> None:
    with pytest.raises(KeyboardInterrupt), expect(Exception):
        raise KeyboardInterrupt


def test_what_is_no_exception_type_is_refused() -> None:
    says = "expect needs an exception type such as ClientError, not 'ClientError'"
    with pytest.raises(ExpectationFailed, match=says), expect("ClientError"):  # type: ignore[arg-type]
        pass


def test_addresses_and_versions_stay_out_of_the_line() -> None:
    class Flight(BaseModel):
        delay: int

    with pytest.raises(ValidationError) as refused:
        Flight(delay="late")  # type: ignore[arg-type]
    line = summary(refused.value)
    assert "errors.pydantic.dev" not in line
    assert "\n" not in line
    assert "at 0x" not in summary(TypeError(f"no {object()} here"))


def test_the_docstring_runs() -> None:
    import sys

    assert doctest.testmod(sys.modules["cdc_lab.show.expect"]).failed == 0
