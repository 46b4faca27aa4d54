"""The ``cdc-lab`` command: try handlers in a lab; run, check and open the course."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from cdc_lab import __version__
from cdc_lab.course.project import (
    EXAMPLES,
    CourseError,
    course_notebooks,
    example_notebooks,
    find_root,
    left_out,
    packaged_course,
    select,
)
from cdc_lab.course.typed import name_of, show_as_typed, typed
from cdc_lab.errors import LabError

INTERRUPTED = 130
HANDS_ON = ("lab", "test", "lock")
OF_HANDLERS = ("replay", "try")
ANYWHERE = ("deployable", "doctor", "exercise", "lab", "plan", "progress", "reset", "start", "template")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code: 0 good, 1 something failed, 2 cannot be done as asked."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    own, handed_on = _divided(given)
    options, unknown = _parser().parse_known_args(own)
    if unknown:  # said by the command itself, with its usage
        options.command.error(f"unrecognized arguments: {' '.join(unknown)}")
    options.rest = handed_on
    signal.signal(signal.SIGTERM, _stop)
    try:
        # An installed wheel brings all that these need; the others need a checkout.
        if options.verb in OF_HANDLERS:
            return int(options.run(options, Path.cwd()))
        root = packaged_course() if options.verb in ANYWHERE else None
        return int(options.run(options, root or find_root()))
    except (CourseError, LabError) as error:
        problem, code = str(error), 2
    except ModuleNotFoundError as error:
        problem, code = f"the package {error.name!r} is missing: run `{typed('doctor')}`", 2
    except KeyboardInterrupt:
        problem, code = "interrupted", INTERRUPTED
    print(f"{name_of(options.verb)}: {problem}", file=sys.stderr)
    return code


def _divided(given: list[str]) -> tuple[list[str], list[str]]:
    """Divide arguments into our own and those that belong to another program, `--help` excepted."""
    if given[:1] == ["start"]:
        is_own = [
            index < 2 or argument in ("--no-lab", "--help", "-h") for index, argument in enumerate(given)
        ]
        own = [argument for argument, mine in zip(given, is_own, strict=True) if mine]
        return own, [argument for argument, mine in zip(given, is_own, strict=True) if not mine]
    if given[:1] and given[0] in HANDS_ON and given[1:2] != ["--help"]:
        return given[:1], given[1:]
    return given, []


def _stop(signum: int, frame: FrameType | None) -> None:
    """Leave in order, as Ctrl-C does: what was started is ended first."""
    raise KeyboardInterrupt


def _course(options: argparse.Namespace, root: Path) -> int:
    notebooks = select(course_notebooks(root), options.only)
    for path in left_out(root):
        print(f"left out: {path.name}: there is no search engine here, see `{typed('doctor')}`")
    return _run_and_bind(notebooks, "course", options, root)


def _examples(options: argparse.Namespace, root: Path) -> int:
    numbers = list(EXAMPLES) if options.number is None else [options.number]
    notebooks = [path for number in numbers for path in example_notebooks(root, number)]
    name = "examples" if options.number is None else f"example-{options.number}"
    return _run_and_bind(notebooks, name, options, root)


def _run_and_bind(notebooks: Sequence[Path], name: str, options: argparse.Namespace, root: Path) -> int:
    """Execute notebooks into a folder of that name, then make the book with what came of it."""
    from cdc_lab.course.book.build import build_book
    from cdc_lab.course.show import run_and_show

    folder = root / "build" / name
    code = run_and_show(notebooks, folder, root, seed=options.seed, jobs=options.jobs)
    first = build_book(root, root / "build" / "book", run=folder)
    print(f"the pages: open {first.relative_to(root).as_posix()}")
    return code


def _book(options: argparse.Namespace, root: Path) -> int:
    from cdc_lab.course.book.build import build_book

    first = build_book(root, root / "build" / "book")
    print(f"the book: open {first.relative_to(root).as_posix()}")
    return 0


def _refresh(options: argparse.Namespace, root: Path) -> int:
    from cdc_lab.course.navigation import write_all
    from cdc_lab.course.refresh import refresh

    for path in write_all(root / "notebooks"):
        print(f"linked  {path.name}")
    if options.links:
        return 0

    return refresh(select(course_notebooks(root), options.only), root, options.jobs)


def _replay(options: argparse.Namespace, root: Path) -> int:
    from cdc_lab.testing.commands import replay

    return replay(options.event, _setting(options))


def _try(options: argparse.Namespace, root: Path) -> int:
    from cdc_lab.testing.commands import TableOption
    from cdc_lab.testing.trying import Trying, changes_in, try_handler

    source = TableOption.of(options.source)
    items = changes_in(options.items, source, options.count)
    mapping: dict[str, Any] = {"BatchSize": options.batch_size} if options.batch_size is not None else {}
    if options.report_failures:
        mapping["FunctionResponseTypes"] = ["ReportBatchItemFailures"]
    ignored = frozenset(options.ignore or ())
    trying = Trying(source, items, mapping, ignored, options.seed, options.tries)
    return try_handler(_setting(options), trying, options.faults)


def _setting(options: argparse.Namespace) -> Any:
    from cdc_lab.testing.commands import Setting, TableOption

    pairs = [pair.partition("=") for pair in options.env or ()]
    wrong = next((name for name, sign, _ in pairs if not sign or not name), None)
    if wrong is not None:
        raise LabError(f"--env {wrong}: write NAME=VALUE")
    return Setting(
        options.handler,
        options.code_uri,
        tuple(options.layer or ()),
        {name: value for name, _, value in pairs},
        options.timeout,
        [TableOption.of(text) for text in options.table or ()],
    )


def _start(options: argparse.Namespace, root: Path) -> int:
    from cdc_lab.course import tasks
    from cdc_lab.course.workspace import Workspace

    return tasks.start(Workspace(options.folder.resolve(), root), options.rest, opens=not options.no_lab)


def _reset(options: argparse.Namespace, root: Path) -> int:
    from cdc_lab.course.reset import reset

    for name in options.notebooks:
        print(reset(root, name))
    return 0


def _progress(options: argparse.Namespace, root: Path) -> int:
    from cdc_lab.classroom import progress
    from cdc_lab.show.panels import ClassroomError

    if options.reset is None:
        print(progress.summary())
        return 0
    try:
        progress.reset(None if options.reset == "all" else options.reset)
    except ClassroomError as error:
        raise CourseError(str(error)) from None
    print(f"forgotten: {options.reset}")
    return 0


def _exercise_list(options: argparse.Namespace, root: Path) -> int:
    from cdc_lab.course.grading.command import show_list

    return show_list()


def _exercise_check(options: argparse.Namespace, root: Path) -> int:
    from cdc_lab.course.grading.command import check
    from cdc_lab.course.grading.running import Limits

    return check(
        options.paths,
        is_folder=options.all,
        seed=options.seed,
        jobs=options.jobs,
        limits=Limits(options.timeout, options.memory * 2**20),
        csv=options.csv,
    )


def _plan(options: argparse.Namespace, root: Path) -> int:
    from cdc_lab.planner import PlanError, command

    try:
        return command.run(options)
    except PlanError as error:
        raise CourseError(str(error)) from None


def _doctor(options: argparse.Namespace, root: Path) -> int:
    from cdc_lab.course.doctor import examine, report

    return report(examine(root))


def _template(options: argparse.Namespace, root: Path) -> int:
    from cdc_lab.testing import deploy_commands

    return deploy_commands.template(options.day, options.output, options.tries, options.architecture)


def _deployable(options: argparse.Namespace, root: Path) -> int:
    from cdc_lab.testing import deploy_commands

    return deploy_commands.deployable(options.day, options.folder, options.tries, options.architecture)


def _task(name: str) -> Callable[[argparse.Namespace, Path], int]:
    """Return a command that is a function of :mod:`cdc_lab.course.tasks`, imported when it is run."""

    def run(options: argparse.Namespace, root: Path) -> int:
        from cdc_lab.course import tasks

        if name == "bench":
            return tasks.bench(root, options.only)
        task = getattr(tasks, name)
        return int(task(root, options.rest) if name in HANDS_ON else task(root))

    return run


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return number


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return number


def _is_in_checkout() -> bool:
    try:
        find_root()
    except CourseError:
        return False
    return True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cdc-lab",
        description="A course and a laboratory for change data capture with DynamoDB Streams and AWS Lambda.",
        epilog="Set-up: `make setup`, or `python cdc_lab/course/bootstrap.py` where there is no make."
        if _is_in_checkout()
        else "To try a handler of yours: cdc-lab try my_service.handler --source orders:order_id --table "
        "totals:id --faults. For tests: python -c 'import cdc_lab.testing; help(cdc_lab.testing)'.",
    )
    parser.add_argument("--version", action="version", version=f"cdc-lab {__version__}")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    all_of_them = _is_in_checkout()

    def verb(name: str, text: str, run: Callable[[argparse.Namespace, Path], int]) -> argparse.ArgumentParser:
        # What needs a checkout is not listed elsewhere; it says itself what it lacks.
        shown: dict[str, Any] = {"help": text} if all_of_them or name in (*OF_HANDLERS, *ANYWHERE) else {}
        command = verbs.add_parser(name, description=text, **shown)
        command.set_defaults(run=run, verb=name, command=command)
        return command

    def runs_notebooks(command: argparse.ArgumentParser) -> None:
        command.add_argument("--seed", type=int, help="replace the seed of every notebook that has one")
        command.add_argument("--jobs", type=_positive, default=2, help="notebooks at a time (default: 2)")

    def runs_a_handler(command: argparse.ArgumentParser) -> None:
        command.add_argument(
            "handler", metavar="HANDLER", help="module.function, or path/to/file.py:function"
        )
        command.add_argument("--table", metavar="NAME:KEY[:KEY]", action="append", help=_TABLE)
        command.add_argument(
            "--code-uri", metavar="FOLDER", help="folder of its code, as CodeUri in a SAM template"
        )
        command.add_argument(
            "--layer", metavar="FOLDER", action="append", help="a layer that it uses; may be repeated"
        )
        command.add_argument("--env", metavar="NAME=VALUE", action="append", help=_ENV)
        command.add_argument(
            "--timeout", type=_seconds, default=3.0, help="seconds that an invocation may take (default: 3)"
        )

    replay = verb("replay", "run a captured stream event through a handler, in a lab", _replay)
    replay.add_argument("event", type=Path, metavar="EVENT.json", help=_EVENT)
    runs_a_handler(replay)
    trying = verb("try", "run a handler behind a table in a lab, and under faults with --faults", _try)
    runs_a_handler(trying)
    trying.add_argument("--source", metavar="NAME:KEY[:KEY]", required=True, help="the table with the stream")
    trying.add_argument("--items", type=Path, metavar="FILE", help=_ITEMS)
    trying.add_argument(
        "--count", type=_positive, default=20, help="items to make without --items (default: 20)"
    )
    trying.add_argument("--batch-size", type=_positive, metavar="N", help="BatchSize of the mapping")
    trying.add_argument(
        "--report-failures",
        action="store_true",
        help="the mapping reads batchItemFailures in the handler's answer",
    )
    trying.add_argument(
        "--faults", action="store_true", help="the tables must end alike under every schedule"
    )
    trying.add_argument("--tries", type=_positive, default=40, help="number of schedules (default: 40)")
    trying.add_argument("--seed", type=int, default=0, help="seed of the schedules (default: 0)")
    trying.add_argument("--ignore", metavar="ATTRIBUTE", action="append", help=_IGNORE)
    verb("doctor", "say what is wrong with this machine, if anything", _doctor)
    course = verb("course", "run all notebooks into build/course/, and make the book of them", _course)
    course.add_argument("--only", metavar="PATTERN", action="append", help=_ONLY)
    runs_notebooks(course)
    verb("book", "make the book of the committed notebooks in build/book/", _book)
    examples = verb("examples", "run the three examples into build/examples/", _examples)
    examples.set_defaults(number=None)
    runs_notebooks(examples)
    example = verb("example", "run one example: 1 streams and handlers, 2 aggregations, 3 events", _examples)
    example.add_argument("number", type=int, metavar="NUMBER", help="1, 2 or 3")
    runs_notebooks(example)
    refresh = verb("refresh", "execute the committed notebooks anew, in place (for authors)", _refresh)
    refresh.add_argument("--links", action="store_true", help="only write the links between notebooks")
    refresh.add_argument("--only", metavar="PATTERN", action="append", help=_ONLY)
    refresh.add_argument("--jobs", type=_positive, default=2, help="notebooks at a time (default: 2)")
    start = verb("start", "make a folder with the notebooks, and open JupyterLab there", _start)
    start.add_argument("folder", type=Path, metavar="FOLDER", help="a new one, or one that was made so")
    start.add_argument("--no-lab", action="store_true", help="make the folder only, for an editor of yours")
    start.epilog = "Further arguments, after FOLDER, are JupyterLab's."
    reset = verb("reset", "bring fresh notebooks; yours are kept beside them", _reset)
    reset.add_argument("notebooks", nargs="+", metavar="NOTEBOOK", help="01_streams_intro, or a path")
    progress = verb("progress", "show your predictions, checkpoints and misconceptions", _progress)
    progress.add_argument(
        "--reset", metavar="LESSON", help="forget a lesson (01_streams_intro), an exercise, or all"
    )
    exercise = verb("exercise", "list the exercises, or check a class's notebooks", _exercise_list)
    judged = _add_exercise(exercise)
    template = verb("template", "write an AWS SAM template of what your day does in a lab", _template)
    template.add_argument("--output", type=Path, metavar="FILE", help="by default it is printed")
    folder = verb("deployable", "write the folder to deploy: code, template, requirements", _deployable)
    for command in (template, folder):
        command.add_argument("day", metavar="MODULE:FUNCTION", help=_DAY)
        command.add_argument("--tries", type=_positive, default=40, help="schedules of faults (default: 40)")
        command.add_argument("--architecture", choices=("arm64", "x86_64"), help="by default this machine's")
    folder.add_argument("folder", type=Path, metavar="FOLDER", help="a new one, or one written so before")
    _add_plan(verb("plan", "plan a stream and its function: shards, parameters, limits, a bill", _plan))
    verb(
        "lab",
        "open your copy of the notebooks in JupyterLab; further arguments are JupyterLab's",
        _task("lab"),
    )
    verb("test", "run all tests; further arguments are pytest's", _task("test"))
    verb("lint", "run ruff, mypy and the notebook checks", _task("lint"))
    bench = verb("bench", "run the benchmarks and print their tables", _task("bench"))
    bench.add_argument(
        "--only",
        metavar="PATTERN",
        action="append",
        help="only benchmarks with this in their name; may be repeated",
    )
    verb("lock", "make requirements.lock anew; further arguments are uv's", _task("lock"))
    verb("clean", "remove build/ and the tools' caches", _task("clean"))
    for name, command in verbs.choices.items():
        show_as_typed(command, name)
    show_as_typed(judged, "exercise")
    return parser


def _add_plan(command: argparse.ArgumentParser) -> None:
    """Add what a plan is made from; their ranges are the planner's, which is imported when it plans."""
    of = command.add_argument
    of("--writes", type=float, required=True, metavar="N", help="changes a second, over the whole table")
    of("--seconds-per-record", type=float, required=True, metavar="S", help="what the handler takes for one")
    of("--lag", type=float, required=True, metavar="S", help="the highest iterator age that is wanted")
    of("--seconds-per-batch", type=float, default=0.02, metavar="S", help="beside its records (0.02)")
    of("--item-bytes", type=int, default=500, metavar="N", help="of an item (500)")
    of("--shards", type=int, metavar="N", help="open shards (what the writes need)")
    of("--hot-share", type=float, default=0.0, metavar="X", help="share of the writes to one item, 0 to 1")
    of("--readers", type=int, default=1, metavar="N", help="mappings on the stream (1)")
    of("--timeout", type=float, default=60.0, metavar="S", help="of the function (60)")
    of("--memory", type=int, default=512, metavar="MB", help="of the function (512)")
    of("--concurrency", type=int, metavar="N", help="reserved for the function")
    of("--account-concurrency", type=int, metavar="N", help="the account's quota (1000)")
    of("--sink-writes", type=float, default=1.0, metavar="N", help="items written for each record (1)")
    of("--sink-item-bytes", type=int, default=300, metavar="N", help="of each (300)")
    of("--no-transactions", action="store_true", help="the sink is written without transactions")
    of("--headroom", type=float, default=0.3, metavar="X", help="of the knee over the writes (0.3)")
    of("--prices", metavar="FILE", help="a CSV like data/prices.csv, for the bill")


def _add_exercise(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Add the actions of ``exercise``, and return the one that has arguments."""
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    text = "list the exercises and drills"
    actions.add_parser("list", help=text, description=text).set_defaults(run=_exercise_list)
    text = "run notebooks, each in a process of its own, and judge the answers in them"
    check = actions.add_parser("check", help=text, description=text, epilog=_NO_SANDBOX)
    check.set_defaults(run=_exercise_check, command=check)
    check.add_argument("paths", nargs="+", type=Path, metavar="NOTEBOOK", help="or one folder, with --all")
    check.add_argument("--all", action="store_true", help="a folder: one file or folder a learner")
    check.add_argument("--seed", type=int, default=2013, help="of the data (default: 2013), and the next one")
    check.add_argument(
        "--csv",
        type=Path,
        metavar="FILE",
        help="write the rows there as CSV as well; an earlier file is kept",
    )
    check.add_argument("--jobs", type=_positive, default=2, help="notebooks at a time (default: 2)")
    check.add_argument("--timeout", type=_seconds, default=180.0, help="seconds a notebook (default: 180)")
    check.add_argument("--memory", type=_positive, default=1024, help="MB a notebook (default: 1024)")
    return check


_TABLE = "a table that it writes or reads, created empty; may be repeated"
_EVENT = (
    "what Lambda gave it or logged, what an on-failure destination kept in S3, or what GetRecords answered"
)
_ENV = "an environment variable that it reads; may be repeated"
_ITEMS = (
    "items to put as JSON, a list or one a line, typed or not (default: items with nothing but their key)"
)
_IGNORE = "an attribute that may differ between runs, such as a time; may be repeated"
_ONLY = (
    "only notebooks whose name begins so; where none does, those that have it in their name; may be repeated"
)
_DAY = "day(lab, faults): creates tables, attaches handlers, writes, and calls lab.run(faults=faults)"
_NO_SANDBOX = (
    "It runs the learners' code. Limits, an empty home, no credentials and no network hold mistakes back, "
    "not malice: for code that you do not trust, use a container."
)


if __name__ == "__main__":
    sys.exit(main())
