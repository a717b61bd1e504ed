"""What every style-based network offers, so that one adapter serves StyleGAN1, 2 and 3 in the spaces Z, W, W+ and S."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from jaxtyping import Float
from torch import Tensor, nn

from resefa.types import Image, Latent

LayeredLatent = Float[Tensor, "b l n"]
"""One w per layer: a code of W+."""

Noise = str | Sequence[Tensor]
"""``"constant"`` (the network's own buffers), ``"none"``, or one (h, w) tensor per entry of ``noise_shapes``."""


@dataclass(frozen=True)
class StyleLayer:
    """One affine layer from w to channels of the style space S.

    Attributes:
        name: as the checkpoint names its module, for example ``"b16.conv0"``.
        layer: index of the W+ layer that feeds it.
        channels: its length in S.
        resolution: longer side of the feature map it drives.
        mean: fed by the mean over all layers of W+ instead; ``layer`` then says only to which it counts in S.
    """

    name: str
    layer: int
    channels: int
    resolution: int
    mean: bool = False

    @property
    def to_image(self) -> bool:
        """Whether it drives a ToRGB layer of its own beside the convolutions."""
        return self.name.endswith("torgb")


Styles = Latent | Sequence[Latent]
"""A code of S, (b, n_s), or its parts in the order of the style layers: those that move and those that do not."""


def styles_of_each(styles: Styles, layers: Sequence[StyleLayer]) -> Sequence[Latent]:
    """(b, channels) for each style layer."""
    return styles.split([layer.channels for layer in layers], dim=1) if isinstance(styles, Tensor) else styles


class StyleNetwork(Protocol):
    """A frozen network ``z -> w -> W+ -> S -> image`` of pure, out-of-place tensor operations (``torch.func`` and ``vmap``).

    Attributes:
        z_dim, w_dim: latent sizes. ``label_dim`` is 0 where the network is not conditional.
        num_layers: L, the layers of W+.
        w_avg: (w_dim,) buffer, the centre that truncation pulls to.
        resolution: (height, width); ``channels`` of the image.
        style_layers: the affine layers in the order in which S concatenates them.
        noise_shapes: (h, w) of each noise input, in the order in which they are used; empty where there is none.
    """

    z_dim: int
    w_dim: int
    label_dim: int
    num_layers: int
    w_avg: Tensor
    resolution: tuple[int, int]
    channels: int
    style_layers: tuple[StyleLayer, ...]
    noise_shapes: tuple[tuple[int, int], ...]

    def mapping(self, z: Latent, label: Latent | None = None) -> Latent:
        """(b, z_dim) and one-hot (b, label_dim) -> (b, w_dim), before truncation."""
        ...

    def styles(self, ws: LayeredLatent) -> Latent:
        """(b, L, w_dim) -> (b, n_s): every affine layer, concatenated in the order of ``style_layers``."""
        ...

    def synthesis(self, styles: Styles, noise: Noise = "constant") -> Image:
        """(b, n_s), or one (b, channels) per style layer, -> (b, c, h, w), not clamped."""
        ...


class StyledSynthesis(nn.Module):
    """A synthesis network (b, n_s) -> (b, c, h, w), with the attributes of ``StyleNetwork`` that it decides."""

    style_layers: tuple[StyleLayer, ...]
    num_layers: int
    noise_shapes: tuple[tuple[int, int], ...]


_Synthesis = TypeVar("_Synthesis", bound=StyledSynthesis)


class Styled(nn.Module, Generic[_Synthesis]):
    """The attributes of ``StyleNetwork``, read off a configuration and the two parts.

    The protocol's methods ``mapping`` and ``synthesis`` are these modules, called.
    """

    def __init__(self, config: Mapping[str, Any], mapping: nn.Module, synthesis: _Synthesis) -> None:
        super().__init__()
        self.mapping = mapping
        self.synthesis = synthesis
        self.z_dim: int = config["z_dim"]
        self.w_dim: int = config["w_dim"]
        self.label_dim: int = config["label_dim"]
        self.channels: int = config["channels"]
        height, width = (side << (len(config["blocks"]) - 1) for side in config["const"])
        self.resolution = (height, width)
        self.style_layers = synthesis.style_layers
        self.num_layers = synthesis.num_layers
        self.noise_shapes = synthesis.noise_shapes

    @property
    def w_avg(self) -> Tensor:
        """(w_dim,): the centre that truncation pulls to."""
        return self.mapping.get_buffer("w_avg")


def noise_of_each(
    noise: Noise, buffers: Sequence[Tensor | None], shapes: Sequence[tuple[int, int]]
) -> list[Tensor | None]:
    """One (h, w) tensor or None for each layer, in the order of use; ``buffers`` are the network's own.

    Raises:
        ValueError: an unknown word, or tensors of other shapes than ``shapes``.
    """
    if isinstance(noise, str):
        if noise not in ("constant", "none"):
            raise ValueError(f'noise is "constant", "none" or a sequence of tensors, not "{noise}"')
        return list(buffers) if noise == "constant" else [None] * len(buffers)
    if [tuple(given.shape) for given in noise] != list(shapes):
        raise ValueError(f"noise needs one tensor for each of the shapes {list(shapes)}")
    return list(noise) or [None] * len(buffers)
