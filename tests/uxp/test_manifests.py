"""What Adobe's programs read first: the CEP manifest and the UXP ones, by Adobe's own rules."""

from __future__ import annotations

import copy
import json
import re
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from multiplane.panel.sources import MANIFEST, find_sources
from multiplane.panel.uxp import PLUGINS, manifest
from tests.uxp.bundles import PANEL

ROOT = PANEL.parent
VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

# ---- CEP. Rules: ExtensionManifest_v_7_0.xsd and the CEP 11 and 12 HTML Extension Cookbooks
# (Adobe-CEP/CEP-Resources), and the host ids in their list of applications.

ORDER = ["Author", "Contact", "Legal", "Abstract", "ExtensionList", "ExecutionEnvironment"]
ORDER += ["DispatchInfoList"]
ENVIRONMENT = ["HostList", "LocaleList", "RequiredRuntimeList"]
NAME = re.compile(r"[A-Za-z0-9._\-]+")
NUMBER = re.compile(r"\d{1,9}(\.\d{1,9}){0,3}")
RANGE = re.compile(r"\[(\d+\.\d+),(\d+\.\d+(?:\.\d+)?)\]")
CSXS_11, CSXS_12 = (11, 0), (12, 0)
NEEDS = {"AEFT": ((18, 4), (26, 9)), "PPRO": ((15, 4), (25, 5))}
"""From the first with CEP 11 to those of today, or to the last without UXP."""


def cep_faults(text: str, panel: Path) -> list[str]:
    """Everything that is wrong with a CEP manifest."""
    return list(_cep_faults(ElementTree.fromstring(text), panel))


def _cep_faults(root: ElementTree.Element, panel: Path) -> Iterator[str]:
    if root.tag != "ExtensionManifest" or root.get("Version") != "7.0":
        yield "the root is ExtensionManifest, Version 7.0"
    if not NAME.fullmatch(root.get("ExtensionBundleId", "")):
        yield "ExtensionBundleId"
    if not NUMBER.fullmatch(root.get("ExtensionBundleVersion", "")):
        yield "ExtensionBundleVersion"
    names = [one.tag for one in root]
    if names != [one for one in ORDER if one in names] or not set(ORDER[4:]) <= set(names):
        yield f"order of {names}"
        return
    listed = [one.get("Id") for one in root.findall("ExtensionList/Extension")]
    dispatched = [one.get("Id") for one in root.findall("DispatchInfoList/Extension")]
    if not listed or listed != dispatched or len(set(listed)) != len(listed):
        yield f"extensions {listed} and {dispatched}"
    versions = [one.get("Version") for one in root.findall("ExtensionList/Extension")]
    if {root.get("ExtensionBundleVersion"), *versions} != {VERSION}:
        yield f"version {root.get('ExtensionBundleVersion')}, {versions}"
    if [one.tag for one in root.findall("ExecutionEnvironment/*")] != ENVIRONMENT:
        yield "ExecutionEnvironment"
    yield from _host_faults(root)
    for extension in root.findall("DispatchInfoList/Extension"):
        yield from _dispatch_faults(extension, panel)


def _host_faults(root: ElementTree.Element) -> Iterator[str]:
    hosts = {one.get("Name"): one for one in root.iter("Host")}
    if set(hosts) != set(NEEDS):
        yield f"hosts {sorted(map(str, hosts))}"
        return
    for name, (first, last) in NEEDS.items():
        found = RANGE.fullmatch(hosts[name].get("Version", ""))
        if not found or _numbers(found[1]) > first or _numbers(found[2]) < last:
            yield f"versions of {name}"
    uxp = json.loads((PANEL / "uxp" / "premiere.json").read_text(encoding="utf-8"))
    found = RANGE.fullmatch(hosts["PPRO"].get("Version", ""))
    if found and _numbers(found[2])[:2] >= _numbers(uxp["host"]["minVersion"])[:2]:
        yield "two panels of one name in Premiere"
    runtimes = [(one.get("Name"), one.get("Version", "")) for one in root.iter("RequiredRuntime")]
    # "Version" is the least one, so that of CEP 11 takes 12 as well.
    if [name for name, _ in runtimes] != ["CSXS"] or not _numbers(runtimes[0][1]) <= CSXS_11:
        yield f"runtimes {runtimes}"
    if not any(one.get("Code") == "All" for one in root.iter("Locale")):
        yield "locales"


def _dispatch_faults(extension: ElementTree.Element, panel: Path) -> Iterator[str]:
    main = extension.findtext(".//Resources/MainPath", "")
    paths = [main, *(one.text or "" for one in extension.iter("Icon"))]
    paths += [one.text or "" for one in extension.iter("ScriptPath")]
    for path in paths:
        if "#" in path or not path.startswith("./") or not (panel / path).is_file():
            yield f"path {path!r}"
    flags = [one.text for one in extension.iter("Parameter")]
    for flag in ("--enable-nodejs", "--mixed-context", "--allow-file-access-from-files"):
        if flag not in flags:
            yield f"flag {flag}"
    if extension.findtext(".//UI/Type") != "Panel" or not extension.findtext(".//UI/Menu"):
        yield "UI"
    for size in ("Size", "MinSize"):
        for side in ("Width", "Height"):
            value = extension.findtext(f".//Geometry/{size}/{side}", "")
            if not value.isdigit() or not 50 <= int(value) <= 5000:
                yield f"{size}/{side}"


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(one) for one in text.split("."))


def test_the_cep_manifest() -> None:
    assert cep_faults((PANEL / MANIFEST).read_text(encoding="utf-8"), PANEL) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('Version="7.0"', 'Version="4.0"'),
        ('ExtensionBundleId="org.multiplane"', 'ExtensionBundleId="org multiplane"'),
        (f'ExtensionBundleVersion="{VERSION}"', 'ExtensionBundleVersion="9.9.9"'),
        ('Id="org.multiplane.panel" Version', 'Id="org.multiplane.other" Version'),
        ('Host Name="AEFT"', 'Host Name="AEFX"'),
        ("[18.4,99.9]", "[22.0,99.9]"),
        ("[15.4,25.5.9]", "15.4"),
        ("[15.4,25.5.9]", "[15.4,25.4]"),
        ("[15.4,25.5.9]", "[15.4,25.6]"),
        ("[15.4,25.5.9]", "[15.4,99.9]"),
        ('Name="CSXS" Version="11.0"', 'Name="CSXS" Version="12.0"'),
        ("./index.html", "./main.html"),
        ("--enable-nodejs", "--enable-node"),
        ("<Type>Panel</Type>", "<Type>Dialog</Type>"),
        ("<Width>380</Width>", "<Width>wide</Width>"),
        ("<LocaleList>", "<Locales>"),
    ],
)
def test_a_wrong_cep_manifest_is_found(right: str, wrong: str) -> None:
    text = (PANEL / MANIFEST).read_text(encoding="utf-8")
    assert right in text
    text = text.replace(right, wrong, 1)
    if right == "<LocaleList>":
        text = text.replace("</LocaleList>", "</Locales>")
    assert cep_faults(text, PANEL)


def test_one_version_everywhere() -> None:
    script = (ROOT / "jsx/project/tags.jsx").read_text(encoding="utf-8")
    script += (ROOT / "jsx/multiplane.jsx").read_text(encoding="utf-8")
    assert f'multiplane.VERSION = "{VERSION}";' in script


# ---- UXP. Rules: Adobe's page "Manifest" (AdobeDocs/uxp-hub, guides/explanation/concepts).
# "aftereffects" is not on it yet; Adobe's own plugin in the beta has it.

REQUIRED = {"manifestVersion", "id", "name", "version", "host", "entrypoints"}
OPTIONAL = {"main", "icons", "strings", "requiredPermissions", "featureFlags", "addon"}
APPS = {"PS", "ID", "premierepro", "ame", "aftereffects"}
ENTRY = {"type", "id", "label", "description", "shortcut", "icon", "icons"}
SIZES = ("minimumSize", "maximumSize", "preferredDockedSize", "preferredFloatingSize")
PERMISSIONS = {
    "clipboard", "localFileSystem", "network", "webview", "launchProcess",
    "allowCodeGenerationFromStrings", "enableUserInfo", "ipc", "enableAddon",
}  # fmt: skip
TRIPLE = re.compile(r"\d+\.\d+\.\d+")
URL = re.compile(r"(https?|wss?)://[a-z0-9.\-*]+(:\d{1,5})?/?")


def uxp_faults(document: dict[str, Any]) -> list[str]:
    """Everything that is wrong with a UXP manifest."""
    return list(_uxp_faults(document))


def _uxp_faults(document: dict[str, Any]) -> Iterator[str]:
    if not set(document) >= REQUIRED or not set(document) <= REQUIRED | OPTIONAL:
        yield f"keys {sorted(set(document) ^ REQUIRED)}"
        return
    if document["manifestVersion"] != 5:
        yield "manifestVersion"
    if not NAME.fullmatch(document["id"]) or not document["name"]:
        yield "id or name"
    if not TRIPLE.fullmatch(document["version"]):
        yield "version"
    host = document["host"]
    # A list of hosts is for development only.
    if not isinstance(host, dict) or host.get("app") not in APPS:
        yield "host"
    elif set(host) - {"app", "minVersion", "maxVersion"} or not TRIPLE.fullmatch(
        str(host.get("minVersion"))
    ):
        yield "host's versions"
    if not str(document.get("main", "main.js")).endswith((".js", ".html")):
        yield "main"
    yield from _entry_faults(document["entrypoints"])
    yield from _permission_faults(document.get("requiredPermissions", {}))


def _entry_faults(entries: list[dict[str, Any]]) -> Iterator[str]:
    ids = [entry.get("id") for entry in entries]
    if not ids or None in ids or len(set(ids)) != len(ids):
        yield "ids of entrypoints"
    for entry in entries:
        if set(entry) - ENTRY - set(SIZES) or entry.get("type") not in ("panel", "command"):
            yield "entrypoint"
        label = entry.get("label")
        if not label or (isinstance(label, dict) and "default" not in label):
            yield "label"
        for name in SIZES:
            size = entry.get(name, {"width": 1, "height": 1})
            if set(size) != {"width", "height"} or not all(
                isinstance(value, int) and value > 0 for value in size.values()
            ):
                yield name
                return
        for name in SIZES[2:]:
            if name in entry and "minimumSize" in entry:
                small = entry["minimumSize"]
                if any(entry[name][side] < small[side] for side in small):
                    yield f"{name} is below minimumSize"


def _permission_faults(given: dict[str, Any]) -> Iterator[str]:
    if set(given) - PERMISSIONS:
        yield f"permissions {sorted(set(given) - PERMISSIONS)}"
    if given.get("localFileSystem", "plugin") not in ("plugin", "request", "fullAccess"):
        yield "localFileSystem"
    domains = given.get("network", {}).get("domains", "all")
    # "all" counts only as a bare text, and a domain only with its scheme.
    if domains != "all" and not (
        isinstance(domains, list)
        and domains
        and all(URL.fullmatch(str(domain)) for domain in domains)
    ):
        yield "network.domains"


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda one: one.name)
def test_the_uxp_manifests(plugin: Any) -> None:
    document = manifest(find_sources(), plugin, port=9100)
    assert uxp_faults(document) == []
    assert document["version"] == VERSION
    permissions: Any = document["requiredPermissions"]
    assert "ws://127.0.0.1:9100" in permissions["network"]["domains"]
    # Nothing is run from texts: the scripts come as a module.
    assert "allowCodeGenerationFromStrings" not in permissions


def test_each_plugin_has_its_own_id() -> None:
    documents = [manifest(find_sources(), plugin) for plugin in PLUGINS]
    assert len({str(document["id"]) for document in documents}) == len(documents)
    apps = {json.dumps(document["host"], sort_keys=True) for document in documents}
    assert apps == {
        '{"app": "aftereffects", "minVersion": "27.0.0"}',
        '{"app": "premierepro", "minVersion": "25.6.0"}',
    }


def _set(*path: Any) -> Callable[[Any], None]:
    *way, last, value = path

    def change(document: Any) -> None:
        for one in way:
            document = document[one]
        document[last] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set("manifestVersion", 4),
        _set("id", "a b"),
        _set("version", "0.1"),
        _set("host", [{"app": "premierepro", "minVersion": "25.6.0"}]),
        _set("host", "app", "PPRO"),
        _set("host", "minVersion", "25"),
        _set("main", "index.htm"),
        _set("permissions", {}),
        _set("entrypoints", []),
        _set("entrypoints", 0, "type", "dialog"),
        _set("entrypoints", 0, "label", {}),
        _set("entrypoints", 0, "minimumSize", "width", 9999),
        _set("requiredPermissions", "network", "domains", ["127.0.0.1:8472"]),
        _set("requiredPermissions", "network", "domains", ["all", "http://localhost"]),
        _set("requiredPermissions", "localFileSystem", "full"),
        _set("requiredPermissions", "filesystem", "fullAccess"),
    ],
)
def test_a_wrong_uxp_manifest_is_found(change: Callable[[Any], None]) -> None:
    document = copy.deepcopy(manifest(find_sources(), PLUGINS[0]))
    change(document)
    assert uxp_faults(document)
