"""Qwen-Image-Edit: Qwen-Image after pictures, which its text encoder sees and its blocks attend to.

Of its pipelines it is the "plus" one, which takes several pictures (2509 and 2511).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import InputError
from multiplane.models.facts import ModelProfile
from multiplane.models.families.family import Painting, load_part
from multiplane.models.families.prompt import PromptToken, TemplateReader
from multiplane.models.families.qwen_image import QWEN_IMAGE, QwenImage, QwenImageReader

QWEN_IMAGE_EDIT = replace(
    QWEN_IMAGE,
    name="qwen-image-edit",
    title="Qwen-Image-Edit 2509",
    family="qwen-image-edit",
    licence_url="https://huggingface.co/Qwen/Qwen-Image-Edit-2509",
    repository="Qwen/Qwen-Image-Edit-2509",
    capture=replace(
        QWEN_IMAGE.capture,
        source="The middle of its 60 blocks, as of Qwen-Image, of which it is a fine-tune; not "
        "measured.",
    ),
    max_text_tokens=1024,  # the pictures' own, about 200 each, are among them
    working_gb=8.0,  # a guess: Qwen-Image's, and every picture is as many tokens as its own
    about="Qwen-Image that is shown up to three pictures of a cast. Wants a very large GPU.",
    rank=65,
)

_PICTURE = "Picture {}: <|vision_start|>{}<|vision_end|>"  # as the pipeline puts each before words
_PAD = "<|image_pad|>"  # stands for each patch of a picture
_OF_PICTURE = 1  # type of a token that stands for one, as its text encoder knows it


class QwenImageEditReader(QwenImageReader):
    """As `QwenImageReader`, after the pictures that stand in the text before the prompt.

    patches: of each picture how many tokens stand for it.
    """

    # As `QwenImageEditPlusPipeline` sets them for every model.
    template = (
        "<|im_start|>system\nDescribe the key features of the input image (color, shape, size, "
        "texture, objects, background), then explain how the user's text instruction should alter "
        "or modify the image. Generate a new image that meets the user's requirements while "
        "maintaining consistency with the original input where appropriate.<|im_end|>\n"
        "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
    )
    cut_off = 64

    def __init__(self, tokenizer: Any, patches: Sequence[int] = ()) -> None:
        super().__init__(tokenizer)
        shown = "".join(
            _PICTURE.format(number, _PAD * count) for number, count in enumerate(patches, 1)
        )
        self._whole = TemplateReader(tokenizer, self.template.replace("{}", shown + "{}"))

    def tokens(self, prompt: str) -> tuple[PromptToken, ...]:
        """As `PromptReader.tokens`. Raises as `length`."""
        _check_words(prompt)
        return super().tokens(prompt)

    def length(self, prompt: str) -> int:
        """As `PromptReader.length`.

        Raises InputError `models.prompt_token` for a prompt that says what stands for a picture.
        """
        _check_words(prompt)
        return super().length(prompt)


class PicturesInWords:
    """What `Qwen2VLProcessor` does with texts and pictures; that one wants torchvision, for films.

    images: a `Qwen2VLImageProcessorPil`.
    """

    def __init__(self, images: Any, tokenizer: Any) -> None:
        self.images = images
        self.tokenizer = tokenizer

    def __call__(
        self, text: Sequence[str], images: Sequence[Any] | None = None, **options: Any
    ) -> Any:
        """Inputs of a Qwen2.5-VL. text: with one pad for each of `images`, in their order."""
        from transformers import BatchFeature

        seen: dict[str, Any] = {}
        if images:
            seen = dict(self.images(images=list(images), return_tensors="pt"))
            merged = self.images.merge_size**2
            counts = iter((seen["image_grid_thw"].prod(dim=1) // merged).tolist())
            text = ["".join(_with_patches(one, counts)) for one in text]
        read = self.tokenizer(list(text), **options)
        return BatchFeature({**read, **seen})

    def patches(self, size: tuple[int, int]) -> int:
        """How many tokens stand for a picture of `size` (width, height) px."""
        whole = self.images.get_number_of_image_patches(size[1], size[0], {})
        return int(whole // self.images.merge_size**2)


class QwenImageEdit(QwenImage):
    """`QwenImageEditPlusPipeline`, which paints after pictures; without any, Qwen-Image's own loop.

    It repaints no parts: diffusers' inpainting of Qwen-Image reads another template.
    """

    name = "qwen-image-edit"
    pipeline_class = "QwenImageEditPlusPipeline"
    related_classes = ()
    inpaint_class = None
    most_references = 3  # with more, its authors say, it is at its best no longer
    sizes_references = True
    profiles = (QWEN_IMAGE_EDIT,)

    def load(self, folder: Path, dtype: Any, **instead: Any) -> Any:
        """As `PipelineFamily.load`."""
        from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import (
            Qwen2VLImageProcessorPil,
        )

        pipeline = load_part(self.pipeline_class, folder, dtype, processor=None, **instead)
        images = Qwen2VLImageProcessorPil.from_pretrained(
            str(folder / "processor"), local_files_only=True, trust_remote_code=False
        )
        pipeline.processor = PicturesInWords(images, pipeline.tokenizer)
        return pipeline

    def reader_for(self, tokenizer: Any) -> QwenImageEditReader:
        """As `PipelineFamily.reader_for`."""
        return QwenImageEditReader(tokenizer)

    def reader_beside(
        self, pipeline: Any, references: Sequence[NDArray[np.uint8]]
    ) -> QwenImageEditReader:
        """As `PipelineFamily.reader_beside`: every word comes behind the pictures' tokens."""
        patches = [pipeline.processor.patches(_condition_size(one)) for one in references]
        return QwenImageEditReader(pipeline.tokenizer, patches)

    def profile_like(self, folder: Path) -> ModelProfile:
        """The only one that is known."""
        return QWEN_IMAGE_EDIT

    def arguments(self, wanted: Painting) -> dict[str, Any]:
        """As `QwenImage.arguments`, with the reference pictures."""
        from PIL import Image

        own = super().arguments(wanted)
        if wanted.references:
            own["image"] = [Image.fromarray(picture) for picture in wanted.references]
        return own

    def paint(self, pipeline: Any, wanted: Painting) -> Any:
        """As `PipelineFamily.paint`."""
        if wanted.references:
            with places_of_patches_told(pipeline):
                return super().paint(pipeline, wanted)
        try:
            return super().paint(by_words_alone(pipeline), wanted)
        finally:
            pipeline.maybe_free_model_hooks()


def by_words_alone(pipeline: Any) -> Any:
    """A `QwenImagePipeline` of this one's components and template; this one wants a picture."""
    from diffusers import QwenImagePipeline

    parts = ("scheduler", "vae", "text_encoder", "tokenizer", "transformer")
    words = QwenImagePipeline(**{name: getattr(pipeline, name) for name in parts})
    words.prompt_template_encode = pipeline.prompt_template_encode
    words.prompt_template_encode_start_idx = pipeline.prompt_template_encode_start_idx
    words.set_progress_bar_config(disable=True)
    return words


@contextmanager
def places_of_patches_told(pipeline: Any) -> Iterator[None]:
    """Within, the text encoder is told which tokens are patches of pictures.

    diffusers' pipeline doesn't say, and transformers 5 then numbers them like words, one after the
    other, where the model has learnt rows and columns.
    """
    pad = pipeline.tokenizer.convert_tokens_to_ids(_PAD)

    def told(_: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        kwargs["mm_token_type_ids"] = (kwargs["input_ids"] == pad).int() * _OF_PICTURE
        return args, kwargs

    hook = pipeline.text_encoder.register_forward_pre_hook(told, with_kwargs=True)
    try:
        yield
    finally:
        hook.remove()


def _check_words(prompt: str) -> None:
    if _PAD in prompt:
        raise InputError(
            "models.prompt_token",
            "{token} stands for a picture in what {model} reads, so no prompt can say it.",
            field="prompt",
            value=_PAD,
            remedy="Take it out of the prompt.",
            values={"token": _PAD, "model": QWEN_IMAGE_EDIT.title},
        )


def _with_patches(text: str, counts: Iterator[int]) -> Iterator[str]:
    """The text's parts, each pad as often as its picture has patches."""
    before, *others = text.split(_PAD)
    yield before
    for other in others:
        yield _PAD * next(counts)
        yield other


def _condition_size(picture: NDArray[np.uint8]) -> tuple[int, int]:
    """(width, height) px at which the pipeline shows its text encoder a picture (H, W, 3)."""
    from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus as plus

    height, width = picture.shape[:2]
    sized = plus.calculate_dimensions(plus.CONDITION_IMAGE_SIZE, width / height)
    return int(sized[0]), int(sized[1])


QWEN_IMAGE_EDIT_FAMILY = QwenImageEdit()
