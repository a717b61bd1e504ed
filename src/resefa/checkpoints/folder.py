"""Folders of weights from model hubs: one file, or shards listed by an index, with ``config.json``.

Files are searched in the folder only; an index that names another folder is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec

from resefa.errors import ModelError, WeightsError, printable
from resefa.files.input_file import check_regular
from resefa.files.schema import decode

INDEX = ".index.json"
CONFIG = "config.json"
WEIGHTS = ("model.safetensors", "diffusion_pytorch_model.safetensors", "pytorch_model.bin")
"""File names in order of preference; a prefix is allowed, as in ``biggan-deep-128-pytorch_model.bin``."""
_SHARD = re.compile(r"(.+)-(\d{5})-of-(\d{5})(\.safetensors|\.bin)")
_NUMBERED = re.compile(r"(pytorch_)?model_\d+\.(safetensors|bin)")
"""Names that Accelerate gives to the second network and later ones."""
_MOST_SHARDS = 1000
_LONGEST_INDEX, _LONGEST_CONFIG = 1 << 26, 1 << 20
_OTHER_FOLDERS = {
    ".metadata": "a checkpoint of torch.distributed; convert it to one file with python -m torch.distributed.checkpoint.format_utils "
    "dcp_to_torch FOLDER FILE, and name that file",
    "zero_to_fp32.py": "a checkpoint of DeepSpeed; convert it to one file with its zero_to_fp32.py, and name that file",
    "saved_model.pb": "a SavedModel of TensorFlow without variables/variables.index; the only supported SavedModels are TF-Hub's BigGANs",
}
_OTHER_ENDINGS = (".safetensors", ".pt", ".pth", ".pkl", ".ckpt", ".bin", ".tar")
ReadFile = Callable[[Path], Any]
"""Function that reads the content of one file: tensors by name, or the object of a torch file."""


class _Index(msgspec.Struct):
    weight_map: Annotated[dict[str, Annotated[str, msgspec.Meta(max_length=255)]], msgspec.Meta(max_length=100_000)]


def weights_in(path: Path) -> Path:
    """The single file of weights in a folder, or the index of its shards.

    Raises:
        ModelError: the folder has no file of weights, or several without a preferred one.
    """
    try:
        files = sorted(file for file in path.iterdir() if file.is_file())
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): check the path.") from error
    names = {file.name: file for file in files}
    several = [name for name in names if _NUMBERED.fullmatch(name)]
    if several:
        listed = ", ".join(printable(name, 60) for name in [*(name for name in WEIGHTS if name in names), *several][:6])
        raise ModelError(
            f"{path.name} is a folder with several networks ({listed}): give the path of one of these files."
        )
    for wanted in WEIGHTS:
        for name in (wanted, f"{wanted}{INDEX}"):
            if name in names:
                return names[name]
        ending = [file for file in files if file.name.endswith(f"-{wanted}")]
        if len(ending) > 1:
            raise ModelError(
                f"{path.name} has {len(ending)} files whose names end in {wanted}: give the path of one of them."
            )
        if ending:
            return ending[0]
    loose = [file.name for file in files if file.suffix in _OTHER_ENDINGS and not _SHARD.fullmatch(file.name)]
    if len(loose) == 1:
        return names[loose[0]]
    for name, words in _OTHER_FOLDERS.items():
        if name in names:
            raise ModelError(f"{path.name} is {words}.")
    if "model_index.json" in names:
        raise ModelError(f"{path.name} is a diffusers pipeline of several networks, which resefa does not support.")
    held = (
        f"It has {', '.join(printable(name, 60) for name in loose[:6])}: give the path of one of them." if loose else ""
    )
    raise ModelError(
        f"{path.name or path} is a folder without {', '.join(WEIGHTS)} or variables/variables.index (TF-Hub). "
        f"{held or 'Give the path of a weights file.'}"
    )


def weights_of(path: Path) -> Path | None:
    """The only file of weights in a folder; None if the folder has shards, several files or no file of weights."""
    try:
        found = weights_in(path)
    except ModelError:
        return None
    return None if found.name.endswith(INDEX) else found


def shards(index: Path, read_file: ReadFile) -> dict[str, Any]:
    """Tensors of all shards that an index lists.

    Raises:
        WeightsError: the index is damaged or names another folder; a shard or a tensor is missing.
    """
    listed = decode(
        _text(index, _LONGEST_INDEX), _Index, index.name, raises=WeightsError, remedy="download it again"
    ).weight_map
    files = sorted(set(listed.values()))
    if not files or len(files) > _MOST_SHARDS:
        raise WeightsError(f"{index.name} lists {len(files)} shards; expected 1 to {_MOST_SHARDS}: download it again.")
    tensors: dict[str, Any] = {}
    for name in files:
        if Path(name).name != name or name in (".", "..") or "\\" in name or "\0" in name:
            raise WeightsError(
                f"{index.name} lists a shard outside its folder ({printable(name)}), which is not read; do not trust this file."
            )
        shard = index.parent / name
        if not shard.is_file():
            raise WeightsError(
                f"{index.name} lists the shard {printable(name)}, which is missing; put that file into the same folder."
            )
        content = read_file(shard)
        tensors |= content if isinstance(content, dict) else {}
    if missing := sorted(listed.keys() - tensors.keys()):
        raise WeightsError(
            f"{index.name} lists the tensor {printable(missing[0])}, but none of the shards contains it; download the shards again."
        )
    return tensors


def refuse_shard(path: Path) -> None:
    """Raise ModelError if the name of a file marks it as one of several shards."""
    found = _SHARD.fullmatch(path.name)
    if found and int(found[3]) > 1:
        index = f"{found[1]}{found[4]}{INDEX}"
        what = (
            f"{index} in the same folder"
            if (path.parent / index).is_file()
            else f"the folder with all shards and {index}"
        )
        raise ModelError(f"{path.name} is only shard {int(found[2])} of {int(found[3])} of a network; name {what}.")


def settings_in(path: Path) -> dict[str, Any] | None:
    """Settings in a folder's ``config.json`` under the training code's names, with nested settings flattened.

    Raises:
        WeightsError: the file is damaged.
    """
    config = path / CONFIG
    if not config.is_file():
        return None
    settings = decode(
        _text(config, _LONGEST_CONFIG),
        dict[str, Any],
        config.name,
        raises=WeightsError,
        remedy="fix it or download it again",
    )
    for key in ("synthesis_kwargs", "mapping_kwargs"):
        inner = settings.pop(key, None)
        settings = (inner if isinstance(inner, dict) else {}) | settings
    return settings


def _text(path: Path, most: int) -> bytes:
    check_regular(path, raises=WeightsError)
    try:
        if path.stat().st_size > most:
            raise WeightsError(f"{path.name} has more than {most} bytes, the limit for these files: download it again.")
        return path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path.name} cannot be read ({error.strerror}): check the path.") from error
