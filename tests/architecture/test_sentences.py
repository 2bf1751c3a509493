"""Promise: an error or a remark that a page can show has a sentence for the page, without flags and commands."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextvars import copy_context
from pathlib import Path

import pytest

from artgen import errors
from artgen.cli import main
from artgen.cli.table import COMMANDS
from artgen.errors import ArtgenError, InputError, Stopped, StorageError
from artgen.runtime.progress import Quiet
from artgen.runtime.remarks import Remark, remark_of

ROOT = Path(__file__).parents[2]
CLASSES = {name for name, found in vars(errors).items() if isinstance(found, type) and issubclass(found, ArtgenError)}
# what a studio never starts: other faces, and verbs of the command line alone
OTHERS = {
    "live", "testing", "export", "explain", "report", "api.py", "pack.py", "export.py", "share.py", "explore.py", "dream.py",
    "compare.py", "doctor.py", "hub.py", "fetch.py", "slim.py", "shards.py", "features.py", "i3d.py", "verify.py",
}  # fmt: skip
NOTEBOOK = "verbs/play.py"
STARTED = {
    "__init__.py",
    "apply.py",
    "bars.py",
    "parse.py",
    "project.py",
    "run.py",
    "sample.py",
}  # commands that it does start
PATHS = re.compile(r"(path|folder|file|run|parent|target|work|root|out)$")  # what may hold one is called so
OWN = r"\.(?:py|toml|jsonl?|safetensors|npz|lock|log|pem)\b"  # endings of files that are no works of a person
FLAG = re.compile(  # and what else is for a terminal: environment variables, packages, keys and streams
    r"--[a-z]|\b[A-Z]{2,}_[A-Z]|\benvironment variable|\bpip3? install|\bartgen-suite\b|\bcommand line\b|"
    r"\b(?:Ctrl|std(?:in|out|err))\b"
)
TYPED = re.compile(rf"{FLAG.pattern}|{OWN}|\bartgen (?:{'|'.join(command.name for command in COMMANDS)})\b(?! command)")


# with two sentences each, which other tests look at, and what explains a setting
SAYING = {*CLASSES, "NothingToReadError", "Remark", "remark_of", "_said", "Field"}


def files() -> Iterator[Path]:
    """The code that a studio can start."""
    for folder in (ROOT / "core" / "artgen", *(ROOT / "plugins").glob("*/artgen_*")):
        for path in sorted(folder.rglob("*.py")):
            inner = path.relative_to(folder)
            command = inner.parts[0] == "cli" and not (len(inner.parts) == 2 and path.name in STARTED)
            if not (command or OTHERS & set(inner.parts) or inner.as_posix() == NOTEBOOK):
                yield path


Calls = list[tuple[str, str, ast.Call]]


@pytest.fixture(scope="module")
def calls() -> Calls:
    """Where, what and how is called there."""
    found: Calls = []
    for path in files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                found.append((f"{path.relative_to(ROOT)}:{node.lineno}", name, node))
    return found


@pytest.fixture(scope="module")
def raised(calls: Calls) -> list[tuple[str, ast.Call]]:
    return [(place, call) for place, name, call in calls if name in CLASSES]


def text(node: ast.AST | None) -> str:
    """All literal text of an expression."""
    parts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)] if node else []
    return " ".join(part for part in parts if isinstance(part, str))


def test_what_names_a_flag_has_another_sentence_for_a_page(raised: list[tuple[str, ast.Call]]) -> None:
    found = {place: {word.arg: word.value for word in call.keywords} for place, call in raised}
    messages = {place: text(call.args[0] if call.args else None) for place, call in raised}
    assert len(found) > 150
    assert not [place for place, said in messages.items() if TYPED.search(said) and "page" not in found[place]]
    assert not [place for place, words in found.items() if TYPED.search(text(words.get("page")))]
    assert not [place for place, said in messages.items() if said.startswith("--")], "a flag stands in at="
    given = {place: words.get("value") for place, words in found.items() if "page" not in words}
    assert not [place for place, value in given.items() if TYPED.search(text(value))], "a page shows it"


def test_what_names_a_file_by_its_path_names_it_on_a_page_by_its_name(raised: list[tuple[str, ast.Call]]) -> None:
    """Such as "/home/me/runs/0001/config.toml: larger than 1 MiB": the path stands in ``value``."""
    begun = [(place, call.args[0].values) for place, call in raised
             if call.args and isinstance(call.args[0], ast.JoinedStr)
             and "page" not in {word.arg for word in call.keywords}]  # fmt: skip
    assert len(begun) > 50
    assert not [place for place, (first, *rest) in begun
                if isinstance(first, ast.FormattedValue) and PATHS.search(ast.unparse(first.value))
                and text(rest[0] if rest else None).startswith(":")]  # fmt: skip


def test_no_sentence_gets_a_flag_from_elsewhere() -> None:
    """A part of a sentence that names a flag stands where its page leaves it out."""
    found = list[str]()

    def look(node: ast.AST, place: str) -> None:
        name = getattr(getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", ""))
        if name in SAYING or (isinstance(node, ast.FunctionDef) and node.name == "include_made"):
            return
        inner = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            inner = [one for one in inner if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and " " in node.value
            and FLAG.search(node.value)
        ):
            found.append(f"{place}:{node.lineno}")
        for one in inner:
            look(one, place)

    texts = [ROOT / "core" / "artgen" / "cli"]  # of which a page shows errors alone
    for path in (path for path in files() if not any(path.is_relative_to(folder) for folder in texts)):
        look(ast.parse(path.read_text()), path.relative_to(ROOT).as_posix())
    assert found == []


def test_what_is_remarked_has_another_sentence_for_a_page(calls: Calls) -> None:
    said = [(place, call.args[0]) for place, name, call in calls if name == "say"]
    assert len(said) > 10
    assert not [place for place, one in said if not isinstance(one, ast.Call) and TYPED.search(text(one))]
    remarks = [(place, call.args[1]) for place, name, call in calls if name == "Remark"]
    assert len(remarks) > 8
    assert not [place for place, page in remarks if TYPED.search(text(page))]


def test_why_a_file_is_not_used_names_no_flag(calls: Calls) -> None:
    """Reasons are shown by both, and kept with the run."""
    reasons = [(place, text(call)) for place, name, call in calls if name in ("UnusableError", "Skipped")]
    assert len(reasons) > 50
    assert not [place for place, said in reasons if TYPED.search(said)]


def test_a_process_of_a_page_says_the_other_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    def shown() -> str:
        with pytest.raises(SystemExit):
            main(["run", "--plugin", "image", "--data", "nowhere"], page=True)
        for line in (
            Remark("gone; add --data", "gone"),
            Remark("see --help", ""),
            remark_of(InputError("x", at="--steps")),
        ):
            Quiet().say(line)
        return capsys.readouterr().err

    files = "pictures: files that end in .png, .jpg, .jpeg, .jpe, .jfif, .mpo, .webp, .gif and so on"
    assert copy_context().run(shown).splitlines() == [
        f"artgen: error: what you dropped does not exist; drop a folder of {files}",
        "artgen: gone", "artgen: warning: x",
    ]  # fmt: skip
    Quiet().say(Remark("gone; add --data", "gone"))
    assert capsys.readouterr().err == "artgen: gone; add --data\n"


@pytest.mark.parametrize(("error", "typed", "shown"), [
    (InputError("the disk is full"), "the disk is full", "the disk is full"),
    (InputError("give 1 to 9", at="--steps", value=0), "--steps 0: give 1 to 9", "“0”: give 1 to 9"),
    (InputError("is a file", at="--out", value=Path("a/b")), f"--out {Path('a/b')}: is a file", "“b”: is a file"),
    (InputError("holds nothing", value=Path("a/b.toml")), f"{Path('a/b.toml')}: holds nothing", "“b.toml”: holds nothing"),
    (InputError("give one", at="--seeds and --count"), "--seeds and --count: give one", "give one"),
    (StorageError("gone; add --data", page="gone; drop it again"), "gone; add --data", "gone; drop it again"),
    (Stopped("stopped; go on with --resume", 15, page="stopped"), "stopped; go on with --resume", "stopped"),
])  # fmt: skip
def test_an_error_is_said_to_both(error: ArtgenError, typed: str, shown: str) -> None:
    assert (str(error), error.page) == (typed, shown)
