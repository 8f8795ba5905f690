"""What PNGs say about themselves: read by Pillow, and chunk by chunk."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from multiplane.contract.manifest import ModelEntry
from multiplane.contract.own_version import own_version
from multiplane.deliver.origin import origin
from multiplane.deliver.png import write_depth_png, write_png
from multiplane.deliver.shot import deliver_shot
from multiplane.deliver.xmp import GENERATED, PNG_KEYWORD, packet
from tests.deliver.shots import finished

PROMPTS = [
    "a red warrior in a forest",
    "ein Löwe 🦁 und 戦士, «ça»",
    "quotes \" ' & <b>tags</b> ]]> <?xpacket?>",
    "שלום \u202eabc\u202c עולם",
    "two\nlines\tand a tab",
    "👩‍👩‍👧 " * 400,
]
NAMES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "iptc": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "own": "urn:multiplane:origin:1#",
}
MODEL = ModelEntry(name="storyboard-mini", version="3", seed=7, steps=12, guidance=2.5)


def _chunks(path: Path) -> list[tuple[bytes, bytes]]:
    """Type and data of every chunk; each one's checksum is checked (PNG, 5.3)."""
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, found = 8, []
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        (crc,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert crc == zlib.crc32(kind + body), kind
        found.append((kind, body))
        at += 12 + length
    return found


def _international(body: bytes) -> tuple[str, bool, bytes, str]:
    """Keyword, compressed?, language, text of an iTXt chunk (PNG, 11.3.3.4)."""
    keyword, rest = body.split(b"\0", 1)
    packed, method = rest[0], rest[1]
    assert method == 0
    language, _, raw = rest[2:].split(b"\0", 2)
    return (
        keyword.decode("latin-1"),
        bool(packed),
        language,
        (zlib.decompress(raw) if packed else raw).decode("utf-8"),
    )


def _rdf(text: str) -> ET.Element:
    found = ET.fromstring(text.encode("utf-8")).find("rdf:RDF/rdf:Description", NAMES)
    assert found is not None
    return found


def _value(about: ET.Element, path: str) -> str | None:
    found = about.find(path, NAMES)
    return None if found is None else found.text


def _picture(path: Path, texts: dict[str, str]) -> None:
    write_png(path, np.zeros((4, 5, 4), np.uint8), texts)


def _depth(path: Path, texts: dict[str, str]) -> None:
    write_depth_png(path, np.zeros((4, 5), np.float32), texts)


@pytest.mark.parametrize("write", [_picture, _depth])
@pytest.mark.parametrize("prompt", PROMPTS)
def test_prompt_model_and_seed_come_back(
    tmp_path: Path, write: Callable[[Path, dict[str, str]], None], prompt: str
) -> None:
    path = tmp_path / "a.png"
    write(path, origin("第一カット", prompt, MODEL))

    chunks = _chunks(path)
    kinds = [kind for kind, _ in chunks]
    assert kinds[0] == b"IHDR"
    assert kinds[-1] == b"IEND"
    assert max(i for i, kind in enumerate(kinds) if kind == b"iTXt") < kinds.index(b"IDAT")
    texts = [_international(body) for kind, body in chunks if kind == b"iTXt"]
    by_name = {keyword: text for keyword, _, _, text in texts}
    assert len(by_name) == len(texts)
    assert by_name["Prompt"] == prompt
    assert by_name["Shot"] == "第一カット"
    assert (by_name["Seed"], by_name["Model"], by_name["Model version"]) == (
        "7",
        "storyboard-mini",
        "3",
    )
    # As the XMP specification has it for PNG: one such chunk, not compressed, no language.
    assert [(packed, language) for name, packed, language, _ in texts if name == PNG_KEYWORD] == [
        (False, b"")
    ]
    about = _rdf(by_name[PNG_KEYWORD])
    assert _value(about, "iptc:AIPromptInformation") == prompt
    assert _value(about, "dc:description/rdf:Alt/rdf:li") == prompt
    assert _value(about, "iptc:AISystemUsed") == "storyboard-mini"
    assert _value(about, "iptc:AISystemVersionUsed") == "3"
    assert _value(about, "iptc:DigitalSourceType") == GENERATED
    assert _value(about, "xmp:CreatorTool") == f"Multiplane {own_version()}"
    assert _value(about, "own:Seed") == "7"

    with Image.open(path) as picture:
        picture.load()
        assert picture.info["Prompt"] == prompt
        assert picture.info["Seed"] == "7"
        assert ET.fromstring(picture.info[PNG_KEYWORD].encode("utf-8")) is not None


def test_the_packet_is_wrapped_and_its_properties_have_their_usual_prefixes() -> None:
    text = packet(origin("one", "a dog", MODEL) | {"Title": "dog"})
    assert text.startswith('<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>')
    assert text.endswith('<?xpacket end="r"?>')
    for expected in ("<x:xmpmeta", "<rdf:RDF", 'rdf:about=""', "<Iptc4xmpExt:AISystemUsed>"):
        assert expected in text
    about = _rdf(text)
    assert _value(about, "dc:title/rdf:Alt/rdf:li") == "dog"
    language = about.find("dc:title/rdf:Alt/rdf:li", NAMES)
    assert language is not None
    assert list(language.attrib.values()) == ["x-default"]


def test_what_xml_and_utf8_cannot_hold_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_png(path, np.zeros((2, 2, 3), np.uint8), {"Prompt": "a\0b\x1bc\ud800d\ufffee"})
    texts = {
        name: text
        for name, _, _, text in (
            _international(body) for kind, body in _chunks(path) if kind == b"iTXt"
        )
    }
    assert texts["Prompt"] == "ab\x1bc?d\ufffee"
    assert _value(_rdf(texts[PNG_KEYWORD]), "iptc:AIPromptInformation") == "abcde"


def test_a_drawing_does_not_pass_for_a_models_picture(tmp_path: Path) -> None:
    about = _rdf(packet(origin("one", None, ModelEntry(name="drawing"))))
    for path in ("iptc:DigitalSourceType", "iptc:AIPromptInformation", "own:Seed"):
        assert _value(about, path) is None
    assert _value(about, "own:Shot") == "one"
    write_png(tmp_path / "a.png", np.zeros((2, 2, 3), np.uint8))
    assert not [kind for kind, _ in _chunks(tmp_path / "a.png") if kind == b"iTXt"]


def test_every_picture_of_a_shot_has_it(tmp_path: Path) -> None:
    manifest = deliver_shot(tmp_path / "s", finished(("戦士",), prompt="ein Löwe 🦁"))
    files = [manifest.files.picture, str(manifest.files.depth)]
    for file in [*files, *(layer.file for layer in manifest.layers)]:
        with Image.open(tmp_path / "s" / file) as picture:
            about = _rdf(picture.info[PNG_KEYWORD])
        assert _value(about, "iptc:AIPromptInformation") == "ein Löwe 🦁"
    assert _value(about, "dc:title/rdf:Alt/rdf:li") == "戦士"
