"""The folder to deploy: all that the handler needs, and nothing of the laboratory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdc_lab import Lab, LabError

HANDLER = '''
"""Writes a row for each flight."""
import os

import boto3

from cdc_lab.patterns import StreamRecord, process_batch
from shop.rows import row_of

table = boto3.resource("dynamodb").Table(os.environ["BOARD"])


def process(record: StreamRecord) -> None:
    table.put_item(Item=row_of(record))


def handler(event, context):
    return process_batch(event, process)
'''
ROWS = "def row_of(record):\n    return {'id': str(record.keys['id'])}\n"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A team's package, importable."""
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").write_text("", "utf-8")
    (package / "board.py").write_text(HANDLER, "utf-8")
    (package / "rows.py").write_text(ROWS, "utf-8")
    (package / "unused.py").write_text("", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield package
    for name in [name for name in sys.modules if name.split(".")[0] == "shop"]:
        del sys.modules[name]


def opened() -> Lab:
    """A lab in which the handler ran once."""
    lab = Lab(seed=7)
    lab.create_table("board", "id", stream_view_type=None)
    flights = lab.create_table("flights", "id")
    lab.attach("shop.board.handler", flights, name="board", environment={"BOARD": "board"})
    flights.put_item(Item={"id": "1"})
    trace = lab.run()
    assert trace.invocations["outcome"].tolist() == ["success"], trace.invocations["error"].tolist()
    return lab


def test_it_holds_the_import_closure_and_no_emulator(shop: Path, tmp_path: Path) -> None:
    # GIVEN a lab that ran a handler of a package WHEN its folder is written
    with opened() as lab:
        written = lab.deployable(tmp_path / "out", architecture="arm64")
    # THEN it holds the package's modules that are imported, the patterns, and what deploys them
    own = {name for name in written.files if not name.startswith("cdc_lab/patterns/")}
    assert own == {
        "README.md",
        "cdc_lab/__init__.py",
        "requirements.txt",
        "shop/__init__.py",
        "shop/board.py",
        "shop/rows.py",
        "template.yaml",
    }
    wanted = (written.path / "requirements.txt").read_text("utf-8").split()
    assert [line.partition("==")[0] for line in wanted] == ["boto3", "pydantic"]
    assert 10_000 < written.zipped < 200_000
    # AND a bare process that imports the handler from there loads nothing of the laboratory
    program = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); import shop.board; "
        "print(json.dumps([sorted(sys.modules), shop.board.__file__]))"
    )
    environment = {"BOARD": "board", "AWS_DEFAULT_REGION": "us-east-1"}
    answer = subprocess.run(
        [sys.executable, "-I", "-c", program, str(written.path)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=tmp_path,
    )
    assert answer.returncode == 0, answer.stderr
    loaded, file = json.loads(answer.stdout)
    assert Path(file) == written.path / "shop" / "board.py"
    of_lab = [name for name in loaded if name.startswith("cdc_lab.") and "patterns" not in name]
    assert of_lab == []
    assert {"moto", "pandas", "simpy", "greenlet"} & {name.split(".")[0] for name in loaded} == set()


def test_it_can_be_written_again_and_replaces_no_other_folder(shop: Path, tmp_path: Path) -> None:
    with opened() as lab:
        first = lab.deployable(tmp_path / "out")
        assert lab.deployable(tmp_path / "out").files == first.files
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "notes.txt").write_text("mine", "utf-8")
        with pytest.raises(LabError, match="is no folder to deploy: name a new one"):
            lab.deployable(tmp_path / "mine")
    assert (tmp_path / "mine" / "notes.txt").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (
            "from cdc_lab.plots import event_flow",
            r"board.py, line 3 imports cdc_lab.plots.*patterns alone",
        ),
        ("from cdc_lab import Lab", r"board.py, line 3 imports cdc_lab.Lab, which is of the laboratory"),
        (
            "import nowhere_to_be_found",
            r"'nowhere_to_be_found', which is not installed here: pip install",
        ),
    ],
)
def test_an_import_that_cannot_be_deployed_is_refused_in_one_line(
    shop: Path, tmp_path: Path, line: str, text: str
) -> None:
    # GIVEN a handler with an import in a function, which no run has reached
    text_of = HANDLER.replace("import os\n", f"def never():\n    {line}\nimport os\n").lstrip("\n")
    (shop / "board.py").write_text(text_of, "utf-8")
    with opened() as lab, pytest.raises(LabError, match=text) as caught:
        lab.deployable(tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_the_readme_says_what_to_type_for_all_that_is_deployed(shop: Path, tmp_path: Path) -> None:
    # GIVEN two functions behind a stream, and a parameter of the template
    with opened() as lab:
        lab.create_function("other", "shop.board.handler", environment={"BOARD": "board"})
        written = lab.deployable(tmp_path / "out", architecture="arm64")
        template = lab.template()
    readme = (written.path / "README.md").read_text("utf-8")
    # THEN the commands stand in the order in which they are typed
    steps = [
        "sam build",
        "sam deploy --guided",
        "aws sns subscribe",
        "aws lambda list-event-source-mappings",
        "sam logs",
    ]
    places = [readme.index(f"`{step}") for step in steps]
    assert places == sorted(places)
    # AND they are there for each function
    for name in ("board", "other"):
        assert f"aws lambda list-event-source-mappings --function-name {name}" in readme
        assert f"sam logs --cw-log-group /aws/lambda/{name} --tail" in readme
    # AND what `sam deploy --guided` asks for is explained, with its default
    for name, parameter in template.document["Parameters"].items():
        assert f"`{name}`" in readme
        assert f"{parameter['Default']:,}" in readme
    # AND the topic to subscribe to is what the deployment prints
    assert template.document["Outputs"]["AlarmsArn"]["Value"] == {"Ref": "Alarms"}
    assert "`AlarmsArn`" in readme
    # AND it names the tables that must not be there yet, and the stream to read where one is
    assert "`board`, `flights`" in readme
    assert "`!GetAtt FlightsTable.StreamArn`" in readme
    assert "--platform manylinux2014_aarch64" in readme


def test_a_file_that_a_module_names_is_taken_along(shop: Path, tmp_path: Path) -> None:
    # GIVEN a module that reads a file beside it, and one in a folder below
    (shop / "data").mkdir()
    (shop / "rates.json").write_text('{"UA": 1}')
    (shop / "data" / "icon.bin").write_bytes(b"\xff\x00")
    (shop / "secret.txt").write_text("named by nobody")
    with (shop / "rows.py").open("a") as file:
        file.write('\nfrom pathlib import Path\nRATES = Path(__file__).with_name("rates.json")\n')
        file.write('ICON = open, "data/icon.bin"\n')
    # WHEN the folder is written THEN both lie there beside the module, and no other file does
    with opened() as lab:
        written = lab.deployable(tmp_path / "out")
    assert (written.path / "shop" / "rates.json").read_text() == '{"UA": 1}'
    assert (written.path / "shop" / "data" / "icon.bin").read_bytes() == b"\xff\x00"
    assert "shop/secret.txt" not in written.files


def test_an_import_that_may_fail_is_no_requirement_where_it_is_not_installed(
    shop: Path, tmp_path: Path
) -> None:
    with (shop / "rows.py").open("a") as file:
        file.write("\ntry:\n    import quicker_json\nexcept ImportError:\n    quicker_json = None\n")
    with opened() as lab:
        written = lab.deployable(tmp_path / "out")
    assert "quicker" not in (written.path / "requirements.txt").read_text("utf-8")


def test_a_handler_within_a_function_cannot_be_deployed(tmp_path: Path) -> None:
    def inner(event: object, context: object) -> None: ...

    with Lab() as lab:
        lab.attach(inner, lab.create_table("flights", "id"))
        lab.run()
        with pytest.raises(LabError, match="function 'inner' has no file that can be deployed"):
            lab.deployable(tmp_path / "out")


def test_a_handler_of_a_notebook_cell_becomes_handler_py(tmp_path: Path) -> None:
    import linecache

    # GIVEN a handler that was defined in a cell
    cell = "import json\n\ndef note(event, context):\n    return json.dumps(len(event['Records']))\n"
    linecache.cache["<cell 7>"] = (len(cell), None, cell.splitlines(keepends=True), "<cell 7>")
    names = {"__name__": "__main__"}
    exec(compile(cell, "<cell 7>", "exec"), names)
    with Lab() as lab:
        lab.attach(names["note"], lab.create_table("flights", "id"))
        lab.run()
        written = lab.deployable(tmp_path / "out")
        assert "Handler: handler.note" in lab.template().text
    assert (written.path / "handler.py").read_text("utf-8") == cell
