"""Trains StyleGAN2 on drawn toon heads, from nothing, from a training state, or from a generator alone.

    python -m benchmarks.training.stylegan2.train --output run                                    # from nothing
    python -m benchmarks.training.stylegan2.train --output run                                    # again: resumes run/state.pt
    python -m benchmarks.training.stylegan2.train --output more --state run/state.pt --plan 256:100k --rate 0.0008
    python -m benchmarks.training.stylegan2.train --output more --generator toon_faces.safetensors --plan 256:100k

The folder gets ``state.pt``, ``toon_faces.safetensors`` (which ``resefa inspect`` opens), sheets of samples and ``log.txt``.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch

from benchmarks.training.stylegan2.discriminator import Discriminator
from benchmarks.training.stylegan2.export import export, save_samples
from benchmarks.training.stylegan2.generator import TrainedGenerator, configuration
from benchmarks.training.stylegan2.plan import parse_plan
from benchmarks.training.stylegan2.stage import Options, Stage
from benchmarks.training.stylegan2.state import Counters, TrainingState, opened_generator

FIRST_PLAN = "64:129k,128:101k,256:134k"
"""The plan of the shipped generator, whose stages were measured in seconds; 40,000 images followed at a third of the rate."""
STATE, RESULT = "state.pt", "toon_faces.safetensors"


class Run:
    """A folder that receives the state, the result, samples and a log."""

    def __init__(self, folder: Path, save_every: float) -> None:
        self.folder, self.save_every = folder, save_every
        folder.mkdir(parents=True, exist_ok=True)
        self.saved = self.told = time.monotonic()
        self.images = 0

    def say(self, line: str) -> None:
        """Print a line and add it to the log."""
        print(line, flush=True)
        with open(self.folder / "log.txt", "a") as file:
            file.write(line + "\n")

    def report(self, stage: Stage, last: bool) -> None:
        """Log and save from time to time, and after a stage."""
        now = time.monotonic()
        if not last and now - self.saved < self.save_every:
            return
        state, resolution, counters = stage.state, stage.planned.resolution, stage.state.counters
        steps = max((counters.images - self.images) // stage.options.batch, 1)
        rate = (counters.images - self.images) / max(now - self.told, 1e-9)
        sums = stage.sums
        self.say(
            f"{resolution} px, {counters.stage_images} images ({counters.images} in all), {counters.stage_seconds:.0f} s, "
            f"losses {sums.discriminator.item() / steps:.3f} {sums.generator.item() / steps:.3f}, R1 {sums.r1.item():.4f}, "
            f"path {sums.path.item():.3f} of {state.path_mean.item():.3f}, {rate:.0f} images/s"
        )
        for total in (sums.discriminator, sums.generator):
            total.zero_()  # in place: graphs add to these tensors
        self.told, self.images = now, counters.images
        state.save(self.folder / STATE)
        save_samples(state.average, resolution, self.folder / f"samples_{resolution}.png")
        self.saved = time.monotonic()


def opened_state(options: argparse.Namespace, device: torch.device) -> TrainingState:
    """The state to begin with: the folder's own, a given one, a given generator, or new networks."""
    own = options.output / STATE
    if own.exists():
        state = TrainingState.load(own, device)
        if options.plan is not None and options.plan != state.counters.plan:
            raise SystemExit(f"{own} follows the plan {state.counters.plan}; omit --plan, or name another --output.")
        return state
    if options.state is not None:
        state = TrainingState.load(options.state, device)
        if options.plan is not None:
            before = state.counters
            state.counters = Counters(options.plan, images=before.images, resolution=before.resolution)
        return state
    torch.manual_seed(options.seed)
    counters = Counters(options.plan or FIRST_PLAN)
    generator = _new_generator(options) if options.generator is None else opened_generator(options.generator)
    resolution = generator.synthesis.resolutions[-1]
    discriminator = Discriminator(resolution, options.discriminator_width, options.discriminator_base)
    if options.generator is None:
        state = TrainingState.new(generator, discriminator, device)
    else:
        state = TrainingState.from_generator(generator, discriminator, device)
        counters.resolution, counters.new_discriminator = resolution, options.discriminator_first
    state.counters = counters
    return state


def _new_generator(options: argparse.Namespace) -> TrainedGenerator:
    return TrainedGenerator(
        configuration(options.resolution, options.width, options.base, options.latent, options.mapping_layers)
    )


def train(arguments: list[str] | None = None) -> None:
    """Run the plan."""
    options = parser().parse_args(arguments)
    device = torch.device(options.device or ("cuda" if torch.cuda.is_available() else "cpu"))
    if device.type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = options.autotune
    state = opened_state(options, device)
    run = Run(options.output, options.save_every)
    run.images = state.counters.images
    plan = parse_plan(state.counters.plan)
    settings = Options(options.batch, options.rate, options.gamma, options.path_weight, options.fade, seed=options.seed)
    while state.counters.stage < len(plan):
        stage = Stage(state, plan[state.counters.stage], settings)
        stage.run(run.report)
        state.counters.stage += 1
        state.counters.stage_images, state.counters.stage_seconds = 0, 0.0
        state.save(run.folder / STATE)
    export(state.average, plan[-1].resolution, run.folder / RESULT)
    run.say(f"wrote {run.folder / RESULT}")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = made.add_argument
    add("--output", type=Path, required=True, help="folder of the run; a folder with state.pt is resumed")
    start = made.add_mutually_exclusive_group()
    start.add_argument("--state", type=Path, help="state.pt of another run to continue from")
    start.add_argument("--generator", type=Path, help="generator to continue from with a new discriminator")
    add("--plan", help=f"resolutions and lengths in images or seconds: 64:129k,256:400s; default {FIRST_PLAN}")
    add("--discriminator-first", type=int, default=500, help="with --generator: steps of the discriminator alone")
    add("--batch", type=int, default=Options.batch, help="images for each step")
    add("--rate", type=float, default=Options.rate, help="learning rate")
    add("--gamma", type=float, default=Options.gamma, help="weight of R1 at 64 pixels")
    add("--path-weight", type=float, default=Options.path_weight, help="weight of path length regularization")
    add("--fade", type=int, default=Options.fade, help="images over which a new resolution is faded in")
    add("--seed", type=int, default=Options.seed, help="seed of the heads and of new networks")
    add("--resolution", type=int, default=256, help="highest resolution of new networks")
    add("--width", type=int, default=128, help="most channels of the generator")
    add("--base", type=int, default=4096, help="channels times pixels a side of the generator's large blocks")
    add("--latent", type=int, default=128, help="dimensions of Z and W")
    add("--mapping-layers", type=int, default=4, help="layers of the mapping network")
    add("--discriminator-width", type=int, default=256, help="most channels of the discriminator")
    add("--discriminator-base", type=int, default=8192, help="channels times pixels a side of its large blocks")
    add("--save-every", type=float, default=60.0, help="seconds between two saves")
    add("--autotune", action="store_true", help="let cuDNN choose kernels by trial, which took 35 s on an H200")
    add("--device", help="cuda or cpu; default: cuda if present")
    return made


if __name__ == "__main__":
    train()
