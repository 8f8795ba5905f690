"""The study's two pages: the pairs, and the clock."""

from __future__ import annotations

import json
from collections.abc import Sequence

from multiplane.deliver.markup import text
from multiplane.deliver.web_page import asset, closing, opening
from multiplane_study.blind.study import BlindStudy
from multiplane_study.blind.times import STEPS, WITH_US


def vote_page(study: BlindStudy) -> str:
    """The page that shows one pair after another. It names no row."""
    script = asset(__package__, "vote.js")
    head = opening("Which cut is better?", asset(__package__, "blind.css"), script, served=True)
    return f"""{head}<header>
<h1>Which cut is better?</h1>
<p class="progress" aria-live="off"></p>
</header>
<main>
<form class="start">
<p>You will see {len(study.pairs)} pairs of short films of the same picture, cut into layers in two
ways and filmed with the same move. Say which looks better: edges, holes, parts that stay behind or
come along. You can stop at any time; under the same name you go on where you stopped.</p>
<label for="voter">Your name or number</label>
<input id="voter" maxlength="80" autocomplete="off" spellcheck="false" required autofocus>
<button type="submit">Start <kbd>Enter</kbd></button>
</form>
<section class="pair" hidden aria-label="Two films">
<figure class="left"><div class="film"><img alt="The left film"></div></figure>
<figure class="right"><div class="film"><img alt="The right film"></div></figure>
</section>
<div class="keys" hidden>
<button type="button" data-vote="left"><kbd>1</kbd> Left is better</button>
<button type="button" data-vote="same"><kbd>0</kbd> No difference</button>
<button type="button" data-vote="right"><kbd>2</kbd> Right is better</button>
<button type="button" class="back"><kbd>Backspace</kbd> The one before again</button>
</div>
<section class="end" hidden tabindex="-1"></section>
</main>
<p class="said" role="status" aria-live="polite"></p>
{closing(script)}"""


def timer_page(folder: str, pictures: Sequence[str]) -> str:
    """The page with the clock. folder: where the pictures lie; pictures: their names."""
    script = asset(__package__, "timer.js")
    head = opening("The clock", asset(__package__, "blind.css"), script, served=True)
    options = "".join(f"<option>{text(name)}</option>" for name in pictures)
    named = "".join(
        f'<li><button type="button" data-step="{text(step)}"><kbd>{number}</kbd> {text(step)}'
        "</button></li>"
        for number, step in enumerate(STEPS, start=1)
    )
    steps = text(json.dumps(STEPS))
    return f"""{head}<header>
<h1>A picture to a five-second shot</h1>
</header>
<main data-steps="{steps}">
<form class="start">
<p>Make a parallax shot of five seconds from one picture of <code>{text(folder)}</code>. The clock
runs from Enter until you say that the film is done.</p>
<label for="voter">Your name or number</label>
<input id="voter" maxlength="80" autocomplete="off" spellcheck="false" required autofocus>
<label for="way">Way of working</label>
<input id="way" list="ways" maxlength="80" autocomplete="off" required value="{WITH_US}">
<datalist id="ways"><option>{WITH_US}</option><option>by hand</option>
<option>segmenter-assisted</option></datalist>
<label for="picture">Picture</label>
<select id="picture">{options}</select>
<button type="submit">Start the clock <kbd>Enter</kbd></button>
</form>
<section class="clock" hidden>
<output class="time">0:00</output>
<p class="state"></p>
<ol class="steps">{named}
<li><button type="button" data-step=""><kbd>Space</kbd> another step</button></li></ol>
<div class="keys">
<button type="button" data-event="pause"><kbd>P</kbd> Pause</button>
<button type="button" data-event="done"><kbd>Enter</kbd> The film is done</button>
<button type="button" data-event="given up"><kbd>X</kbd> Give up</button>
</div>
<ol class="log" aria-label="Steps so far"></ol>
</section>
<section class="rate" hidden>
<p>How good is the film? <kbd>1</kbd> bad to <kbd>5</kbd> very good.</p>
</section>
<section class="end" hidden tabindex="-1"></section>
</main>
<p class="said" role="status" aria-live="polite"></p>
{closing(script)}"""
