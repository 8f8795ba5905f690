"""Pictures of artists become sRGB arrays with the colours that their makers saw."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from multiplane.contract.errors import InputError
from multiplane.intake import png_colour
from multiplane.intake.colour_profile import through_profile
from multiplane.intake.opening import PICTURE, open_file
from multiplane.intake.picture_formats import decoder_of
from multiplane.intake.psd_file import check_whole, psd_picture, psd_size

MIN_SIDE_PX = 16
MAX_PIXELS = 100_000_000
_ORIENTATION, _TURNED = 0x0112, (5, 6, 7, 8)
# An empty picture compresses to less than this share of its bytes; only such files are decoded.
_EMPTY_SHARE, _EMPTY_BYTES = 1 / 250, 2000

_LOGGER = logging.getLogger(__name__)


def load_picture(
    path: str | Path,
    *,
    max_pixels: int = MAX_PIXELS,
    warn: Callable[[str], None] = _LOGGER.warning,
    artboard: str | None = None,
) -> NDArray[np.uint8]:
    """The picture at `path` as uint8 (H, W, 3) sRGB, upright, transparency over white.

    Colour profiles, CMYK, palettes, grey and 16 or 32 bits per channel are converted. Of an
    animation the first frame is taken, and `warn` is told; of a Photoshop file the merged picture,
    where it has artboards that of the one called `artboard`, or of the first.
    Raises InputError for a file that is missing, no picture, damaged, smaller than 16 px, or
    larger than `max_pixels` (found from the header, before anything is decoded).
    """
    path = Path(path)
    _, photoshop = _look_at(path, max_pixels, MIN_SIDE_PX)
    if photoshop:
        return np.array(psd_picture(path, artboard=artboard), dtype=np.uint8)
    colours, alpha = _decoded(path, max_pixels, warn)
    if alpha is not None:
        white = Image.new("RGB", colours.size, "white")
        white.paste(colours, mask=alpha)
        colours = white
    return np.array(colours, dtype=np.uint8)


def load_cutout(
    path: str | Path,
    *,
    max_pixels: int = MAX_PIXELS,
    warn: Callable[[str], None] = _LOGGER.warning,
) -> NDArray[np.uint8]:
    """The picture at `path` with its transparency: uint8 (H, W, 4) sRGB, straight alpha, upright.

    The same conversions as in `load_picture`, for a picture of any size from 1 px on. Raises as
    that does.
    """
    path = Path(path)
    _, photoshop = _look_at(path, max_pixels, 1)
    if photoshop:
        return np.array(psd_picture(path, opaque=False).convert("RGBA"), dtype=np.uint8)
    colours, alpha = _decoded(path, max_pixels, warn)
    if alpha is not None:
        colours = colours.copy()
        colours.putalpha(alpha)
    return np.array(colours.convert("RGBA"), dtype=np.uint8)


def check_picture(
    path: str | Path, *, max_pixels: int = MAX_PIXELS, min_side: int = MIN_SIDE_PX
) -> tuple[int, int]:
    """(width, height) as it is seen upright, without decoding; raises as `load_picture` does.

    A file that is none of `picture_formats.FORMATS` is refused, whatever its name ends in.

    A Photoshop file must be whole: its reader would take what is missing as black.
    """
    size, _ = _look_at(Path(path), max_pixels, min_side)
    return size


def is_empty(path: Path) -> bool:
    """Whether a picture is transparent all over. Raises nothing: what cannot be read is not."""
    try:
        with _opened(path, MAX_PIXELS) as image:
            width, height = image.size
            if path.stat().st_size > width * height * 4 * _EMPTY_SHARE + _EMPTY_BYTES:
                return False
            if width * height > MAX_PIXELS or image.mode not in ("RGBA", "LA", "PA", "P"):
                return False
            alpha = image.convert("RGBA").getchannel("A")
    except Exception:
        # Decoders raise whatever a damaged file leads them to.
        return False
    return alpha.getextrema() == (0, 0)


def _decoded(
    path: Path, max_pixels: int, warn: Callable[[str], None]
) -> tuple[Image.Image, Image.Image | None]:
    """RGB in sRGB, and the alpha where the file has one."""
    with _opened(path, max_pixels) as image:
        frames = getattr(image, "n_frames", 1)
        try:
            # A PNG may say it behind the pixels, which a look at its header does not see.
            early = image.format != "PNG" or "exif" in image.info
            image.load()
            if image.mode == "CMYK" and "icc_profile" not in image.info:
                warn(f"{path.name} is CMYK without a profile, so its colours are only about right.")
            # An MPO's further frames are the camera's own extras, not an animation.
            if frames > 1 and image.format != "MPO":
                warn(f"{path.name} has {frames} frames; the first one is taken.")
            upright = _upright(image) if early else image
            colours, alpha = _to_srgb(upright)
            if image.format == "PNG":
                colours = _as_png_says(path, colours, warn)
            return colours, alpha
        except Exception as error:
            # Decoders raise whatever a damaged file leads them to, not one family of errors.
            raise InputError(
                "picture.damaged",
                "The picture is damaged or incomplete.",
                file=str(path),
                value=str(error) or type(error).__name__,
                remedy="Export it again.",
            ) from error


def _look_at(path: Path, max_pixels: int, min_side: int) -> tuple[tuple[int, int], bool]:
    """The size as `check_picture` gives it, and whether it is a Photoshop file's."""
    try:
        with open_file(path, PICTURE) as stream:
            size = psd_size(stream, path)
            if size is not None:
                _check_size(path, size, max_pixels, min_side)
                check_whole(stream, path)
                return size, True
    except OSError as error:
        raise _unreadable(path, error) from error
    with _opened(path, max_pixels) as image:
        width, height = image.size
        # Pillow turns the size of a TIFF itself.
        size = (height, width) if image.format != "TIFF" and _is_turned(image) else (width, height)
    _check_size(path, size, max_pixels, min_side)
    return size, False


def _check_size(path: Path, size: tuple[int, int], max_pixels: int, min_side: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise _too_large(path, f"{width} x {height}", max_pixels)
    if min(width, height) < min_side:
        raise InputError(
            "picture.too_small",
            "The picture is smaller than {least} px on a side.",
            file=str(path),
            value=f"{width} x {height}",
            values={"least": min_side},
        )


def _is_turned(image: Image.Image) -> bool:
    """Whether the camera that took it says that it stands on its side."""
    try:
        if image.format == "PNG" and "exif" not in image.info:
            return False  # Pillow would decode it all to look behind the pixels
        return image.getexif().get(_ORIENTATION) in _TURNED
    except Exception:
        # Damaged metadata is no reason to refuse the picture.
        return False


@contextmanager
def _opened(path: Path, max_pixels: int) -> Iterator[Image.Image]:
    """The picture with its header read. Raises InputError for whatever goes wrong, also within."""
    try:
        with warnings.catch_warnings(), open_file(path, PICTURE) as stream:
            # Pillow's own limit warns below ours and raises above it.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with decoder_of(stream, path) as image:
                yield image
    except Image.DecompressionBombError:
        raise _too_large(path, "", max_pixels) from None
    except InputError:
        raise
    except OSError as error:
        raise _unreadable(path, error) from error
    except Exception as error:
        raise InputError(
            "picture.damaged", "The picture is damaged or incomplete.", file=str(path)
        ) from error


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(
        "picture.unreadable",
        "The picture cannot be read: {why}.",
        file=str(path),
        values={"why": str(error.strerror or error)},
    )


def _too_large(path: Path, size: str, max_pixels: int) -> InputError:
    return InputError(
        "picture.too_large",
        "The picture has more than {most} megapixels.",
        file=str(path),
        value=size or None,
        remedy="Make it smaller; a shot of 4K needs about 10 megapixels.",
        values={"most": max_pixels / 1e6},
    )


def _as_png_says(path: Path, colours: Image.Image, warn: Callable[[str], None]) -> Image.Image:
    with open_file(path, PICTURE) as stream:
        try:
            found = png_colour.coding(stream)
        except png_colour.UnknownColours as error:
            warn(f"{path.name} has colours that cannot be shown here ({error}); taken as sRGB.")
            return colours
    if found is None:
        return colours
    return Image.fromarray(png_colour.to_srgb(np.asarray(colours), *found))


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        # Damaged metadata is no reason to refuse the picture.
        return image


def _to_srgb(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    profile = image.info.get("icc_profile")
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        values, clear = np.asarray(image), image.info.get("transparency")
        image = Image.fromarray(_grey_to_8_bits(values))
        if isinstance(clear, int):
            image.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    elif image.mode in ("1", "LA", "La", "PA", "RGBa", "YCbCr", "HSV"):
        image = image.convert("RGBA" if "a" in image.mode.casefold() else "RGB")
    elif image.mode in ("L", "RGB") and "transparency" in image.info:
        image = image.convert("RGBA")

    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = image.convert("RGB") if alpha is not None else image
    colours = through_profile(colours, profile)
    if colours.mode != "RGB":
        colours = colours.convert("RGB")
    return colours, alpha


def _grey_to_8_bits(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """16-bit integers by 1/257; 32-bit floats as 0..1 where they fit, else as 0..255."""
    grey = np.nan_to_num(values.astype(np.float64))
    peak = float(grey.max(initial=0.0))
    if values.dtype.kind == "f":
        scale = 255.0 if peak <= 1.0 else 1.0
    else:
        scale = 1.0 if values.dtype.itemsize > 2 and peak <= 255 else 255.0 / 65535.0
    return np.clip(np.rint(grey * scale), 0, 255).astype(np.uint8)
