"""One shot as a comp: its layers in 3D, its camera, markers and the picture as a guide."""

from __future__ import annotations

from pathlib import Path

from py_aep import (
    AVLayer,
    CompItem,
    FolderItem,
    FootageItem,
    Label,
    Project,
)
from py_aep.enums import AlphaMode

from multiplane.contract.errors import Failure
from multiplane.contract.manifest import LayerEntry, Manifest
from multiplane.deliver.aep import labels
from multiplane.deliver.aep.camera import add_camera, add_rig, express_camera, express_rig
from multiplane.deliver.aep.expressions import Expressions
from multiplane.deliver.aep.footage import import_footage
from multiplane.deliver.aep.markers import add_markers, note_of
from multiplane.deliver.aep.properties import ANCHOR, POSITION, SCALE, TRANSFORM, find
from multiplane.deliver.aep.timing import comp_rate, seconds
from multiplane.deliver.aep.wording import comment, layer_name, words_of_layer, words_of_shot
from multiplane.stage.camera import rest_scale

LAYERS, COMPS = "Layers", "Comps"
GUIDE_NAME, DEPTH_NAME = "Original picture", "Depth pass"


def add_shot(project: Project, parent: FolderItem, folder: Path, manifest: Manifest) -> CompItem:
    """Build a finished shot (in ``folder``) as <shot>/{Layers,Comps} in ``parent``.

    Layers stand back to front under the camera, its null and the guide. Raises InputError for
    rates and lengths that no comp can have, Failure for a file that is missing.
    """
    rate = comp_rate(manifest.comp.fps)
    duration = seconds(manifest.comp.duration_frames, rate)
    place = parent.add_folder(labels.item_name(manifest.shot_id))
    footage, comps = place.add_folder(LAYERS), place.add_folder(COMPS)
    comp = comps.add_comp(
        labels.item_name(manifest.shot_id),
        manifest.comp.width,
        manifest.comp.height,
        1.0,
        duration,
        float(rate),
    )
    comp.label = Label(labels.COMP)
    tag = labels.tag(shot=manifest.shot_id, hash=manifest.content_hash)
    comp.comment = comment(words_of_shot(manifest), tag)
    planes = []
    for entry in manifest.layers:
        item = _footage(project, footage, folder / entry.file, entry.name)
        planes.append(_add_layer(comp, item, entry, layer_name(manifest.shot_id, entry.name)))
    for layer, entry in zip(planes, manifest.layers, strict=True):
        tag = labels.tag(
            shot=manifest.shot_id, layer=entry.id, hash=labels.file_hash(folder / entry.file)
        )
        layer.comment = comment(words_of_layer(entry), tag)
    depth = manifest.files.depth
    if depth is not None and (folder / depth).is_file():
        _add_guide(comp, _footage(project, footage, folder / depth, DEPTH_NAME), manifest)
    picture = _footage(project, footage, folder / manifest.files.picture, GUIDE_NAME)
    _add_guide(comp, picture, manifest)
    rig = add_rig(comp, manifest, rate)
    camera = add_camera(comp, manifest, rate, rig)
    say = Expressions(rig.name, manifest)
    express_rig(rig, say)
    express_camera(camera, say)
    for layer, entry in zip(planes, manifest.layers, strict=True):
        find(layer, TRANSFORM, POSITION).expression = say.plane_position()
        find(layer, TRANSFORM, SCALE).expression = say.plane_scale(entry)
    notes = [note_of(marker, protect=True) for marker in manifest.markers]
    add_markers(comp, notes, rate)
    return comp


def _footage(project: Project, parent: FolderItem, path: Path, name: str) -> FootageItem:
    if not path.is_file():
        raise Failure(
            code="deliver.aep.file_missing",
            message="A picture that the shot is made of is missing.",
            file=str(path),
            remedy="Make the shot again with: multiplane render",
        )
    item = import_footage(project, parent, path)
    item.name = labels.item_name(name)
    if item.main_source.has_alpha:
        item.main_source.alpha_mode = AlphaMode.STRAIGHT
    return item


def _add_layer(comp: CompItem, item: FootageItem, entry: LayerEntry, name: str) -> AVLayer:
    layer = comp.add(item)
    layer.name = name
    layer.label = Label(labels.LABEL_OF_KIND[entry.kind])
    # 3D first: Z of a 2D layer's position is lost.
    layer.three_d_layer = True
    # Seen where the comp's own switch is on, which is left to its user.
    layer.motion_blur = True
    find(layer, TRANSFORM, ANCHOR).value = [*entry.anchor, 0.0]
    find(layer, TRANSFORM, POSITION).value = list(entry.position)
    find(layer, TRANSFORM, SCALE).value = [*entry.scale, 100.0]
    return layer


def _add_guide(comp: CompItem, item: FootageItem, manifest: Manifest) -> None:
    """A picture of the whole shot, 2D, over all planes: not rendered, switched off and shy."""
    guide = comp.add(item)
    guide.name = layer_name(manifest.shot_id, item.name)
    guide.shy = True
    guide.guide_layer = True
    guide.enabled = False
    guide.label = Label(labels.GUIDE)
    guide.comment = labels.tag(shot=manifest.shot_id, layer=item.name.lower().replace(" ", "-"))
    back = manifest.layers[0]
    size = 1.0 / rest_scale(back.z, manifest.camera.zoom)
    find(guide, TRANSFORM, SCALE).value = [back.scale[0] * size, back.scale[1] * size, 100.0]
