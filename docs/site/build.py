"""The documentation as a site: `python docs/site/build.py` writes it to out/site.

Its pages are `docs/`, the README, the changelog and the guide for contributors, and a reference
made of the schemas, of the program's own help and of the reports. They are put together in
out/site_pages, where links to other files of the project become plain words, because the site has
no such files. Zensical (`pip install "multiplane[docs]"`) makes HTML of them; it is kept by the
makers of Material for MkDocs, whose own life ends in May 2027, and reads the same mkdocs.yml.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, normpath, relpath
from typing import Any

import click
import typer.main

ROOT = Path(__file__).resolve().parents[2]
PAGES, SITE, CONFIG = "out/site_pages", "out/site", "mkdocs.yml"
ABOVE = {
    "README.md": "overview.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
}
"""Pages of the project's folder, and what they are called in the site."""
INSTEAD = {
    **ABOVE,
    "shared_schema": "reference/storyboard.md",
    "reports": "reference/figures.md",
    "docs": "index.md",
}
"""Pages that stand for files and folders of the project, and for what lies in those."""
SCHEMAS = {
    "storyboard": "What `multiplane render`, `submit` and the panel take.",
    "manifest": "What a shot is made of: `manifest.json` in its folder.",
    "sequence": "All shots of a storyboard in order: `sequence.json`.",
    "request": "What a client may ask of the server, over its WebSocket.",
    "notice": "What the server answers and tells, over its WebSocket.",
    "event": "What `--json` prints while shots are made, one a line.",
}
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|!?\[[^\]]*\]\([^)]*\))*)\]\(([^)\s]+)\)")
_FENCED = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)


def main() -> int:
    """Put the pages together and have the site made of them; strictly, so that a bad link fails."""
    write_pages(ROOT / PAGES)
    shutil.rmtree(ROOT / SITE, ignore_errors=True)
    words = [sys.executable, "-m", "zensical", "build", "--clean", "--strict", "-f", CONFIG]
    return subprocess.run(words, cwd=ROOT, check=False).returncode


def write_pages(target: Path) -> None:
    """All pages and their pictures into the folder `target`, which is made anew."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    pages = {page: origin for origin, page in ABOVE.items()}
    for path in (ROOT / "docs").iterdir():
        if path.suffix == ".md":
            pages[path.name] = f"docs/{path.name}"
        elif path.is_file():
            shutil.copyfile(path, target / path.name)
    for page, origin in pages.items():
        text = (ROOT / origin).read_text(encoding="utf-8")
        (target / page).write_text(with_links(text, origin), encoding="utf-8")
    made = {name: schema_page(name, about) for name, about in SCHEMAS.items()}
    made |= {"commands": commands_page(), "figures": figures_page()}
    (target / "reference").mkdir()
    for name, text in made.items():
        (target / "reference" / f"{name}.md").write_text(text, encoding="utf-8")


def with_links(text: str, origin: str) -> str:
    """A page's text with its links leading to where their targets are in the site.

    origin: the page's file, from the project's folder.
    """
    parts = _FENCED.split(text)
    return "".join(
        part if index % 2 else _LINK.sub(lambda found: _led(found, origin), part)
        for index, part in enumerate(parts)
    )


def _led(found: re.Match[str], origin: str) -> str:
    picture, label, target = found.groups()
    label = _LINK.sub(lambda inner: _led(inner, origin), label)
    if "://" in target or target.startswith("#"):
        return f"{picture}[{label}]({target})"
    path, _, heading = target.partition("#")
    place = normpath(f"{dirname(origin) or '.'}/{path}")
    if place.startswith("docs/"):
        inside: str | None = relpath(place, "docs")
    else:
        inside = INSTEAD.get(place) or INSTEAD.get(place.partition("/")[0])
    if inside is None:
        return label
    return f"{picture}[{label}]({inside}{'#' + heading if heading else ''})"


# ---- The reference of documents and messages


def schema_page(name: str, about: str) -> str:
    """A page of tables for a JSON Schema of `shared_schema/`."""
    schema = json.loads((ROOT / "shared_schema" / f"{name}.schema.json").read_text("utf-8"))
    title = schema.get("title", name)
    lines = [f"# {title}", "", about, ""]
    lines.append(f"Made from `shared_schema/{name}.schema.json`, which editors can check against.")
    if "properties" in schema:
        lines += ["", *_object(schema)]
    for key, part in sorted(schema.get("$defs", {}).items()):
        lines += ["", f"## {key}", "", *(_object(part) if "properties" in part else _other(part))]
    return "\n".join(lines) + "\n"


def _object(schema: dict[str, Any]) -> Iterator[str]:
    if schema.get("description"):
        yield _plain(schema["description"])
        yield ""
    yield "| Field | Type | Without it | Meaning |"
    yield "| --- | --- | --- | --- |"
    needed = schema.get("required", ())
    for field, part in schema["properties"].items():
        default = "needed" if field in needed else _cell(json.dumps(part.get("default")))
        meaning = "; ".join(filter(None, (part.get("description", ""), _bounds(part))))
        yield f"| `{field}` | {_kind(part)} | {default} | {_plain(meaning)} |"


def _other(schema: dict[str, Any]) -> Iterator[str]:
    """A part that has no fields: a choice of words."""
    if schema.get("description"):
        yield _plain(schema["description"])
        yield ""
    yield f"{_kind(schema)}".capitalize() if "enum" not in schema else f"One of {_kind(schema)}."


def _kind(part: dict[str, Any]) -> str:
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for key in ("anyOf", "oneOf"):
        if key in part:
            return " or ".join(dict.fromkeys(_kind(each) for each in part[key]))
    if "const" in part:
        return _cell(json.dumps(part["const"]))
    if "enum" in part:
        return " or ".join(_cell(json.dumps(value)) for value in part["enum"])
    if part.get("type") == "array":
        inner = part.get("items") or (part.get("prefixItems") or [{}])[0]
        return f"list of {_kind(inner)}" if inner else "list"
    return str(part.get("type", "any"))


def _bounds(part: dict[str, Any]) -> str:
    said = []
    for each in (part, *part.get("anyOf", ())):
        for key, words in (
            ("minimum", "at least"),
            ("exclusiveMinimum", "over"),
            ("maximum", "at most"),
            ("exclusiveMaximum", "under"),
        ):
            if key in each:
                said.append(f"{words} {each[key]}")
    return ", ".join(said)


def _cell(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|')}`" if len(text) <= 60 else "..."


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


# ---- The reference of commands


def commands_page() -> str:
    """All commands with their own help."""
    from multiplane.cli.app import app

    top = typer.main.get_command(app)
    lines = ["# Commands", "", "Made from the program's own help: `multiplane COMMAND --help`."]
    for path, command in _commands(top, ("multiplane",)):
        usage = " ".join([*path, *_arguments(command)])
        lines += ["", f"## {' '.join(path[1:])}", "", f"`{usage}`", "", *_help(command)]
        rows = list(_options(command))
        if rows:
            lines += ["", "| Option | Meaning |", "| --- | --- |", *rows]
    return "\n".join(lines) + "\n"


def _commands(
    command: click.Command, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    found = getattr(command, "commands", None)
    if found is None:
        yield path, command
        return
    for name in sorted(found):
        yield from _commands(found[name], (*path, name))


def _arguments(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            yield parameter.metavar or str(parameter.name).upper()


def _help(command: click.Command) -> Iterator[str]:
    text = re.sub(r"(?<!\\)\[/?\w+\]", "", command.help or "").replace("\\[", "[")
    for paragraph in text.split("\n\n"):
        lines = paragraph.splitlines()
        if lines and all(line.startswith("  ") for line in lines):
            yield from ("```", *(line.strip() for line in lines), "```", "")
        else:
            yield from (_plain(paragraph), "")


def _options(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        if parameter.param_type_name != "option" or parameter.name in ("help", "version"):
            continue
        names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
        yield f"| {names} | {_plain(str(getattr(parameter, 'help', None) or ''))} |"


# ---- The figures


def figures_page() -> str:
    """The numbers of `reports/`, each with the machine and the day on which it was measured."""
    lines = ["# Figures", "", "Made from `reports/`, which `multiplane study` writes."]
    for path in sorted((ROOT / "reports").glob("*.json")):
        report = json.loads(path.read_text(encoding="utf-8"))
        measured = report.pop("measured", {})
        lines += ["", f"## {path.stem}", "", "| Figure | Value |", "| --- | --- |"]
        lines += [f"| {name} | {value} |" for name, value in _figures(report)]
        if measured:
            on = f"{measured.get('cpu')}, {measured.get('cores')} cores, {measured.get('system')}"
            lines += ["", f"Measured on {str(measured.get('date'))[:10]}: {on}."]
    return "\n".join(lines) + "\n"


def _figures(read: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Single numbers and words, with the way to them; long lists are left to the file."""
    if isinstance(read, dict):
        for key, value in read.items():
            if name.count(", ") < 2:
                yield from _figures(value, f"{name}, {key}" if name else str(key))
    elif isinstance(read, list):
        if read and len(read) <= 6 and all(isinstance(value, int | float) for value in read):
            yield name.replace("_", " "), ", ".join(f"{value:.4g}" for value in read)
    elif isinstance(read, float):
        yield name.replace("_", " "), f"{read:.4g}"
    elif isinstance(read, int | str) and name != "checksum":
        yield name.replace("_", " "), _plain(str(read))


if __name__ == "__main__":
    sys.exit(main())
