"""Handlers of the layouts that people have: by dotted name, by path, by CodeUri and layers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdc_lab import Lab, LabError
from cdc_lab.testing import import_handler, run_handler

APP = """
import boto3
from utils import NAME
from common.names import prefix
table = boto3.resource("dynamodb").Table("seen")

def handler(event, context):
    import later
    table.put_item(Item={"id": prefix + NAME + later.WORD})
"""


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two services, each with an app.py, a utils.py and a later.py, and a layer that both use."""
    monkeypatch.chdir(tmp_path)
    for name in ("orders", "bills"):
        folder = tmp_path / "services" / name
        folder.mkdir(parents=True)
        (folder / "app.py").write_text(APP)
        (folder / "utils.py").write_text(f"NAME = {name!r}")
        (folder / "later.py").write_text(f"WORD = ' of {name}'")
    layer = tmp_path / "layers" / "common" / "python" / "common"
    layer.mkdir(parents=True)
    (layer / "__init__.py").write_text("")
    (layer / "names.py").write_text("prefix = 'the '")
    before = dict(sys.modules)
    yield tmp_path
    assert not {"app", "utils", "later", "common"} & (sys.modules.keys() - before.keys())


def test_each_function_has_the_modules_of_its_own_folder(services: Path) -> None:
    # GIVEN functions whose modules have the same names, imported one after the other
    layers = ["layers/common"]
    with Lab() as lab:
        lab.create_table("seen", "id", stream_view_type=None)
        handlers = [
            import_handler("app.handler", code_uri="services/orders", layers=layers),
            import_handler("services/bills/app.py:handler", layers=[services / "layers" / "common"]),
        ]
        # WHEN they run, the first one last, and import something late
        for number in (1, 0):
            source = lab.create_table(f"source{number}", "id")
            run_handler(lab, handlers[number], source, [{"id": "a"}], function={"name": f"f{number}"})
        # THEN each met its own
        found = {item["id"] for item in lab.resource("dynamodb").Table("seen").scan()["Items"]}
    assert found == {"the orders of orders", "the bills of bills"}


def test_each_import_starts_anew(services: Path) -> None:
    (services / "services/orders/app.py").write_text("seen = []\ndef handler(event, context): return seen")
    first, second = (import_handler("app.handler", code_uri="services/orders") for _ in range(2))
    assert first(None, None) is first(None, None)
    assert first(None, None) is not second(None, None)


def test_a_file_in_a_package_is_imported_as_its_package_has_it(services: Path) -> None:
    package = services / "shop" / "handlers"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").write_text("")
    (package.parent / "names.py").write_text("NAME = 'shop'")
    (package / "on_order.py").write_text("from ..names import NAME\ndef handler(event, context): return NAME")
    assert import_handler("shop/handlers/on_order.py:handler")(None, None) == "shop"


def test_a_boto3_that_the_folder_brings_is_not_taken(services: Path) -> None:
    # GIVEN a folder as `sam build` leaves it, dependencies beside the code
    brought = services / "services/orders/boto3"
    brought.mkdir()
    (brought / "__init__.py").write_text("raise AssertionError('not the one of the lab')")
    # THEN the handler's boto3 is the one that is installed
    with Lab():
        assert import_handler("app.handler", code_uri="services/orders", layers=["layers/common"])


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize(
    ("where", "options", "text"),
    [
        (
            "app.handler",
            {"code_uri": "services/order"},
            r"code_uri='services/order': there is no such folder in",
        ),
        (
            "app.handler",
            {"code_uri": "services/orders", "layers": "x"},
            r"give a list of folders, layers=\['x'\]",
        ),
        (
            "app.handler",
            {"code_uri": "services/orders", "layers": ["x"]},
            r"layers='x': there is no such folder",
        ),
        ("apps.handler", {"code_uri": "services/orders"}, r"no module 'apps' in .*orders"),
        ("services/orders/apps.py:handler", {}, "there is no such file in"),
        ("services/orders/utils.py:handler", {}, "module utils has no function 'handler'"),
        ("json.handler", {"layers": ["layers/common"]}, "give the folder of the function's code, too"),
    ],
)
def test_what_is_not_there_is_named(where: str, options: dict[str, object], text: str) -> None:
    with pytest.raises(LabError, match=text):
        import_handler(where, **options)  # type: ignore[arg-type]


def test_a_variable_that_the_handler_lacks_is_named_with_its_option(services: Path) -> None:
    # GIVEN a module that reads a variable when it is imported
    (services / "reading.py").write_text(
        "import os\nNAME = os.environ['CDC_LAB_TABLE_OF_NOBODY']\ndef handler(event, context): pass\n"
    )
    where = str(services / "reading.py") + ":handler"
    # WHEN it is imported without it THEN a note below the error says how to give it
    with pytest.raises(KeyError) as found:
        import_handler(where)
    assert "give environment={'CDC_LAB_TABLE_OF_NOBODY': '...'}" in "".join(found.value.__notes__)
    # AND with it nothing is in the way
    assert callable(import_handler(where, environment={"CDC_LAB_TABLE_OF_NOBODY": "totals"}))
