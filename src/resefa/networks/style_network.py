"""Protocol of style-based networks, so that one adapter serves StyleGAN1, 2 and 3 in the spaces Z, W, W+ and S."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from jaxtyping import Float
from torch import Tensor, nn

from resefa.types import Image, Latent

LayeredLatent = Float[Tensor, "b l n"]
"""Code of W+: one w per layer."""

Noise = str | Sequence[Tensor]
"""``"constant"`` (the network's noise buffers), ``"none"``, or one (h, w) tensor per entry of ``noise_shapes``."""


@dataclass(frozen=True)
class StyleLayer:
    """One affine layer from w to channels of the style space S.

    Attributes:
        name: as the checkpoint names its module, for example ``"b16.conv0"``.
        layer: index of the W+ layer that feeds it.
        channels: its length in S.
        resolution: longer side of the feature map it drives.
        mean: fed by the mean over all layers of W+; ``layer`` then only assigns its channels of S to a layer.
    """

    name: str
    layer: int
    channels: int
    resolution: int
    mean: bool = False

    @property
    def to_image(self) -> bool:
        """Whether the style drives a ToRGB layer rather than a convolution."""
        return self.name.endswith("torgb")


Styles = Latent | Sequence[Latent]
"""Code of S, (b, n_s), or one (b, channels) tensor per style layer; the split form lets constant layers stay constant."""


def styles_of_each(styles: Styles, layers: Sequence[StyleLayer]) -> Sequence[Latent]:
    """The styles split by style layer: one tensor (b, channels) for each."""
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
        """Map codes (b, z_dim) and one-hot labels (b, label_dim) to w (b, w_dim), before truncation."""
        ...

    def styles(self, ws: LayeredLatent) -> Latent:
        """Map W+ codes (b, L, w_dim) to styles (b, n_s), concatenated in the order of ``style_layers``."""
        ...

    def synthesis(self, styles: Styles, noise: Noise = "constant") -> Image:
        """Map styles, (b, n_s) or one (b, channels) per style layer, to images (b, c, h, w), not clamped."""
        ...


class StyledSynthesis(nn.Module):
    """Synthesis network, (b, n_s) -> (b, c, h, w), with the attributes of ``StyleNetwork`` that depend on it."""

    style_layers: tuple[StyleLayer, ...]
    num_layers: int
    noise_shapes: tuple[tuple[int, int], ...]


_Synthesis = TypeVar("_Synthesis", bound=StyledSynthesis)


class Styled(nn.Module, Generic[_Synthesis]):
    """Base of StyleGAN1 and 2: the attributes of ``StyleNetwork`` from a configuration, the mapping and the synthesis.

    The modules ``mapping`` and ``synthesis`` serve as the protocol's methods of these names.
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
        """Centre of W, (w_dim,), towards which truncation pulls."""
        return self.mapping.get_buffer("w_avg")


def noise_of_each(
    noise: Noise, buffers: Sequence[Tensor | None], shapes: Sequence[tuple[int, int]]
) -> list[Tensor | None]:
    """Noise (h, w), or None, for each layer in the order of use; ``buffers`` are the network's noise images.

    Raises:
        ValueError: ``noise`` is an unknown word, or its tensors have other shapes than ``shapes``.
    """
    if isinstance(noise, str):
        if noise not in ("constant", "none"):
            raise ValueError(f'noise is "{noise}"; give "constant", "none" or a sequence of tensors')
        return list(buffers) if noise == "constant" else [None] * len(buffers)
    if [tuple(given.shape) for given in noise] != list(shapes):
        raise ValueError(
            f"noise has tensors with shapes {[tuple(given.shape) for given in noise]}; "
            f"give one tensor for each noise input of the network, with shapes {list(shapes)}"
        )
    return list(noise) or [None] * len(buffers)
