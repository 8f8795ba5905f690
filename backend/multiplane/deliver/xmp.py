"""Where a picture comes from as XMP, the form that Photoshop, Bridge and archives read.

Adobe, XMP specification parts 1 and 3 (packet, PNG chunk, PSD resource); IPTC Photo Metadata 2025.1
(`Iptc4xmpExt`: what a generative model was asked, and that one made the picture).
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping

PNG_KEYWORD = "XML:com.adobe.xmp"
OWN_NAMESPACE = "urn:multiplane:origin:1#"
GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's term for a picture that a trained model made."""

_NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xml": "http://www.w3.org/XML/1998/namespace",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "multiplane": OWN_NAMESPACE,
}
_PLAIN = {
    "Software": "xmp:CreatorTool",
    "Prompt": "Iptc4xmpExt:AIPromptInformation",
    "Model": "Iptc4xmpExt:AISystemUsed",
    "Model version": "Iptc4xmpExt:AISystemVersionUsed",
    "Shot": "multiplane:Shot",
    "Seed": "multiplane:Seed",
    "Steps": "multiplane:Steps",
    "Guidance": "multiplane:Guidance",
}
"""Properties with one text as their value, by what `origin` calls it."""
_IN_LANGUAGES = {"Title": "dc:title", "Prompt": "dc:description"}
"""Properties whose value may be in several languages; ours has the default one only."""
# What XML 1.0 cannot hold, not even escaped (production [2] Char).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def packet(origin: Mapping[str, str]) -> str:
    """The XMP packet of an origin (keyword -> text, as `deliver.origin` has it); UTF-8 by intent.

    Characters that XML does not allow are left out. A picture with a prompt is marked as made by
    a model; one without says nothing about it.
    """
    for prefix, uri in _NAMESPACES.items():
        ET.register_namespace(prefix, uri)
    meta = ET.Element(_name("x:xmpmeta"))
    graph = ET.SubElement(meta, _name("rdf:RDF"))
    about = ET.SubElement(graph, _name("rdf:Description"), {_name("rdf:about"): ""})
    for keyword, tag in _PLAIN.items():
        if keyword in origin:
            ET.SubElement(about, _name(tag)).text = _clean(origin[keyword])
    for keyword, tag in _IN_LANGUAGES.items():
        if keyword in origin:
            choice = ET.SubElement(ET.SubElement(about, _name(tag)), _name("rdf:Alt"))
            item = ET.SubElement(choice, _name("rdf:li"), {_name("xml:lang"): "x-default"})
            item.text = _clean(origin[keyword])
    if "Prompt" in origin:
        ET.SubElement(about, _name("Iptc4xmpExt:DigitalSourceType")).text = GENERATED
    body = ET.tostring(meta, encoding="unicode")
    return f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n{body}\n<?xpacket end="r"?>'


def _name(prefixed: str) -> str:
    prefix, _, local = prefixed.partition(":")
    return f"{{{_NAMESPACES[prefix]}}}{local}"


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)
