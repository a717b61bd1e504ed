"""Projects: work in the editor as a document that reopens and that the command line replays."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.projects.opened_project import OpenedProject as OpenedProject
    from resefa.projects.project import Project as Project
    from resefa.projects.project import ProjectCard as ProjectCard
    from resefa.projects.project import ProjectCode as ProjectCode
    from resefa.projects.project import ProjectImage as ProjectImage
    from resefa.projects.project import ProjectModel as ProjectModel
    from resefa.projects.project import ProjectSearch as ProjectSearch
    from resefa.projects.project import SearchOptions as SearchOptions
    from resefa.projects.project_file import project_bytes as project_bytes
    from resefa.projects.project_file import read_project as read_project
    from resefa.projects.project_file import save_project as save_project
    from resefa.projects.rendering import edited as edited
    from resefa.projects.rendering import loop as loop
    from resefa.projects.replaying import Replayed as Replayed
    from resefa.projects.replaying import replay as replay
    from resefa.projects.saved_files import Saved as Saved
    from resefa.projects.saved_files import saved as saved
    from resefa.projects.shapes import Shape as Shape
    from resefa.projects.shapes import region_of as region_of
    from resefa.projects.shapes import shapes_from as shapes_from

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.projects.opened_project": ["OpenedProject"],
        "resefa.projects.project": [
            "Project",
            "ProjectCard",
            "ProjectCode",
            "ProjectImage",
            "ProjectModel",
            "ProjectSearch",
            "SearchOptions",
        ],
        "resefa.projects.project_file": ["project_bytes", "read_project", "save_project"],
        "resefa.projects.rendering": ["edited", "loop"],
        "resefa.projects.replaying": ["Replayed", "replay"],
        "resefa.projects.saved_files": ["Saved", "saved"],
        "resefa.projects.shapes": ["Shape", "region_of", "shapes_from"],
    },
)
