"""The documentation's pictures of the panel, of the running panel: python -m tests.panel.pictures.

A real server paints three shots with the bundled model (a few minutes, the first time), headless
Chromium shows the panel, and what it shows goes into docs/ as WebP. With `--data FOLDER` the shots
are kept there, and the next time only the pictures are taken.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from multiplane.client import Client
from multiplane.contract.messages_client import GetJob
from multiplane.server.jobs.states import ENDED_JOBS
from tests.outside_programs import OLDER_BROWSERS, open_browser
from tests.panel.reference_pictures import IS_DRAWN
from tests.panel.showing import PANEL, Shown
from tests.server.running import Running, in_a_thread

DOCS = Path(__file__).parents[2] / "docs"
DRAWING = Path(__file__).parents[2] / "examples/drawings/dragon_and_castle.png"
JOB = "pictures-of-the-panel"
BOARD = {
    "title": "The Warrior and the Princess",
    "size": [1280, 720],
    "seed": 7,
    "shots": [
        {
            "id": "00-desert",
            "picture": str(DRAWING),
            "subjects": ["blue dragon", "yellow castle"],
            "style": "flat color",
            "duration": 3,
            "camera": "truck_left",
        },
        {
            "id": "01-forest",
            "prompt": "a red warrior and a pink princess in a forest",
            "style": "ink sketch",
            "seed": 12,
            "takes": 1,
            "duration": 3,
        },
        {
            "id": "02-tent",
            "prompt": "two cats in front of a yellow tent",
            "style": "watercolor",
            "takes": 1,
            "duration": 3,
        },
    ],
}
WIDE, DOCKED = (1200, 760), (340, 760)
_QUALITY = 86


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="keep the server's data here")
    parser.add_argument("--out", type=Path, default=DOCS, help="where the pictures go")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as temporary,
        in_a_thread(options.data or Path(temporary), panel=PANEL) as server,
    ):
        make_shots(server)
        take_all(server, options.out)


def make_shots(server: Running) -> None:
    """Have the storyboard made, or find it made, and wait for its end."""
    with Client(server.data.root) as client:
        client.submit(BOARD, job=JOB)
        while client.ask(GetJob(job=JOB)).job.state not in ENDED_JOBS:
            time.sleep(1.0)


def take_all(server: Running, out: Path) -> None:
    """All pictures into the folder `out`."""
    with open_browser(OLDER_BROWSERS) as browser:
        for name, tool, size in (
            ("panel", "camera", WIDE),
            ("panel_layers", "layers", WIDE),
            ("panel_docked", None, DOCKED),
        ):
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]},
                color_scheme="dark",
                reduced_motion="reduce",
                device_scale_factor=1.5,
            )
            shown = Shown(context)
            shown.open(server)
            shown.page.locator("#foot[data-job=ended]").wait_for()
            if tool is not None:
                shown.page.click(f"#tool-{tool}")
            settle(shown.page)
            save(shown.page, out / f"{name}.webp")
            context.close()


def settle(page: Page) -> None:
    """Until all pictures in sight are there, and nothing is announced any more."""
    page.wait_for_function(
        "() => [...document.images].every((one) => one.complete && (!one.src || one.naturalWidth))"
    )
    page.wait_for_function(IS_DRAWN)
    page.wait_for_timeout(3000)  # canvases tell nobody when they are drawn


def save(page: Page, target: Path) -> None:
    """What the page shows, as WebP."""
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").save(target, "WEBP", quality=_QUALITY, method=6)
    target.chmod(0o644)  # the server makes everything private
    print(target)


if __name__ == "__main__":
    main()
