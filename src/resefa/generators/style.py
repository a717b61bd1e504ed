"""StyleGAN1, 2 and 3 generators with the spaces Z, W, W+ and S."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Self

import numpy as np
import torch
from torch import Tensor
from torch.func import jvp, vmap

from resefa.checkpoints.record import CheckpointRecord
from resefa.errors import LatentError, UsageError, parameter
from resefa.generators.base import BaseGenerator
from resefa.generators.build import built
from resefa.generators.conditions import check_cutoff, checked_label, one_hot
from resefa.generators.fingerprint import tensors_fingerprint
from resefa.generators.output_range import over_white, shown_channels
from resefa.latents.conditions import Conditions
from resefa.latents.layers import layer_indices, layer_text
from resefa.latents.motion import Motion, picked, repeated, separate, whole
from resefa.latents.space import LatentSpace
from resefa.networks.style_network import Noise, StyleNetwork, Styles, styles_of_each
from resefa.types import Image, Latent

ORDER = ("Z", "W", "W+", "S")
COLUMNS = 512
"""Rows of affine weights computed at a time."""


class StyleGenerator(BaseGenerator):
    """StyleGAN generator ``z -> w -> W+ -> S -> image``. Truncation acts between Z and W, or with a cutoff between Z and W+.

    W has one w for all layers, W+ one per layer, S the channels after the affine layers (StyleSpace, Wu et al. 2021). Layers
    are those of W+; in S a layer stands for all channels that it feeds.
    """

    linear_spaces = ("W", "W+")
    _stop: tuple[int, int] | None = None
    """Size of the last image of a view."""

    def __init__(
        self,
        record: CheckpointRecord,
        network_class: type,
        *,
        name: str,
        presets: str,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self.network: StyleNetwork = built(network_class, record, name, device, dtype)
        net = self.network
        super().__init__(
            name=name,
            fingerprint=tensors_fingerprint(record.tensors),
            resolution=net.resolution,
            channels=shown_channels(net.channels, name),
            spaces={
                "Z": LatentSpace("Z", (net.z_dim,)),
                "W": LatentSpace("W", (net.w_dim,)),
                "W+": LatentSpace("W+", (net.num_layers, net.w_dim)),
                "S": LatentSpace("S", (sum(layer.channels for layer in net.style_layers),)),
            },
            presets=presets,
            device=device,
            dtype=dtype,
        )
        self.classes = net.label_dim
        sizes: dict[int, int] = {}
        for layer in net.style_layers:  # a w that feeds two layers has the resolution of the later one
            sizes[layer.layer] = max(layer.resolution, sizes.get(layer.layer, 0))
        self.layer_resolutions = tuple(sizes[i] for i in range(net.num_layers))

    def render(self, values: Latent, space: str) -> Image:
        return self._image(self._to(values, space, "S"))

    def render_moved(self, base: Latent, motion: Motion, vectors: Latent) -> Image:
        moving = motion.moving()
        space = motion.target.name
        if space not in ("W+", "S") or bool(moving.all()):
            return super().render_moved(base, motion, vectors)
        layers = self.network.style_layers
        still = self._to(base, space, "S").expand(len(vectors), -1)
        moved = self._to(base + motion.lift(vectors), space, "S")
        if space == "W+":
            rows = moving.unflatten(0, motion.target.shape).any(1)
            moves = [bool(rows.any() if layer.mean else rows[layer.layer]) for layer in layers]
        else:
            moves = [bool(part.any()) for part in moving.split([layer.channels for layer in layers])]
        pairs = zip(styles_of_each(moved, layers), styles_of_each(still, layers), moves, strict=True)
        return self._image([new if does else old for new, old, does in pairs])

    def at_resolution(self, height: int) -> Self:
        """View that ends with the sum of the ``skip`` architecture's images up to ``height`` rows (StyleGAN2, figure 7).

        Spaces, motions and layers are those of the whole generator, so directions fit both; layers after the stop have no
        effect here. The fingerprint is marked, since the Jacobians differ.
        """
        sizes = getattr(self.network.synthesis, "intermediate_sizes", ())
        if not sizes:
            return super().at_resolution(height)
        size = next((size for size in sizes if size[0] == height), None)
        if size is None:
            raise UsageError(
                f"{self.name} has no intermediate image with {height} rows; choose one of "
                f"{', '.join(str(size[0]) for size in sizes)}."
            )
        other = copy.copy(self)
        other.fingerprint = self.fingerprint.partition("@")[0]
        other.resolution, other._stop = size, None if size == sizes[-1] else size
        if other._stop is not None:
            other.fingerprint += f"@{height}"
        return other

    def _image(self, styles: Styles) -> Image:
        if self._stop is None:
            return over_white(self.network.synthesis(styles, self._noise()))
        # A network with intermediate sizes takes one of them as ``stop``, which is no part of the protocol.
        synthesis: Callable[..., Image] = self.network.synthesis
        return over_white(synthesis(styles, self._noise(), stop=self._stop))

    def motion(self, space: str | None = None, layers: str | None = None, code_space: str | None = None) -> Motion:
        where = self.space(space or code_space).name
        start = self.space(code_space or where).name
        if ORDER.index(start) > ORDER.index(where) and (start, where) != ("W+", "W"):
            raise LatentError(
                f"A direction in {where} cannot move a latent code in {start}; give a latent code in {where}, or discover directions with {parameter('space', start)}."
            )
        if where == "Z":
            if layers is not None:
                raise UsageError(
                    f"{parameter('layers', layers)} cannot be chosen in Z, which feeds all layers; choose {parameter('space')} W, W+ or S."
                )
            return whole(self.spaces["Z"])
        chosen = (
            range(self.network.num_layers)
            if layers is None
            else layer_indices(layers, self.layer_resolutions, self.name)
        )
        text = None if len(chosen) == self.network.num_layers else layer_text(chosen)
        width, layered = self.network.w_dim, self.spaces["W+"]
        if where == "W":
            one = text is None and start in ("Z", "W") and self.conditions.cutoff is None
            return whole(self.spaces["W"]) if one else repeated("W", width, layered, chosen, text)
        if where == "W+":
            return whole(layered) if text is None else separate("W+", width, layered, chosen, text)
        if text is None:
            return whole(self.spaces["S"])
        places, offset = [], 0
        for layer in self.network.style_layers:
            places += range(offset, offset + layer.channels) if layer.layer in set(chosen) else ()
            offset += layer.channels
        return picked("S", self.spaces["S"], places, text)

    def _first_maps(self, motion: Motion) -> Tensor:
        """Weights of the affine layers; those of ToRGB only if their W+ layer feeds no convolution (as SeFa's authors choose).

        Styles are affine in W+, so these weights are their exact derivative.
        """
        net, layers = self.network, self.network.style_layers
        steps = motion.lift(torch.eye(motion.dimensions, device=self.device, dtype=self.dtype))
        if motion.target.name == "W":
            steps = steps[:, None].expand(-1, net.num_layers, -1)
        steps, zero = steps.reshape(-1, net.num_layers, net.w_dim), steps.new_zeros(1, net.num_layers, net.w_dim)
        maps = vmap(lambda step: jvp(net.styles, (zero,), (step[None],))[1][0], chunk_size=COLUMNS)(steps).T
        alone = [layer for layer in layers if not layer.to_image and not layer.mean]
        fed = {layer.layer for layer in alone}
        kept = [layer in alone or (layer.to_image and layer.layer not in fed) for layer in layers]
        parts = maps.split([layer.channels for layer in layers])
        return torch.cat([part for part, keep in zip(parts, kept, strict=True) if keep])

    def _checked(self, conditions: Conditions) -> Conditions:
        check_cutoff(conditions, self.network.num_layers, self.name)
        if isinstance(conditions.noise, int) and not self.network.noise_shapes:
            raise UsageError(
                f"{self.name} has no noise inputs, so {parameter('noise', conditions.noise)} has no effect; omit it."
            )
        return checked_label(conditions, self.classes, self.name)

    def _converted(self, values: Latent, space: str, target: str) -> Latent:
        if ORDER.index(space) > ORDER.index(target):
            return super()._converted(values, space, target)
        return self._to(values, space, target)

    def _to(self, values: Latent, space: str, target: str) -> Latent:
        """Differentiable conversion down the chain Z, W, W+, S."""
        psi, cutoff = self.conditions.truncation, self.conditions.cutoff
        if space == target:
            return values
        if space == "Z":
            if target == "W" and cutoff is not None and psi != 1:
                raise LatentError(
                    f"Truncation with a cutoff gives each layer a different w, so a latent code in W is not possible; choose {parameter('space', 'W+')}."
                )
            values = self.network.mapping(values, self._label(values))
            if cutoff is None:
                values = self._truncated(values, psi)
            space = "W"
            if target == "W":
                return values
            if cutoff is not None:
                layered = values[:, None].expand(-1, self.network.num_layers, -1)
                head = self._truncated(layered[:, :cutoff], psi)
                values, space = torch.cat([head, layered[:, cutoff:]], 1).flatten(1), "W+"
        if space == "W" and target != "W":
            values, space = values[:, None].expand(-1, self.network.num_layers, -1).flatten(1), "W+"
        if space == target:
            return values
        return self.network.styles(values.unflatten(1, (self.network.num_layers, self.network.w_dim)))

    def _truncated(self, w: Tensor, psi: float) -> Tensor:
        mean = self.network.w_avg
        return w if psi == 1 else mean + psi * (w - mean)

    def _label(self, values: Latent) -> Tensor | None:
        return one_hot(self.conditions.label or 0, self.classes, values) if self.classes else None

    def _noise(self) -> Noise:
        kind = self.conditions.noise
        return kind if isinstance(kind, str) else self._drawn(kind, self.network.noise_shapes)

    def _drawn(self, seed: int, shapes: Sequence[tuple[int, int]]) -> list[Tensor]:
        random = np.random.RandomState(seed)
        return [torch.from_numpy(random.randn(*shape)).to(self.device, self.dtype) for shape in shapes]
