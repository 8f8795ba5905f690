"""Screenplays become shots: Fountain by its library, Final Draft by its XML."""

from __future__ import annotations

from pathlib import Path

import pytest

from multiplane.contract.errors import InputError
from multiplane.contract.storyboard import Shot
from multiplane.intake.read_storyboard import read_storyboard

FOUNTAIN = """\
Title: _**The Lantern**_
Author: Somebody

Before everything, fog.

# Act one

INT. CASTLE - NIGHT #1A#

= Mira finds the lantern.

A *warrior* walks through the hall. [[Look from above]] She carries a **lantern**.

Rain.

MIRA (V.O.)
(quietly)
Who lit this?
It was dark for years.

CUT TO:

EXT. BEACH - DAY

/* A dragon that was
taken out */

INT. TENT - CONTINUOUS

THE WIZARD
I did.
"""
FDX = """\
<?xml version="1.0" encoding="UTF-8" standalone="no" ?>
<FinalDraft DocumentType="Script" Template="No" Version="5">
<Content>
<Paragraph Number="7" Type="Scene Heading"><Text>EXT. BEACH – DAY</Text></Paragraph>
<Paragraph Type="Action"><Text>A </Text><Text Style="Bold">blue dragon</Text><Text> lands.</Text>
<ScriptNote><Paragraph><Text>slow</Text></Paragraph></ScriptNote></Paragraph>
<Paragraph Type="Character"><Text>MIRA</Text></Paragraph>
<Paragraph Type="Dialogue"><Text>Größe &amp; Ruhe.</Text></Paragraph>
<Paragraph Type="Cast List"><Text>Nobody.</Text></Paragraph>
</Content>
<TitlePage><Content><Paragraph><Text> </Text></Paragraph>
<Paragraph><Text>The Lantern</Text></Paragraph></Content></TitlePage>
</FinalDraft>
"""


def read(folder: Path, name: str, text: str) -> tuple[str, list[Shot], list[str]]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    loaded = read_storyboard(path)
    assert loaded.shots_errors == {}
    told = [str(notice) for notice in loaded.warnings]
    return loaded.storyboard.title, loaded.storyboard.shots, told


def test_fountain_gives_a_shot_for_each_paragraph_of_action(tmp_path: Path) -> None:
    title, shots, told = read(tmp_path, "lantern.fountain", FOUNTAIN)
    assert title == "The Lantern"
    assert [(shot.id, shot.prompt) for shot in shots] == [
        ("sc00-01", "Before everything, fog"),
        ("sc1A-01", "A warrior walks through the hall. She carries a lantern, castle, night"),
        ("sc1A-02", "Rain, castle, night"),
        ("sc02-01", "beach, day"),
        ("sc03-01", "The Wizard, speaking, tent"),
    ]
    assert shots[2].dialogue == "MIRA: (quietly)\nMIRA: Who lit this? It was dark for years."
    assert shots[4].dialogue == "THE WIZARD: I did."
    assert shots[1].notes == "INT. CASTLE - NIGHT\nLook from above"
    assert shots[2].notes == "CUT TO:"
    assert [shot.scene for shot in shots] == [
        None, "1A INT. CASTLE - NIGHT", "1A INT. CASTLE - NIGHT", "2 EXT. BEACH - DAY",
        "3 INT. TENT - CONTINUOUS",
    ]  # fmt: skip
    assert any("3 sections, synopses" in text for text in told)


def test_lengths_go_by_the_page_rule(tmp_path: Path) -> None:
    page = "\n\n".join("A warrior waits by the sea and looks." for _ in range(27))
    _, shots, _ = read(tmp_path, "page.fountain", f"INT. CASTLE - DAY\n\n{page}\n")
    # Half of its lines are blank: the page has 27 paragraphs of a line, and the heading.
    assert len(shots) == 27
    assert sum(shot.duration for shot in shots) == pytest.approx(60, abs=8)
    long = " ".join(["A warrior waits by the sea and looks."] * 20)
    _, (shot,), _ = read(tmp_path, "long.fountain", f"INT. CASTLE - DAY\n\n{long}\n")
    assert shot.duration == pytest.approx((13 + 1 + 2) * 60 / 55, abs=1.2)


def test_final_draft_is_read_with_all_its_runs(tmp_path: Path) -> None:
    title, shots, told = read(tmp_path, "lantern.fdx", FDX)
    assert title == "The Lantern"
    assert [(shot.id, shot.prompt) for shot in shots] == [
        ("sc7-01", "A blue dragon lands, beach, day"),
        ("sc7-02", "Nobody, beach, day"),
    ]
    assert shots[0].dialogue == "MIRA: Größe & Ruhe."
    assert shots[0].notes == "EXT. BEACH – DAY\nslow"
    assert any("'Cast List'" in text for text in told)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("broken.fdx", "<FinalDraft><Content>", "storyboard.script.unreadable"),
        ("empty.fdx", "<FinalDraft><Content/></FinalDraft>", "storyboard.script.empty"),
        ("empty.fountain", "Title: Nothing\n\n", "storyboard.script.empty"),
    ],
)
def test_what_is_no_screenplay_is_refused(tmp_path: Path, name: str, text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, name, text)
    assert caught.value.code == code
    assert caught.value.remedy
