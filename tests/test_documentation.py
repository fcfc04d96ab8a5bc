"""The documentation says what is so: its Python runs, its links lead somewhere, its commands exist."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import runpy
import shlex
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from sklearn.datasets import load_wine
from typer.main import get_command
from typer.testing import CliRunner

from latentia import Autoencoder, Recipe, settings
from latentia.cli import commands
from latentia.tables.row_options import RowOptions

ROOT = Path(__file__).parents[1]
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("src/**/*.md")})
DOCS = ROOT / "docs"
CONCEPTS, ESTIMATOR, COMMAND_LINE = DOCS / "concepts.md", DOCS / "estimator.md", DOCS / "command_line.md"
DIAGNOSIS = ROOT / "src" / "latentia" / "insight" / "diagnosis"

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SPAN = re.compile(r"`([^`\n]+)`")
OF_THIS_PROJECT = re.compile(r"(benchmarks|docs|examples|scripts|src|tests)/\S+")
FIGURE = re.compile(r"figures/\w+\.png")
PROGRAMS = ("latentia ", "scripts/", "python ")


class Block(NamedTuple):
    """A fenced block, and the line of its page that it begins after."""

    language: str
    text: str
    line: int


def blocks(page):
    """Return the fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    return [Block(*found.groups(), text.count("\n", 0, found.start()) + 1) for found in FENCE.finditer(text)]


def prose(page):
    """Return a page without its fenced blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def name_of(page):
    return page.relative_to(ROOT).as_posix()


def pages_with(language):
    return [page for page in PAGES if any(block.language == language for block in blocks(page))]


@pytest.mark.slow
@pytest.mark.parametrize("page", pages_with("python"), ids=name_of)
def test_python_runs(page, tmp_path, monkeypatch):
    """All blocks of a page in one go, as a reader would type them, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    for block in blocks(page):
        if block.language == "python":
            # As many empty lines before it as there are on the page: a traceback points to the page.
            exec(compile("\n" * block.line + block.text, page, "exec"), names)  # noqa: S102 - the point of this test


def anchors(page):
    """Return what the headings of a page are called in links."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    for link in LINK.findall(prose(page)):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link}: no such file"
        assert not anchor or anchor in anchors(target), f"{link}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_of_the_project_exist(page):
    named = [span for span in SPAN.findall(prose(page)) if OF_THIS_PROJECT.fullmatch(span)]
    assert [span for span in named if not (ROOT / span).exists()] == []


def shown_commands(page):
    """Return every command line on a page: lines of blocks, and what stands between backticks."""
    lines = [line for block in blocks(page) if block.language != "python" for line in block.text.splitlines()]
    lines = [line.removeprefix("$ ").partition("  #")[0] for line in lines]
    return [line for line in [*lines, *SPAN.findall(prose(page))] if line.startswith(PROGRAMS)]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_exist_with_their_options(page):
    for line in shown_commands(page):
        program, *words = shlex.split(line)
        if program == "latentia":
            check_command(line, words)
        else:
            check_script(line, [program, *words])


def options_of(command):
    return {option for one in command.params for option in (*one.opts, *one.secondary_opts)}


def check_command(line, words):
    """Look a command and its options up, and its settings too."""
    root = get_command(commands.app)
    command = root
    if not words[0].startswith("-"):
        command = root.commands.get(words[0])
        assert command is not None, f"{line}: no such command"
    known = options_of(command) | {"--help", "-h"}
    for word in words:
        assert not word.startswith("-") or word in known, f"{line}: no option {word}"
    for option, pair in pairwise(words):
        if option == "--set" and pair != "NAME=VALUE":
            assert hasattr(Recipe, pair.partition("=")[0]), f"{line}: no such setting"


def test_options_exist():
    """Options that are named alone belong to some command."""
    known = {
        option for command in get_command(commands.app).commands.values() for option in options_of(command)
    }
    named = {span.split()[0] for span in SPAN.findall(prose(COMMAND_LINE)) if span.startswith("-")}
    assert {"--label", "-o", "--json"} <= named
    assert sorted(named - known) == []


def check_script(line, words):
    """Look a script up, and see that it knows its options."""
    script = next((ROOT / word for word in words if "/" in word), None)
    if script is None:
        return
    assert script.is_file(), f"{line}: no such file"
    if words[0] == "python":
        source = script.read_text(encoding="utf-8")
        assert [word for word in words if word.startswith("--") and f'"{word}"' not in source] == []


def conversations(page):
    """Return the commands of a page whose output is shown, with that output."""
    parts = [part for block in blocks(page) if block.language == "console" for part in block.text.split("$ ")]
    told = [part.partition("\n")[::2] for part in parts]
    return [(line, output) for line, output in told if line.startswith("latentia ") and output.strip()]


@pytest.mark.slow
def test_the_command_line_answers_as_shown(tmp_path, monkeypatch):
    """Every command in turn; "..." stands for anything. Figures have the names that pages give them."""
    monkeypatch.chdir(tmp_path)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    for line, expected in conversations(COMMAND_LINE):
        _, *words = shlex.split(line)
        done = CliRunner().invoke(commands.app, words, catch_exceptions=False)
        said = [one for one in done.stderr.splitlines() if one.startswith(("latentia:", "Note:", "Warning:"))]
        got = "\n".join([*said, done.stdout])
        assert doctest.OutputChecker().check_output(expected, got, flags), f"$ {line}\n{got}"
        assert done.exit_code == (2 if expected.startswith("latentia:") else 0), line
    named = {span for page in PAGES for span in SPAN.findall(prose(page)) if FIGURE.fullmatch(span)}
    assert named
    assert [name for name in sorted(named) if not Path("wines", name).exists()] == []


@pytest.mark.slow
def test_the_wine_tutorial_has_the_steps_of_its_example(capsys):
    """The example makes the tables; their rows stand on the page under the same names."""
    runpy.run_path(str(ROOT / "examples" / "wine_tutorial.py"))["main"](["--seeds", "1", "--markdown"])
    rows = [line.split(" | ")[0] for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    text = (DOCS / "wine_tutorial.md").read_text(encoding="utf-8")
    assert len(rows) > 30
    assert [row for row in rows if f"\n{row} | " not in text] == []


def table_of(page, heading):
    """Return the rows of the tables below a heading: their first cell, in backticks, and the others."""
    section = page.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", section, re.MULTILINE)
    return {name: cells.split(" | ") for name, cells in rows}


def values_of(page, heading):
    """Return what stands in the second column, read as Python."""
    return {name: ast.literal_eval(cells[0].strip("`")) for name, cells in table_of(page, heading).items()}


def finding_codes():
    """Return the codes in the source: `Finding(code="...")`, or a variable `code` that is one of several."""
    codes = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                values = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
                assert all(isinstance(value, ast.Constant | ast.Name) for value in values), path
            elif (
                path.parent == DIAGNOSIS
                and isinstance(node, ast.Assign)
                and getattr(node.targets[0], "id", "") == "code"
            ):
                values = [node.value]
            else:
                continue
            parts = (part for value in values for part in ast.walk(value))
            codes |= {part.value for part in parts if isinstance(part, ast.Constant)}
    return {code for code in codes if isinstance(code, str)}


def test_every_finding_is_explained():
    codes = finding_codes()
    assert {"overfitting", "better_than_pca", "validation_rows_seen"} <= codes
    assert sorted(table_of(CONCEPTS, "Findings")) == sorted(codes)


def defaults():
    """Return the parameters of the estimator with their defaults."""
    return {name: one.default for name, one in inspect.signature(Autoencoder).parameters.items()}


def test_every_parameter_is_explained_with_its_default():
    assert values_of(ESTIMATOR, "Parameters") == defaults()


def test_every_parameter_is_in_the_docstring_with_its_default():
    text = inspect.getdoc(Autoencoder)
    for name, default in defaults().items():
        told = re.search(rf"^{name} : .*, default=(.+)$", text, re.MULTILINE)[1]
        assert ast.literal_eval(told) == default, name


def test_every_form_in_the_docstring_is_in_the_type():
    """So that type checkers take what is documented."""
    text, types = inspect.getdoc(Autoencoder), inspect.get_annotations(Autoencoder.__init__)
    parts = {
        "tuple": "Sequence",
        "dict": "Mapping",
        "str": "str",
        "int": "int",
        "float": "float",
        "None": "None",
    }
    for name in defaults():
        told = re.search(rf"^{name} : (.*), default=", text, re.MULTILINE)[1]
        forms = set(re.findall(r"\w+", re.sub(r'"\w+"', "str", told)))
        missing = [form for form, part in parts.items() if form in forms and part not in types[name]]
        assert types[name] == "Any" or not missing, name


def test_every_keyword_of_fit_is_named():
    keywords = {*inspect.signature(Autoencoder.fit).parameters, *RowOptions.__annotations__}
    text = ESTIMATOR.read_text(encoding="utf-8")
    own = keywords - {"self", "X", "y", "rows", "progress"}  # progress is for those who build on it
    assert [name for name in sorted(own) if f"`{name}" not in text] == []


@pytest.mark.parametrize("where", ["the page", "the docstring"])
def test_every_choice_is_named(where):
    """Codes, losses, penalties, optimisers and so on: what can be chosen is said."""
    text = inspect.getdoc(Autoencoder) if where == "the docstring" else ESTIMATOR.read_text(encoding="utf-8")
    choices = {
        *settings.OUTPUT_ACTIVATION_NAMES,
        *settings.BOTTLENECK_SETTINGS,
        *settings.LOSS_NAMES,
        *settings.PENALTY_WEIGHTS,
        *settings.CORRUPTION_LEVELS,
        *settings.OPTIMIZER_SETTINGS,
        *settings.SCHEDULE_SETTINGS,
        *(name for name in settings.SCALING_NAMES if name),
    }
    assert [name for name in sorted(choices) if f'"{name}"' not in text] == []


def test_what_auto_becomes_for_the_wines():
    """The values of the table, given by hand, are the ones that "auto" leads to."""
    by_hand = values_of(ESTIMATOR, 'What "auto" becomes')
    assert sorted(by_hand) == sorted(name for name, default in defaults().items() if default == "auto")
    wines = load_wine().data
    by_default = Autoencoder(3, random_state=0).fit(wines).recipe_
    given = Recipe.from_settings(n_components=3, **by_hand)
    assert given.resolve(n_rows=142, n_features=wines.shape[1]) == by_default
