"""Short forms for benchmarks and tests: a Jacobian or an operator from a generator and a code."""

from __future__ import annotations

from typing import Any

from resefa.discovery.edited_images import EditedImages
from resefa.discovery.image_jacobian import image_jacobian as of_images
from resefa.jacobian.dense import ImageJacobian
from resefa.jacobian.operator import JacobianOperator
from resefa.runtime.session import Session


def edited_images(generator, code, size=None, motion=None) -> EditedImages:
    """The images of a code under an edit of its own space, or under ``motion``."""
    motion = motion or generator.motion(code_space=code.space)
    return EditedImages(generator, code, motion, size or generator.resolution)


def image_jacobian(generator, code, size, *, motion=None, **session: Any) -> ImageJacobian:
    """The whole Jacobian of one image; ``session``: arguments of Session."""
    return of_images(edited_images(generator, code, size, motion), Session(**session).on(generator.device))


def jacobian_operator(generator, code, size=None, *, motion=None, chunk=None, mode=None) -> JacobianOperator:
    """The operator J of one image."""
    session = Session().on(generator.device)
    images = edited_images(generator, code, size, motion)
    return images.operator(session, session.memory_for("all"), chunk=chunk, mode=mode)
