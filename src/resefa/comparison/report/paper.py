"""Table 1 of the paper (Zhu et al., ICML 2022), as printed: FID / masked MSE / identity similarity, and the discovery time."""

from __future__ import annotations

from resefa.comparison.report.table import Table

ATTRIBUTES = ("close eyes", "close mouth", "lipstick", "big nose")
FIGURES = {
    "StyleSpace": (("26.32", "2.31", "0.51"), ("24.83", "2.43", "0.51"), ("57.12", "0.63", "0.84"), ("25.65", "0.98", "0.75"), "10.0 s"),
    "LowRankGAN": (("25.43", "5.61", "0.53"), ("24.91", "4.96", "0.73"), ("32.33", "8.44", "0.63"), ("25.37", "5.52", "0.56"), "393 s"),
    "ReSeFa": (("24.40", "2.51", "0.83"), ("23.35", "2.11", "0.85"), ("38.41", "1.53", "0.89"), ("24.82", "1.64", "0.85"), "0.5 s"),
}  # fmt: skip


def paper_table(model: str, resolution: tuple[int, int]) -> Table:
    """The paper's own figures, with what keeps them apart from those of this run."""
    height, width = resolution
    return Table(
        "The paper's own Table 1",
        ["method", *ATTRIBUTES, "discovery"],
        [[name, *(" / ".join(cell) for cell in cells), time] for name, (*cells, time) in FIGURES.items()],
        [
            f"FID / masked MSE / identity similarity of StyleGAN2 on FFHQ at 1024 x 1024, on an RTX 2080 Ti. The figures above are of another "
            f"network ({model}, {height} x {width}), other regions and another machine, at strengths that are matched here and "
            "were not there: only the order of the methods, not the figures, can be set beside them."
        ],
    )
