"""Sound files of directions and of codes, one of each kind that is read: what mutations start from."""

from __future__ import annotations

import io
import json
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

DRAW = np.random.RandomState(0)


def _drawn(*shape: int) -> np.ndarray:
    return DRAW.randn(*shape).astype(np.float32)


def _numpy(write: Callable[..., None], *arrays: Any, **named: Any) -> bytes:
    out = io.BytesIO()
    write(out, *arrays, **named)
    return out.getvalue()


def _torch(value: Any, old: bool = False) -> bytes:
    out = io.BytesIO()
    torch.save(value, out, _use_new_zipfile_serialization=not old)
    return out.getvalue()


def _saved(made: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        made.save(Path(folder) / "a.safetensors")
        return (Path(folder) / "a.safetensors").read_bytes()


def _directions() -> bytes:
    import resefa
    from resefa.directions import DirectionFacts, Transfer
    from resefa.directions.provenance import Provenance
    from resefa.solvers import Certificate

    own = Provenance(
        method="resefa",
        model="faces-dcgan",
        region="mouth",
        seeds=(1,),
        resolution=(6, 6),
        names=("a", "b"),
    )
    certificate = Certificate(
        "matrix-free", (1e-9, 2e-9), dimensions=12, searched=9, rank=5, condition=7.5, tau=1e-3, ridge=0.1, gaps=(0.1, 0.2),
        ridge_errors=(0.0, 0.1), inside=0.9, outside=0.8, forward=9, reverse=11, tolerance=0.01,
    )  # fmt: skip
    part = np.zeros((6, 6))
    part[2:4, 2:4] = 1
    return _saved(
        resefa.Directions(
            _drawn(2, 12),
            eigenvalues=[2, 1],
            codes=_drawn(1, 12),
            edit=part,
            protect=1 - part,
            certificate=certificate,
            provenance=own,
            facts=(
                DirectionFacts("opens", {"opening": 0.5}, transfer=Transfer((0.8,)), orientation="brighter", near=0.25),
                DirectionFacts(),
            ),
        )
    )


def _codes() -> bytes:
    import resefa

    return _saved(resefa.LatentCode(torch.from_numpy(_drawn(2, 12)), "Z", (3, 4)))


def _paths() -> bytes:
    import resefa
    from resefa.directions.provenance import Provenance
    from resefa.paths import EditPath, PathCertificate, StraightComparison

    levels = torch.tensor([-0.2, -0.1, 0, 0.1, 0.3], dtype=torch.float64)
    vector = torch.nn.functional.normalize(torch.arange(1.0, 13.0), dim=0)
    certificate = PathCertificate(40, 7, 31, 2, 4, 1, 100, (StraightComparison(1, 0.04, 0.001, 0.004),))
    path = EditPath(levels[:, None] * vector, levels.square(), levels.square() / 9, 2, ("spent", ""), certificate)
    own = Provenance(model="faces-dcgan", region="mouth", seeds=(1, 2), resolution=(6, 6))
    part = torch.zeros(6, 6)
    part[2:4, 2:4] = 1
    return _saved(
        resefa.EditPaths(
            vector, 0, 2.0, None, None, part, 1 - part, own, codes=torch.from_numpy(_drawn(2, 12)), paths=(path, path)
        )
    )


def _ganspace_edit() -> dict[str, Any]:
    return {
        "name": "Light direction", "lat_comp": _drawn(1, 12), "lat_stdev": 1.5, "latent_space": "W", "edit_type": "latent",
        "edit_start": 1, "edit_end": 3, "model_name": "StyleGAN2", "output_class": "ffhq", "truncation": 0.9,
    }  # fmt: skip


SMALL: dict[str, Callable[[], bytes]] = {
    "directions.safetensors": _directions,
    "codes.safetensors": _codes,
    "mouth.paths.safetensors": _paths,
    "array.npy": lambda: _numpy(np.save, _drawn(3, 12)),
    "layered.npy": lambda: _numpy(np.save, np.asfortranarray(_drawn(2, 8, 12))),
    "restyle.npy": lambda: _numpy(np.save, {"a.jpg": [_drawn(8, 12)] * 2}),
    "projected_w.npz": lambda: _numpy(np.savez, w=_drawn(1, 8, 12)),
    "ganspace.npz": lambda: _numpy(np.savez_compressed, lat_comp=_drawn(3, 1, 12), lat_stdev=np.ones(3), act_comp=_drawn(3, 1, 12)),
    "channels.npz": lambda: _numpy(np.savez, smile=np.array([[0, 1], [2, 0]])),
    "edit.pkl": lambda: pickle.dumps(_ganspace_edit(), 2),
    "edit-new.pkl": lambda: pickle.dumps(_ganspace_edit(), 4),
    "edit-oldest.pkl": lambda: pickle.dumps(_ganspace_edit(), 0),
    "pca.pt": lambda: _torch({"comp": torch.from_numpy(_drawn(2, 1, 12)), "mean": torch.zeros(1, 12), "std": torch.ones(2)}),
    "factor.pt": lambda: _torch({"ckpt": "a/b.pt", "eigvec": torch.eye(12)}, old=True),
    "age.pt": lambda: _torch(torch.from_numpy(_drawn(1, 12))),
    "latents.pt": lambda: _torch({"latents": torch.from_numpy(_drawn(1, 8, 12))}),
    "channels.json": lambda: json.dumps({"smiling": [[6, 1], [1, 3, -50]], "eyes": ["9_4"]}).encode(),
    "channels.txt": lambda: b"9_4\n(12, 3, -50)\ngoatee: (9, 4), (9, 6)\n# end\n",
}  # fmt: skip
