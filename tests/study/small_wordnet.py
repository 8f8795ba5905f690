"""A WordNet of our own with a handful of nouns, in the form of its database files."""

from __future__ import annotations

from pathlib import Path

# offset: (file's number, lemmas, offsets above, explanation)
SYNSETS = {
    "00000001": (3, ["entity"], [], "that which exists"),
    "00000002": (5, ["animal", "beast"], ["00000001"], "a living creature that moves"),
    "00000003": (5, ["cat"], ["00000002"], "a hunting animal with soft fur and claws"),
    "00000004": (5, ["lion"], ["00000003"], "large cat with fur and claws"),
    "00000005": (5, ["tiger"], ["00000003"], "large cat with stripes, fur and claws"),
    "00000006": (6, ["vehicle"], ["00000001"], "a machine that carries people"),
    "00000007": (6, ["ferry"], ["00000006"], "a boat that carries people and cars"),
    "00000008": (6, ["boat"], ["00000006"], "a small vessel that carries people on water"),
    "00000009": (18, ["lout"], ["00000001"], "an offensive word for a person"),
    "00000010": (9, ["danger"], ["00000001"], "the condition of being exposed"),
}


def put_wordnet(folder: Path) -> Path:
    """Write `data.noun`, `index.noun` and `index.sense` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    licence = "  1 This software is a test's.\n"
    data, index, senses = [licence], [licence], []
    for offset, (file, lemmas, above, explanation) in SYNSETS.items():
        words = " ".join(f"{lemma} 0" for lemma in lemmas)
        pointers = " ".join(f"@ {parent} n 0000" for parent in above)
        data.append(
            f"{offset} {file:02d} n {len(lemmas):02x} {words} {len(above):03d} {pointers} "
            f"| {explanation}\n"
        )
        for lemma in lemmas:
            index.append(f"{lemma} n 1 1 @ 1 1 {offset}\n")
            senses.append(f"{lemma}%1:{file:02d}:00:: {offset} 1 5\n")
    for name, lines in (("data.noun", data), ("index.noun", index), ("index.sense", senses)):
        (folder / name).write_text("".join(lines), "utf-8")
    return folder
