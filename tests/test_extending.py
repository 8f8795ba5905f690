"""docs/extending.md, followed to the letter: its code, at the places that it names, is used."""

from __future__ import annotations

import ast
import json
import re
import shutil
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from multiplane.attention.phrases import locate
from multiplane.models.families.registry import FAMILIES
from multiplane.models.load import load_painter
from multiplane.models.paint import paint, single_pass
from multiplane.models.profiles import profile
from tests.family_checks import assert_exact
from tests.finished_output import finished_output
from tests.outside_programs import WEB, run_node, type_check
from tests.plugins.installed import installed, multiplane, package
from tests.tiny_families import tiny_ovis

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "extending.md"
LONGEST = 30
LONGEST_FAMILY = 40
PLACE = re.compile(
    r"^(?:New file|In) `(?P<file>[^`]+)`(?:, (?P<how>before|after|instead of) `(?P<line>[^`]+)`)?:"
    r"\n\n```\w+\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A piece of code, and where the guide says that it goes."""

    section: str
    file: str
    how: str | None
    line: str | None
    code: str


def blocks() -> list[Block]:
    found = []
    for part in GUIDE.read_text(encoding="utf-8").split("\n## ")[1:]:
        section = part.partition("\n")[0]
        found += [Block(section, **match.groupdict()) for match in PLACE.finditer(part)]
    return found


def follow(root: Path, wanted: Callable[[Block], bool]) -> None:
    """Do in `root` what the guide says."""
    for block in filter(wanted, blocks()):
        path = root / block.file
        if block.line is None:
            assert not path.exists(), f"{block.file} is there already"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.code, encoding="utf-8")
            continue
        text = path.read_text(encoding="utf-8")
        assert text.count(f"\n{block.line}\n") == 1, f"{block.file} has no single {block.line!r}"
        new = {
            "before": f"\n{block.code}{block.line}\n",
            "after": f"\n{block.line}\n{block.code}",
            "instead of": f"\n{block.code}",
        }[str(block.how)]
        path.write_text(text.replace(f"\n{block.line}\n", new), encoding="utf-8")


SECTIONS = (
    "A package of your own",
    "A camera preset",
    "A reader",
    "An exporter",
    "A cutter",
    "A family of models",
    "A model profile",
    "A deliverable",
    "A panel host",
)


def test_every_block_has_its_place_and_is_short() -> None:
    found = blocks()
    assert tuple(dict.fromkeys(block.section for block in found)) == SECTIONS
    fences = re.findall(r"^```\w+$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(fences) == len(found), "a block stands there without its place"
    for section in SECTIONS[1:]:
        own = [block for block in found if block.section == section]
        assert len({block.file for block in own}) <= 2, section
        lines = sum(bool(line.strip()) for block in own for line in block.code.splitlines())
        longest = LONGEST_FAMILY if section == "A family of models" else LONGEST
        assert lines < longest, f"{section}: {lines} lines"


def test_what_it_links_to_is_there() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)", text)
    assert len(links) > 3
    assert [link for link in links if not (GUIDE.parent / link).exists()] == []


def in_package(block: Block) -> bool:
    return block.file.startswith("harbour/")


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guide's package, installed into a folder as pip would."""
    root = tmp_path_factory.mktemp("guide")
    follow(root, in_package)
    project = tomllib.loads((root / "harbour" / "pyproject.toml").read_text(encoding="utf-8"))
    packages = root / "packages"
    package(packages, project["project"]["name"], project["project"]["entry-points"])
    shutil.copytree(root / "harbour" / "harbour", packages / "harbour")
    return packages


def run(folder: Path, packages: Path, *words: object, **more: Any) -> str:
    done = multiplane(*words, packages=packages, folder=folder, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_package_is_listed_whole(harbour: Path, tmp_path: Path) -> None:
    said = json.loads(run(tmp_path, harbour, "doctor", "--json"))
    listed = {one["what"]: one for one in said if "package harbour" in one["says"]}
    assert set(listed) == {"Camera preset", "Reader", "Exporter", "Cutter", "Model family"}
    assert {one["state"] for one in listed.values()} == {"ok"}
    models = json.loads(run(tmp_path, harbour, "models", "list", "--json"))
    assert "ovis-image" in [model["name"] for model in models]


def test_the_preset_the_reader_and_the_exporter(harbour: Path, tmp_path: Path) -> None:
    out = finished_output(tmp_path / "out", "a", "b", frames=24)
    run(tmp_path, harbour, "camera", "apply", out / "shots" / "a", "pendulum")
    camera = json.loads((out / "shots" / "a" / "manifest.json").read_text())["camera"]
    assert camera["preset"] == "pendulum"
    places = [key["value"][0] for key in camera["keyframes"]["position"]]
    swings = np.sign(np.diff(places))
    assert len(places) == 24
    assert int(np.count_nonzero(swings[1:] != swings[:-1])) >= 3

    run(tmp_path, harbour, "export", out, "table", "-o", "table.md")
    assert (tmp_path / "table.md").read_text().splitlines()[2:] == [
        "| a | 0.00 s | 24 |",
        "| b | 1.00 s | 24 |",
    ]

    scene = "EXT. HARBOUR - DAY\n\nA warrior waits.\nA dragon comes.\n\nINT. CASTLE - NIGHT\n"
    (tmp_path / "film.treatment").write_text(scene)
    done = multiplane("storyboard", "validate", "film.treatment", packages=harbour, folder=tmp_path)
    assert "line 6, prompt" in " ".join((done.stdout + done.stderr).split())
    (tmp_path / "film.treatment").write_text(f"{scene}A cat sleeps.\n")
    run(tmp_path, harbour, "storyboard", "convert", "film.treatment", "board.json")
    shots = json.loads((tmp_path / "board.json").read_text())["shots"]
    assert [shot["prompt"] for shot in shots] == [
        "A warrior waits. A dragon comes.",
        "A cat sleeps.",
    ]


def test_the_cutter_cuts(harbour: Path, tmp_path: Path) -> None:
    picture = np.full((90, 160, 3), 255, np.uint8)
    picture[20:70, 20:60], picture[20:70, 100:140] = (220, 20, 30), (20, 40, 220)
    Image.fromarray(picture).save(tmp_path / "two.png")
    asked = ("decompose", "two.png", "-s", "red box, blue box", "--cut", "colour", "-o", "out")
    run(tmp_path, harbour, *asked, "--duration", "0.5", "--camera", "static", "--quiet")
    text = (tmp_path / "out" / "shots" / "two" / "manifest.json").read_text()
    layers = {layer["name"]: layer for layer in json.loads(text)["layers"]}
    assert {layer["cut_by"] for name, layer in layers.items() if name != "background"} == {"colour"}
    for name, left in (("red box", 20), ("blue box", 100)):
        assert np.abs(np.subtract(layers[name]["bbox"], (left, 20, 40, 50))).max() <= 3


@pytest.fixture
def ovis(harbour: Path, tmp_path: Path) -> Iterator[Path]:
    """A folder with a model of the guide's family, at a tiny size."""
    folder = tmp_path / "my-ovis"
    tiny_ovis().save_pretrained(folder, safe_serialization=True)
    with installed(harbour):
        yield folder


def test_the_family_paints_and_looks_inside(ovis: Path) -> None:
    from multiplane.attention.capture import CapturePlan, TokenGroup, capture_attention

    own = profile(str(ovis))
    assert (own.family, own.steps) == ("ovis", 50)
    # The folder holds a tiny one, which paints smaller pictures.
    painter = load_painter(replace(own, native_short_side=64, max_text_tokens=128), "cpu")
    assert type(painter.pipeline).__name__ == "OvisImagePipeline"
    assert painter.family is FAMILIES["ovis"]
    prompt = "a warrior in front of a castle"
    castle = locate(painter.reader, prompt, [(24, 30)])
    tokenized = painter.pipeline.tokenizer(painter.pipeline._get_messages(prompt)).input_ids[0]
    tokenized = tokenized[painter.pipeline.user_prompt_begin_id :]
    assert painter.pipeline.tokenizer.decode([tokenized[place] for place in castle]) == " castle"
    assert_exact(
        lambda: paint(painter, prompt, (96, 64), 3, steps=2)[None].astype(np.float32),
        painter.pipeline,
        painter.family,
        ((TokenGroup("castle", castle),),),
        (4, 6),
        every=2,  # it is guided
    )
    picture = paint(painter, prompt, (96, 64), 3, steps=2)
    plan = CapturePlan((TokenGroup("castle", castle),), (1,), sigma_low=0.0, sigma_high=1.0)
    with capture_attention(painter.pipeline, plan) as maps:
        single_pass(painter, picture, prompt, sigma=0.5, seed=3)
    assert maps.result().captured


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of Multiplane with what the guide adds to it."""
    root = tmp_path_factory.mktemp("tree")
    leave = shutil.ignore_patterns("__pycache__", "bundled", "multiplane_study")
    shutil.copytree(ROOT / "backend", root / "backend", ignore=leave)
    models = Path("backend/multiplane/models/bundled")
    (root / models).symlink_to(ROOT / models, target_is_directory=True)
    for name in ("cep_panel", "jsx", "shared_schema"):
        shutil.copytree(ROOT / name, root / name)
    follow(root, lambda block: not in_package(block))
    return root


def test_the_code_is_code(tree: Path) -> None:
    for block in blocks():
        if block.file.endswith(".py") and not in_package(block):
            ast.parse((tree / block.file).read_text(encoding="utf-8"))


def test_the_profile_is_a_model_with_a_name(tree: Path, tmp_path: Path) -> None:
    said = run(tmp_path, tmp_path, "models", "list", "--json", backend=tree / "backend")
    (own,) = [entry for entry in json.loads(said) if entry["name"] == "harbour-xl"]
    assert "harbour-xl" in json.dumps(own)
    assert "Ships, quays" in run(
        tmp_path, tmp_path, "models", "info", "harbour-xl", backend=tree / "backend"
    )


def test_the_deliverable_is_written_by_every_run(tree: Path, tmp_path: Path) -> None:
    Image.new("RGB", (128, 72), "red").save(tmp_path / "red.png")
    board = {"size": [128, 72], "fps": 12, "shots": [{"picture": "red.png", "duration": 0.5}]}
    (tmp_path / "board.json").write_text(json.dumps(board))
    run(tmp_path, tmp_path, "render", "board.json", "-o", "out", backend=tree / "backend")
    written = (tmp_path / "out" / "durations.csv").read_bytes()
    assert written == b"shot,seconds\r\nshot-001,0.500\r\n"


USED = """
const opened = [];
const open = async (folder) => {
  opened.push(folder);
  if (folder === "no") throw new Error("full");
};
globalThis.studio = { open };
const { pickHost } = await import(process.argv[2]);
const host = await pickHost();
const report = await host.importShot({ folder: "/jobs/1/shots/shot-001" });
const told = (error) => ({ name: error.name, code: error.code });
const refused = await host.importShot({ folder: "no" }).catch(told);
console.log(JSON.stringify({ name: host.name, report, refused, opened }));
"""


def test_the_host_is_picked_and_imports(tree: Path, tmp_path: Path) -> None:
    (tree / "package.json").write_text('{"type": "module"}')
    script = tmp_path / "use.mjs"
    script.write_text(USED, encoding="utf-8")
    said = run_node(script, (tree / "cep_panel/hosts/pick.js").as_uri())
    assert said == {
        "name": "studio",
        "report": {"shot": "shot-001", "state": "created"},
        "refused": {"name": "HostError", "code": "studio.refused"},
        "opened": ["/jobs/1/shots/shot-001", "no"],
    }


def test_the_host_keeps_the_panels_rules(tree: Path, tmp_path: Path) -> None:
    files = [tree / "cep_panel/hosts" / name for name in ("studio.js", "pick.js")]
    assert run_node(WEB / "panel_checks.mjs", *files) == {str(file): [] for file in files}
    config = json.loads((tree / "cep_panel/jsconfig.json").read_text(encoding="utf-8"))
    options = config["compilerOptions"]
    for name, (place,) in options["paths"].items():
        options["paths"][name] = [str((ROOT / "cep_panel" / place).resolve())]
    files.append(tree / "cep_panel/hosts/uxp/globals.d.ts")
    assert type_check(tmp_path, {"compilerOptions": options, "files": [*map(str, files)]}) == ""
