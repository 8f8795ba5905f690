"""What cuts are worth: figures, tables and the report of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from multiplane.contract.known_names import unknown_name
from multiplane_study.commands.options import DepthModel, Device, JsonFile, Kept, Limit, Model
from multiplane_study.terminal import counting, finish, say


def quality(
    limit: Limit = None,
    set_: Annotated[
        str,
        typer.Option(
            "--set",
            help="stylized: scenes that the project draws; 500: StylizedBench-500; artists: "
            "drawings of an artist that nothing learnt from; artists-tuning: of another, to choose "
            "settings on; coco-stuff:FOLDER and coco-panoptic:FOLDER: a thousand photographs; or a "
            "folder with mattes of one's own.",
        ),
    ] = "stylized",
    scenes: Annotated[
        int | None,
        typer.Option("--scenes", help="Only the first so many; the same as --limit.", min=1),
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", help="Noise seeds.", min=1, max=10)] = 3,
    layers_every: Annotated[
        int,
        typer.Option(
            "--layers-every",
            help="Build layers of every so many-th scene, for what they hide.",
            min=1,
        ),
    ] = 1,
    films: Annotated[
        int, typer.Option("--films", help="Scenes of which every move is filmed.", min=0)
    ] = 5,
    rows: Annotated[
        list[str] | None,
        typer.Option("--row", help="Only this method, beside ours; repeatable."),
    ] = None,
    beside: Annotated[
        list[str] | None,
        typer.Option(
            "--beside",
            help="Another model's folder, as further methods; repeatable. NAME=FOLDER calls them "
            "so.",
        ),
    ] = None,
    protocol: Annotated[
        str,
        typer.Option(
            "--protocol",
            help="Of 500: drawn (its pictures, exact truth), or generated (its prompts are "
            "painted; truth by the judge, whose own error is told and corrected for).",
        ),
    ] = "drawn",
    kept: Kept = Path("out/bench"),
    found: Annotated[
        bool,
        typer.Option("--found", help="Of the artists' drawings: what is found without any word."),
    ] = False,
    model: Model = "storyboard-mini",
    depth_model: DepthModel = "storyboard-mini-depth",
    device: Device = "auto",
    json_file: JsonFile = None,
) -> None:
    """Measure masks, mattes, order, layers and doubt on held-out scenes; every method on the same.

    Ours, the paper's, DAAM-style, GrabCut and SLIC with the true boxes, and SAM 2, SAM + CLIP,
    CLIPSeg and Grounding DINO where their weights have been pulled: in one run, with intervals and
    paired tests. Stopped, the same command goes on. For a quick look: --row paper --seeds 1
    --layers-every 20 --films 0.

    --limit: how many scenes (of stylized 100 by default, even over the styles; of the others all:
    500, and the artists' 400, half with concepts that training knows). The artists' drawings come
    by `multiplane study artwork get`. A FOLDER has a folder for every picture: picture.png, a PNG
    matte for each subject, numbered back to front ("1 red dog.png"), optionally caption.txt; or
    layered PSD files. COCO's archives are unpacked as they are: val2017/ and annotations/ in one
    FOLDER.

    multiplane study quality --limit 10 --row paper --seeds 1 --layers-every 20 --films 0
    multiplane study quality --set artists --json reports/artists.json
    """
    from multiplane.models.load import choose_depth, load_depth
    from multiplane_study.artists.found import measure_found
    from multiplane_study.artwork.catalogue import Catalogue
    from multiplane_study.bench.command import BenchOptions, run_bench
    from multiplane_study.bench.sets import ARTISTS

    if found:
        if set_ not in ARTISTS:
            raise unknown_name(
                "study.set_unknown", "set for --found", set_, [*ARTISTS], field="--set"
            )
        catalogue = Catalogue(artists=[ARTISTS[set_].artist])
        depth = load_depth(choose_depth(depth_model), device)
        with counting("scenes") as on_scene:
            result = measure_found(
                depth, catalogue, ARTISTS[set_], limit=scenes or limit, on_scene=on_scene
            )
        return finish(result.report(), json_file)
    options = BenchOptions(
        set_, scenes or limit, seeds, layers_every, films, tuple(rows or ()),
        tuple(beside or ()), kept, protocol,
    )  # fmt: skip
    with counting("scenes") as on_scene:
        report = run_bench(options, model, depth_model, device, on_scene, say)
    finish(report, json_file)


def ablations(
    set_: Annotated[
        str,
        typer.Option(
            "--set",
            help="As quality's --set has it.",
        ),
    ] = "500",
    scenes: Annotated[
        int, typer.Option("--scenes", help="Only the first so many; the same as --limit.", min=1)
    ] = 15,
    limit: Annotated[int | None, typer.Option("--limit", help="Use only so many.", min=1)] = None,
    seeds: Annotated[int, typer.Option("--seeds", help="Noise seeds.", min=1, max=10)] = 1,
    only: Annotated[
        str | None, typer.Option("--only", help="Only these axes, with commas between them.")
    ] = None,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep/--dry-run",
            help="Write learnt weights of heads into the model's profile.json where they are "
            "surely better; calibrate it anew then.",
        ),
    ] = False,
    kept: Kept = Path("out/ablations"),
    model: Model = "storyboard-mini",
    depth_model: DepthModel = "storyboard-mini-depth",
    device: Device = "auto",
    json_file: JsonFile = None,
) -> None:
    """Change one setting at a time, and measure what it is worth: for any model.

    --scenes: a row takes about a second a scene, and there are some fifty rows. Axes: layers (every
    block by itself), sigma (noise levels), heads (single best, mean, maximum, learnt weights),
    draws, propagation, direction (image to text, text to image, output space), tokens (of a phrase:
    all, last, learnt weights), competition, refinement, depth (what the order comes from); and
    boards: whether the background plates of two boards of one scene agree. All rows see the same
    scenes, with intervals and paired tests against the model's own settings. What is
    learnt is learnt on tuning scenes. Stopped, the same command goes on. `multiplane study report`
    plots the file that --json writes.

    multiplane study ablations --scenes 20 --only sigma,heads
    multiplane study ablations --set artists --json reports/ablations.json
    """
    from multiplane_study.ablations.command import AblationOptions, run_ablations

    names = tuple(one.strip() for one in (only or "").split(",") if one.strip())
    options = AblationOptions(set_, limit or scenes, seeds, names, kept, keep)
    with counting("scenes") as on_scene:
        report = run_ablations(options, model, depth_model, device, on_scene, say)
    finish(report, json_file)


def report(
    reports: Annotated[
        Path, typer.Option("--reports", help="The folder with the result files.")
    ] = Path("reports"),
    out: Annotated[Path, typer.Option("--out", "-o", help="HTML to write.")] = Path(
        "out/report.html"
    ),
    strips: Annotated[
        bool, typer.Option("--strips/--no-strips", help="Show pictures and what was cut of them.")
    ] = True,
    kept: Annotated[
        Path, typer.Option("--kept", help="Where strips are kept for the next time.")
    ] = Path("out/report-strips"),
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="NAME=SET: where the pictures of a result's set NAME are, SET as quality's --set "
            "has it; repeatable. Not needed for StylizedBench-500.",
        ),
    ] = None,
    model: Model = "storyboard-mini",
    depth_model: DepthModel = "storyboard-mini-depth",
    device: Device = "auto",
) -> None:
    """Write one HTML file of all results: tables with intervals, plots, pictures, the worst twenty.

    It holds everything that it shows, opens from the disk, in light and dark. Pictures beside what
    the paper's method, DAAM-style and ours cut of them are made anew (about a minute for ten) and
    kept.

    multiplane study report --reports reports -o reports/report.html
    """
    from multiplane_study.html_report.command import run_report

    named = dict(one.split("=", 1) for one in sets or () if "=" in one)
    with counting("strips") as on_strip:
        found = run_report(
            reports, out, strips=strips, kept=kept, sets=named, model=model,
            depth_model=depth_model, device=device, on_strip=on_strip,
        )  # fmt: skip
    print(f"{len(found.benches)} results of the bench, {len(found.others)} others: {out}")


def reproduce(
    reports: Annotated[
        Path, typer.Option("--reports", help="The folder that result files are written into.")
    ] = Path("reports"),
    hours: Annotated[
        float, typer.Option("--hours", help="At most so long; what comes last is left out.", min=0)
    ] = 3.0,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Only this study; repeatable.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would be run.")] = False,
    anew: Annotated[bool, typer.Option("--anew", help="Also what is done already.")] = False,
    kept: Annotated[
        Path, typer.Option("--kept", help="Where logs lie, and what is done is written down.")
    ] = Path("out/reproduce"),
    docs: Annotated[
        Path | None,
        typer.Option(
            "--docs", help="A checkout whose texts get their marked figures from the results."
        ),
    ] = None,
) -> None:
    """Measure everything into reports/, with the bundled model: at most three hours on two cores.

    Says its plan with estimates first. Stopped, or out of time, the same command goes on; what is
    done with the same code stays. At the end one HTML report of all is written, and with --docs .
    the figures in README, docs and model cards that come from the results.

    multiplane study reproduce --plan
    multiplane study reproduce --hours 1
    """
    from multiplane_study.html_report.command import run_report
    from multiplane_study.reported import refresh, texts_of
    from multiplane_study.reproduce import STEPS, Reproduction, plan_report

    known = [step.name for step in STEPS]
    for name in only or ():
        if name not in known:
            raise unknown_name("study.step_unknown", "study", name, known, field="--only")
    steps = [step for step in STEPS if not only or step.name in only]
    kept.mkdir(parents=True, exist_ok=True)
    reports.mkdir(parents=True, exist_ok=True)
    run = Reproduction(steps, reports, kept, hours, anew=anew)
    plan_report(run.plan(), hours).show()
    if plan:
        return
    outcomes = run.run(say)
    with counting("strips") as on_strip:
        run_report(
            reports, kept / "report.html", strips=True, kept=kept / "strips", sets={},
            model="storyboard-mini", depth_model="storyboard-mini-depth", device="auto",
            on_strip=on_strip,
        )  # fmt: skip
    for path in refresh(texts_of(docs), reports) if docs else ():
        print(f"Figures written anew: {path}")
    for name, outcome in outcomes.items():
        print(f"{name}: {outcome}")
    print(f"Report: {kept / 'report.html'}")
    if {"failed", "out of time"} & set(outcomes.values()):
        raise typer.Exit(1)


def layers(
    benchmark: Annotated[str, typer.Argument(help="crello or reflade.")],
    folder: Annotated[Path, typer.Argument(help="Where its data lie.")],
    answers: Annotated[
        list[Path] | None,
        typer.Option(
            "--answers",
            help="Of crello: layers that another program made, a folder for each design; "
            "repeatable.",
        ),
    ] = None,
    limit: Limit = None,
    model: Model = "storyboard-mini",
    depth_model: DepthModel = "storyboard-mini-depth",
    device: Device = "auto",
    json_file: JsonFile = None,
) -> None:
    """Measure layers on public benchmarks: Crello by LayerD's edit distance, RefLade's layers.

    Neither comes with Multiplane; without the data it is said where they are. Designs have no
    words, so what stands out is cut. A layer of RefLade is that of its prompt, with what the
    picture hides of it; its own preference score is not computed.

    multiplane study layers crello data/crello --limit 50
    """
    from multiplane.models.load import choose, choose_depth, load_depth, load_reading
    from multiplane_study.layered import measure
    from multiplane_study.layered.crello import Crello
    from multiplane_study.layered.reflade import RefLade

    known = ["crello", "reflade"]
    if benchmark not in known:
        raise unknown_name("study.set_unknown", "benchmark", benchmark, known, field="BENCHMARK")
    data = Crello(folder) if benchmark == "crello" else RefLade(folder)
    depth = load_depth(choose_depth(depth_model), device)
    with counting("designs") as on_design:
        if isinstance(data, Crello):
            makers = {
                "multiplane, without words": measure.found_layers(depth),
                "the whole picture": measure.whole_picture,
                **{str(place): measure.kept_layers(place) for place in answers or ()},
            }
            report = measure.measure_crello(
                data, makers, depth_model, limit=limit, on_design=on_design
            ).report()
        else:
            painter = load_reading(choose(model, device), device)
            report = measure.measure_reflade(data, painter, depth, limit=limit, on_design=on_design)
    finish(report, json_file)
