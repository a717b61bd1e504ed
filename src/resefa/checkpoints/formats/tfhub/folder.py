"""SavedModel folders of BigGAN and BigGAN-deep from TF-Hub, read with TensorFlow if installed.

Variables and constants are read as data: no graph is run. Convert once, and keep the generator as a safetensors file.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from torch import Tensor

from resefa.checkpoints.families.biggan import biggan_record
from resefa.checkpoints.families.biggan_deep import biggan_deep_record
from resefa.checkpoints.formats.tfhub import biggan, biggan_deep
from resefa.checkpoints.formats.tfhub.variables import Variables, constants
from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.errors import MissingExtraError, ModelError, WeightsError

NAME = "TF-Hub BigGAN"
_INDEX, _PREFIX, _GRAPH = "variables/variables.index", "variables/variables", "saved_model.pb"


def recognises_folder(path: Path) -> bool:
    """Whether the folder is a SavedModel with variables; only reading them shows whether it is a BigGAN."""
    return (path / _INDEX).is_file()


def folder_record(path: Path) -> CheckpointRecord:
    """Record of the generator, with averaged weights if the module has them.

    Raises:
        MissingExtraError: TensorFlow is not installed.
        ModelError: the variables belong to another network, or a variable is missing or unexpected.
        WeightsError: the folder is damaged.
    """
    tensorflow = _tensorflow(path.name)
    variables: Mapping[str, np.ndarray] = _Checkpoint(tensorflow, path)
    if _kind(variables, path.name) is biggan_deep:
        wanted = biggan_deep.statistics_names(biggan_deep.blocks_of(variables))
        constants = _graph_constants(tensorflow, path, wanted)
        # A ChainMap writes to its first mapping alone, so that the others need not be mutable.
        variables = ChainMap(constants, cast("MutableMapping[str, np.ndarray]", variables))
    return record_of_variables(variables, path.name)


def translated(variables: Mapping[str, np.ndarray], name: str = "the module") -> dict[str, Tensor]:
    """Tensors for the reader of the family, from the variables and, for BigGAN-deep, constants of the graph.

    Raises:
        ModelError: they belong to another network, or a variable is missing, unexpected or of a different shape.
    """
    return _kind(variables, name).translated(variables, name)


def record_of_variables(variables: Mapping[str, np.ndarray], name: str) -> CheckpointRecord:
    """Record of the variables.

    Raises:
        ModelError: raised by :func:`translated` or by the reader of the family.
    """
    tensors = translated(variables, name)
    deep = _kind(variables, name) is biggan_deep
    record = biggan_deep_record(tensors, name) if deep else biggan_record(tensors, name, biggan.SETTINGS)
    entry = "averaged weights" if Variables(variables, name).averaged else "weights, not averaged"
    notes = () if deep else ("BN_eps and SN_eps are not in the module; 0.0001 was used",)
    return replace(record, source=Source(format=f"{NAME}-deep" if deep else NAME, entry=entry, notes=notes))


def _kind(variables: Mapping[str, np.ndarray], name: str) -> Any:
    """The module of this package that translates the given variables."""
    given = Variables(variables, name)
    for kind in (biggan_deep, biggan):
        if f"{kind.LINEAR}/w" in given:
            return kind
    first = ", ".join(sorted(variables)[:3]) or "none"
    raise ModelError(
        f"{name} holds the variables of an unsupported network ({first}, ...); the only supported TF-Hub modules are BigGAN and BigGAN-deep."
    )


class _Checkpoint(Mapping[str, np.ndarray]):
    """Variables that are read on demand, since half of the file is weights before averaging."""

    def __init__(self, tensorflow: Any, path: Path) -> None:
        self._errors = (tensorflow.errors.OpError, ValueError, RuntimeError, OSError)
        self._name = path.name
        try:
            self._reader = tensorflow.train.load_checkpoint(str(path / _PREFIX))
            self._shapes = dict(self._reader.get_variable_to_shape_map())
        except self._errors as error:
            raise self._damaged(error) from error

    def __getitem__(self, key: str) -> np.ndarray:
        if key not in self._shapes:
            raise KeyError(key)
        try:
            return np.asarray(self._reader.get_tensor(key))
        except self._errors as error:
            raise self._damaged(error) from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._shapes)

    def __len__(self) -> int:
        return len(self._shapes)

    def _damaged(self, error: Exception) -> WeightsError:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
        return WeightsError(f"{self._name} has variables that TensorFlow cannot read ({reason}): download it again.")


def _graph_constants(tensorflow: Any, path: Path, wanted: list[str]) -> dict[str, np.ndarray]:
    """Constants of the graph in ``saved_model.pb``, parsed without running the graph."""
    from tensorflow.core.protobuf import saved_model_pb2

    model = saved_model_pb2.SavedModel()
    try:
        model.ParseFromString((path / _GRAPH).read_bytes())
    except FileNotFoundError as error:
        raise ModelError(
            f"{path.name} has no {_GRAPH}, which contains the batch-norm statistics; put that file into the folder."
        ) from error
    except Exception as error:  # protobuf's error class has another module in each release
        raise WeightsError(
            f"{path.name} has a damaged {_GRAPH} ({type(error).__name__}): download it again."
        ) from error
    for graph in model.meta_graphs:
        if any(node.name == wanted[0] for node in graph.graph_def.node):
            return constants(graph.graph_def.node, wanted, tensorflow.make_ndarray, path.name)
    raise ModelError(f"{path.name} lacks the constant {wanted[0]} in its graph: the folder is incomplete.")


def _tensorflow(name: str) -> Any:
    try:
        import tensorflow
    except ImportError as error:
        raise MissingExtraError(
            f"{name} is a TensorFlow folder, which needs TensorFlow: run pip install 'resefa[tensorflow]', or convert the folder "
            "on a machine with TensorFlow."
        ) from error
    return tensorflow
