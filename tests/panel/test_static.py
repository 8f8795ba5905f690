"""What is found without running the panel: its language, its styles, and CEP's manifest."""

from __future__ import annotations

import re
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from multiplane.client import Client
from multiplane.contract.messages import PROTOCOL
from multiplane.deliver.panel_folder import panel_folder
from multiplane.panel.install import write_panel
from multiplane.panel.sources import find_sources
from tests.outside_programs import OLDER_BROWSERS, WEB, open_browser, run_node
from tests.panel.adobe import Program
from tests.panel.showing import PANEL, Shown
from tests.server.prepared import board
from tests.server.running import Running

CHECKS = WEB / "panel_checks.mjs"
UXP = PANEL / "hosts" / "uxp"
NEWER_STYLES = (
    r":has\(", r"color-mix", r"@layer", r"@container", r"@property", r"@scope", r"@starting-style",
    r"oklch|oklab|lch\(", r"accent-color", r"\d[dsl]vh", r"scrollbar-(gutter|color|width)",
    r"text-wrap", r"field-sizing", r"^\s*&", r"(?<!-)\b(translate|scale|rotate):",
    r"inset-(inline|block)-", r"light-dark\(", r"rgb\([^)]*/", r"round\(", r"width\s*[<>]=",
)  # fmt: skip
"""What came after Chromium 88, as far as somebody might write it."""
WRONG = (
    ("const a = await f();", "await outside a function"),
    ("class A { static { f(); } }", "static block"),
    ("const a = [1].at(-1);", ".at"),
    ("const a = Object.hasOwn(b, 'c');", ".hasOwn"),
    ("const a = structuredClone(b);", "structuredClone"),
    ("const a = crypto.randomUUID();", ".randomUUID"),
    ("a.innerHTML = b;", ".innerHTML"),
    ("const a = /b/v;", ""),
    ("throw new Error('a', { cause: b });", "cause"),
)


def scripts() -> list[Path]:
    """The panel's own; UXP's engine is another, newer one."""
    return sorted(path for path in PANEL.rglob("*.js") if UXP not in path.parents)


def test_chromium_88_knows_the_language() -> None:
    found = run_node(CHECKS, *scripts())
    assert len(found) > 30
    assert {Path(file).name: faults for file, faults in found.items() if faults} == {}


def test_the_checks_can_fail(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.js" for number in range(len(WRONG))]
    for file, (text, _) in zip(files, WRONG, strict=True):
        file.write_text(text, encoding="utf-8")
    for (text, fault), faults in zip(WRONG, run_node(CHECKS, *files).values(), strict=True):
        assert any(fault in one for one in faults), text


def test_chromium_88_knows_the_styles() -> None:
    for path in PANEL.rglob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for pattern in NEWER_STYLES:
            assert not re.search(pattern, text, re.MULTILINE), f"{path.name}: {pattern}"


def test_the_page_needs_no_other_place() -> None:
    """Nothing is loaded from the network, and nothing inline is run."""
    page = (PANEL / "index.html").read_text(encoding="utf-8")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert all((PANEL / one).is_file() for one in loaded), loaded
    assert not re.search(r"\son\w+=|<style|style=|javascript:", page)
    assert re.findall(r"<script(?![^>]*src=)", page) == []
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    asked = {
        name
        for path in scripts()
        for name in re.findall(r'byId\("([^"]+)"\)', path.read_text(encoding="utf-8"))
    }
    assert asked <= set(ids)


def test_the_types_of_the_pages_elements_are_those_of_the_page() -> None:
    page = (PANEL / "index.html").read_text(encoding="utf-8")
    tags = {id_: tag for tag, id_ in re.findall(r'<(\w+)\b[^>]*?\bid="([^"]+)"', page)}
    table = (PANEL / "js" / "view" / "page.js").read_text(encoding="utf-8")
    typed = dict(re.findall(r'"([^"]+)": HTML(\w*)Element', table))
    assert len(typed) > 40
    own = {"textarea": "TextArea"}
    simple = {"button", "details", "form", "input", "progress", "select", "textarea"}
    for id_, kind in typed.items():
        tag = tags[id_]
        assert kind == (own.get(tag, tag.capitalize()) if tag in simple else ""), id_


# The manifest. Its order of elements is that of Adobe's ExtensionManifest_v_7_0.xsd.
ORDER = {
    "ExtensionManifest": ["ExtensionList", "ExecutionEnvironment", "DispatchInfoList"],
    "ExecutionEnvironment": ["HostList", "LocaleList", "RequiredRuntimeList"],
    "DispatchInfo": ["Resources", "Lifecycle", "UI"],
    "Resources": ["MainPath", "CEFCommandLine"],
    "UI": ["Type", "Menu", "Geometry"],
    "Geometry": ["Size", "MinSize"],
}
_RANGE = re.compile(r"\[(\d+\.\d+)(?:\.\d+)*,(\d+\.\d+)(?:\.\d+)*\]")


@pytest.fixture
def manifest() -> ElementTree.Element:
    return ElementTree.parse(PANEL / "CSXS" / "manifest.xml").getroot()


def test_the_manifest_is_what_cep_reads(manifest: ElementTree.Element) -> None:
    for element in manifest.iter():
        if element.tag in ORDER:
            assert [child.tag for child in element] == ORDER[element.tag]
    assert manifest.get("Version") == "7.0"
    assert re.fullmatch(r"[A-Za-z0-9.]+", str(manifest.get("ExtensionBundleId")))
    assert re.fullmatch(r"\d+(\.\d+){1,3}", str(manifest.get("ExtensionBundleVersion")))
    ids = [one.get("Id") for one in manifest.iter("Extension")]
    assert len(ids) == 2
    assert len(set(ids)) == 1, "what is listed is also dispatched"
    assert str(ids[0]).startswith(f"{manifest.get('ExtensionBundleId')}.")
    main = manifest.findtext(".//MainPath")
    assert main is not None
    assert (PANEL / main).is_file()
    least = {name.tag: int(name.text or 0) for name in manifest.iter() if name.tag in ("Width",)}
    assert least
    width = manifest.findtext(".//MinSize/Width")
    assert width == "300", "the narrowest that is tried"


def test_the_manifest_names_both_programs_and_the_runtime(manifest: ElementTree.Element) -> None:
    hosts = {one.get("Name"): one.get("Version") for one in manifest.iter("Host")}
    assert set(hosts) == {"AEFT", "PPRO"}
    for versions in hosts.values():
        found = _RANGE.fullmatch(str(versions))
        assert found is not None
        assert float(found[1]) < 25.0 < float(found[2]), "CEP 11 and CEP 12"
    (runtime,) = manifest.iter("RequiredRuntime")
    assert (runtime.get("Name"), runtime.get("Version")) == ("CSXS", "11.0")
    parameters = {one.text for one in manifest.iter("Parameter")}
    assert parameters == {"--enable-nodejs", "--mixed-context", "--allow-file-access-from-files"}


def test_the_debug_file_names_the_same_panel(manifest: ElementTree.Element) -> None:
    debug = ElementTree.parse(PANEL / ".debug").getroot()
    assert {one.get("Id") for one in debug.iter("Extension")} == {
        one.get("Id") for one in manifest.iter("Extension")
    }
    hosts = {one.get("Name"): int(str(one.get("Port"))) for one in debug.iter("Host")}
    assert set(hosts) == {one.get("Name") for one in manifest.iter("Host")}
    assert len(set(hosts.values())) == len(hosts)
    assert all(1024 <= port < 65535 for port in hosts.values())


def test_where_modules_may_not_be_loaded_the_page_says_so(data: Path) -> None:
    """A file's page in a Chromium without the manifest's third switch."""
    with open_browser() as browser:
        shown = Shown(browser.new_context())
        Program(shown.page, environment={"MULTIPLANE_DATA": str(data)}).open()
        shown.page.locator("#not-started").wait_for()
        assert "multiplane panel install" in shown.page.inner_text("#not-started")


def test_what_is_installed_needs_no_modules(server: Running, data: Path, tmp_path: Path) -> None:
    """In such a Chromium, too: one script of the page's, and one of the host's without includes."""
    extension = tmp_path / "org.multiplane"
    extension.mkdir()
    write_panel(find_sources(), extension)
    assert sorted(path.name for path in (extension / "jsx").rglob("*")) == ["multiplane.jsx"]
    with Client(data) as client:
        client.submit(board(1))
    with open_browser(OLDER_BROWSERS) as browser:
        shown = Shown(browser.new_context(viewport={"width": 320, "height": 700}))
        environment = {"MULTIPLANE_DATA": str(data)}
        program = Program(shown.page, environment=environment, extension=extension)
        program.open()
        card = shown.wait_for("s000", "finished")
        shown.wait_for_end()
        card.get_by_role("button", name="Import").click()
        shown.wait_for_status("s000 is in the project")
        assert [comp.name for comp in program.host.project.compositions] == ["s000"]
        assert program.host.script == extension / "jsx" / "multiplane.jsx"
        assert shown.faults == []


def test_there_is_one_version(manifest: ElementTree.Element) -> None:
    project = tomllib.loads((PANEL.parent / "pyproject.toml").read_text(encoding="utf-8"))
    version = project["project"]["version"]
    assert manifest.get("ExtensionBundleVersion") == version
    assert {one.get("Version") for one in manifest.iterfind("ExtensionList/Extension")} == {version}
    connection = (PANEL / "js" / "server" / "connection.js").read_text(encoding="utf-8")
    assert f'VERSION = "{version}"' in connection
    assert f"PROTOCOL = {PROTOCOL};" in connection


def test_the_server_finds_this_panel() -> None:
    assert panel_folder() == PANEL
