"""Short forms for tests and benchmarks: a Jacobian, an operator or a method's search from a generator, a code and a region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from resefa.discovery.edited_images import EditedImages
from resefa.discovery.image_jacobian import image_jacobian as of_images
from resefa.discovery.problem import EditSpace, RegionProblem
from resefa.jacobian.dense import ImageJacobian
from resefa.jacobian.operator import JacobianOperator
from resefa.methods.protocol import Method
from resefa.methods.registry import EDIT_OPTIONS, check_options, method, method_options
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


@dataclass(frozen=True, eq=False)
class Search:
    """A method with an edit and a session."""

    method: Method
    edit: EditSpace
    session: Session

    @property
    def name(self) -> str:
        return self.method.name

    def reason_not(self, generator) -> str | None:
        return self.method.reason_not(generator, self.edit.space)

    def find(self, generator, code, region, *, k: Any):
        edit = self.method.edit_for(generator, code, self.edit)
        problem = RegionProblem(generator, code, region, edit, self.session)
        return self.method.find(problem, k)


def search(name: str = "resefa", **options: Any) -> Search:
    """The method of this name; options of the method, the edit and the session together, as ``resefa.discover`` takes them."""
    own = {key: value for key, value in options.items() if key in method_options(name)}
    edit = {key: value for key, value in options.items() if key in EDIT_OPTIONS and key not in own}
    rest = {key: value for key, value in options.items() if key not in own and key not in edit}
    check_options(name, options)
    return Search(method(name, **own), EditSpace(**edit), Session(**rest))
