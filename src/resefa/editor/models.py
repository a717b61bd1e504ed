"""The models of an editor: a list that is fixed when the editor starts; each is opened when somebody chooses it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import resefa
from resefa.editor import pictures
from resefa.editor.analysis import Analysis
from resefa.errors import UsageError, printable
from resefa.generators.base import BaseGenerator
from resefa.regions.presets import preset_names

SAMPLES = 12
"""Number of samples in the strip."""
_MOST_THUMBNAILS = 2000
"""Thumbnails that an editor remembers, of about 3 kB each."""


@dataclass(frozen=True, eq=False)
class EditorModel:
    """A generator of the editor's list.

    Attributes:
        name: in the list, and in project files.
        generator: without conditions.
        analysis: default options of the search.
    """

    name: str
    generator: BaseGenerator
    analysis: Analysis

    @property
    def truncates(self) -> bool:
        """Whether the generator accepts a truncation."""
        try:
            self.generator.under(truncation=0.5)
        except UsageError:
            return False
        return True

    def under(self, truncation: float = 1.0, label: int | str | None = None) -> BaseGenerator:
        """The generator under conditions.

        Raises:
            UsageError: a condition that the generator does not have.
        """
        given = {"truncation": None if truncation == 1 else truncation, "label": label}
        changes = {name: value for name, value in given.items() if value is not None}
        return self.generator.under(**changes) if changes else self.generator

    @property
    def presets(self) -> list[str]:
        """Names of the region presets that fit the images."""
        return preset_names(self.generator.presets) if self.generator.presets else []


@dataclass
class EditorModels:
    """The models by name; the first is the default.

    Attributes:
        sources: name in the list -> name of a model card, path of a checkpoint, or an opened generator.
        device: on which models are opened; None: the CPU.
    """

    sources: Mapping[str, str | BaseGenerator]
    device: str | None = None
    _opened: dict[str, EditorModel] = field(default_factory=dict, repr=False)
    _thumbnails: OrderedDict[tuple[str, str, int], str] = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        if not self.sources:
            raise UsageError("The editor has no model; name at least one.")

    @classmethod
    def named(cls, models: Sequence[str], device: str | None = None) -> EditorModels:
        """Models by card names and paths; a checkpoint is listed under its file name.

        Raises:
            UsageError: two models with the same name.
        """
        sources: dict[str, str | BaseGenerator] = {}
        for model in models:
            name = Path(model).name
            if name in sources:
                raise UsageError(
                    f"Two models are named {printable(name, 60)!r}; rename a file, or open the models in two editors."
                )
            sources[name] = model
        return cls(sources, device)

    @property
    def names(self) -> list[str]:
        """The names in the list."""
        return list(self.sources)

    def get(self, name: str | None = None) -> EditorModel:
        """The model of a name, opened if necessary; the first without a name. Called on the thread that computes.

        Raises:
            UsageError: a name that is not in the list. Nothing else is ever opened, whatever a browser asks for.
        """
        name = self.names[0] if name is None else name
        if name not in self.sources:
            raise UsageError(
                f"This editor has no model {printable(name, 60)!r}; choose one of {', '.join(self.names)}."
            )
        with self._lock:
            if name not in self._opened:
                source = self.sources[name]
                generator = source if isinstance(source, BaseGenerator) else resefa.load(source, device=self.device)
                self._opened[name] = EditorModel(name, generator, Analysis.of(generator))
            return self._opened[name]

    def thumbnail(self, name: str, generator: BaseGenerator, seed: int) -> str:
        """The thumbnail of a sample as a data URI, remembered; computed on the thread that computes."""
        key = (name, generator.conditions.text, seed)
        if key not in self._thumbnails:
            self._thumbnails[key] = pictures.thumbnail(generator.synthesize(generator.sample(seed))[0])
            while len(self._thumbnails) > _MOST_THUMBNAILS:
                self._thumbnails.popitem(last=False)
        self._thumbnails.move_to_end(key)
        return self._thumbnails[key]
