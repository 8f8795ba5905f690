"""Pictures of models, checked before anybody sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from multiplane.contract.errors import Failure

if TYPE_CHECKING:
    from numpy.typing import NDArray


def finite(picture: Any, model: str) -> NDArray[np.float32]:
    """What `model` painted, as float32. Raises Failure `models.picture_not_finite`."""
    values = np.asarray(picture, np.float32)
    if not np.isfinite(values).all():
        raise Failure(
            code="models.picture_not_finite",
            message="{model} painted a picture with undefined pixels.",
            remedy="Try another seed; if it stays so, run multiplane doctor.",
            values={"model": model},
        )
    return values
