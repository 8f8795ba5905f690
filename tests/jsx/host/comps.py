"""Compositions and their layers."""

from __future__ import annotations

from typing import Any, ClassVar

import py_aep
from py_aep import AutoOrientType

from tests.jsx.host.bridge import ASG, ERG, REF, HostObject, Refusal
from tests.jsx.host.items import AVItem, checked_label, checked_name
from tests.jsx.host.properties import PropertyGroup, one_based


def _is_still(layer: Any) -> bool:
    """Stills and solids last as long as a preference says; comps, sounds and cameras do not."""
    source = getattr(layer, "source", None)
    return isinstance(source, py_aep.FootageItem) and not source.duration


class LayersOf:
    """The layers of a comp."""

    def __init__(self, comp: Any) -> None:
        self.comp = comp


class CompItem(AVItem):
    READS: ClassVar[str] = (
        "numLayers layers markerProperty activeCamera motionGraphicsTemplateControllerCount "
        "workAreaStart workAreaDuration renderers"
    )
    WRITES: ClassVar[str] = (
        "width height pixelAspect duration frameRate time bgColor displayStartTime shutterAngle "
        "motionBlur motionGraphicsTemplateName hideShyLayers renderer"
    )
    CALLS: ClassVar[str] = (
        "layer openInViewer openInEssentialGraphics exportAsMotionGraphicsTemplate "
        "getMotionGraphicsTemplateControllerName duplicate"
    )

    def get_layers(self) -> Any:
        return LayersOf(self.model)

    def set_renderer(self, name: Any) -> None:
        if name not in self.model.renderers:
            raise Refusal(f"renderer {name} is not one of {self.model.renderers}", ASG)
        self.model.renderer = name

    def call_layer(self, key: Any) -> Any:
        if isinstance(key, str):
            return next((layer for layer in self.model.layers if layer.name == key), None)
        return self.model.layers[one_based(key, len(self.model.layers), "layer")]

    def call_open_in_viewer(self) -> None:
        self.host.viewer = self.model

    def call_open_in_essential_graphics(self) -> None:
        self.host.viewer = self.model

    def call_get_motion_graphics_template_controller_name(self, index: Any) -> str:
        names = self.model.motion_graphics_template_controller_names
        return str(names[one_based(index, len(names), "controller")])

    def call_export_as_motion_graphics_template(self, overwrite: Any, path: Any = None) -> bool:
        if not self.model.motion_graphics_template_controller_count:
            raise Refusal("exportAsMotionGraphicsTemplate: the template has no controller", ERG)
        if self.host.saved_as is None:
            raise Refusal("exportAsMotionGraphicsTemplate: the project was never saved", ASG)
        if self.host.is_dirty:
            raise Refusal("exportAsMotionGraphicsTemplate asks to save the changed project", ASG)
        self.host.templates.append((self.model.name, path, overwrite))
        # Exporting saves and reopens the comp: references into it are void.
        for layer in self.model.layers:
            self.host.invalidate(layer)
        return True


class LayerCollection(HostObject):
    READS: ClassVar[str] = "length"
    CALLS: ClassVar[str] = "add addNull addCamera addSolid byName"

    def get_length(self) -> int:
        return len(self.model.comp.layers)

    def get(self, name: str) -> Any:
        if name.lstrip("-").isdigit():
            layers = self.model.comp.layers
            return layers[one_based(int(name), len(layers), "layer")]
        return super().get(name)

    def _placed(self, layer: Any) -> Any:
        comp = self.model.comp
        if self.host.layers_at_current_time:
            layer.start_time = comp.time
        if self.host.still_seconds and _is_still(layer):
            layer.out_point = layer.in_point + self.host.still_seconds
        return layer

    def call_add(self, item: Any, duration: float | None = None) -> Any:
        if item is self.model.comp:
            raise Refusal("a comp cannot be a layer of itself", ASG)
        return self._placed(self.model.comp.add(item, duration))

    def call_add_null(self, duration: float | None = None) -> Any:
        # The duration is ignored.
        return self._placed(self.model.comp.add_null())

    def call_add_camera(self, name: Any, centre: Any) -> Any:
        if not isinstance(centre, list) or len(centre) != 2:
            raise Refusal("addCamera takes a centre of two numbers", ASG)
        camera = self.model.comp.add_camera(checked_name(name), centre)
        # Two-node (facts, Camera), which py-aep leaves to its caller.
        camera.auto_orient = AutoOrientType.CAMERA_OR_POINT_OF_INTEREST
        return self._placed(camera)

    def call_by_name(self, name: str) -> Any:
        return next((layer for layer in self.model.comp.layers if layer.name == name), None)


class Layer(PropertyGroup):
    READS: ClassVar[str] = "index nullLayer containingComp hasVideo isNameSet time id"
    WRITES: ClassVar[str] = (
        "parent startTime stretch inPoint outPoint enabled solo shy locked comment label autoOrient"
    )
    CALLS: ClassVar[str] = (
        "setParentWithJump moveToBeginning moveToEnd moveBefore moveAfter duplicate"
    )
    LATER: ClassVar[dict[str, float]] = {"id": 22.0}

    def get_index(self) -> int:
        return int(self.model.index) + 1

    def get_label(self) -> int:
        return int(self.model.label)

    def get_comment(self) -> str:
        return self.host.comment_of(self.model.comment)

    def get_auto_orient(self) -> int:
        return int(self.model.auto_orient)

    def get_is_name_set(self) -> bool:
        return bool(self.model.is_name_set)

    def set_auto_orient(self, kind: Any) -> None:
        self.model.auto_orient = AutoOrientType(kind)

    def set_name(self, name: Any) -> None:
        self.model.name = checked_name(name)

    def set_label(self, label: Any) -> None:
        self.model.label = checked_label(label)

    def set_in_point(self, time: Any) -> None:
        length = self.model.out_point - self.model.in_point
        self.model.in_point = time
        # The outPoint moves along.
        self.model.out_point = time + length

    def set_start_time(self, time: Any) -> None:
        self.model.start_time = time

    def call_move_to(self, index: Any) -> None:
        raise Refusal("layer.moveTo is a property's method: layers have moveBefore and others", ERG)

    def call_remove(self) -> None:
        self.model.remove()
        self.host.forget(self.model)

    def call_set_parent_with_jump(self, parent: Any = None) -> None:
        self.model.set_parent_with_jump(parent)

    def call_move_before(self, other: Any) -> None:
        self.model.move_before(other)

    def call_move_after(self, other: Any) -> None:
        self.model.move_after(other)


class AVLayer(Layer):
    READS: ClassVar[str] = "source width height isNameFromSource hasAudio"
    WRITES: ClassVar[str] = (
        "threeDLayer guideLayer adjustmentLayer audioEnabled blendingMode motionBlur "
        "collapseTransformation"
    )
    CALLS: ClassVar[str] = "replaceSource"

    def call_replace_source(self, item: Any, fix: Any) -> None:
        if not isinstance(fix, bool):
            raise Refusal("replaceSource takes an item and a boolean", ASG)
        self.model.replace_source(item)


class CameraLayer(Layer):
    """A camera has no 3D switch: it is always in space."""

    def set(self, name: str, value: Any) -> None:
        if name == "threeDLayer":
            raise Refusal("a camera has no threeDLayer", REF)
        super().set(name, value)


class OtherLayer(Layer):
    """Text, shapes and lights, which only a designer adds."""

    WRITES: ClassVar[str] = "threeDLayer"
