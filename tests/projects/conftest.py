from __future__ import annotations

import pytest
from projects.made import MODEL, project

import resefa
from resefa.projects import OpenedProject, Project


@pytest.fixture(scope="session")
def small():
    return resefa.load(MODEL)


@pytest.fixture(scope="session")
def made(small) -> Project:
    return project(small)


@pytest.fixture(scope="session")
def opened(small, made) -> OpenedProject:
    return OpenedProject.of(made, small)
