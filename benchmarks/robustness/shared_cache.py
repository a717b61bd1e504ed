"""Several processes that share one cache folder, started and killed at random moments.

In each round 2 to 4 processes request the Jacobians or the searched subspaces of two images. The folder is empty, holds files of
earlier rounds, or is so small that files are removed while other processes read them. Every process that survives must return the
right result, bit for bit, also a little later; then one more process must do so and find a valid file. POSIX only (fork).

    python benchmarks/run.py run shared_cache [rounds]
"""

from __future__ import annotations

import collections
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # a fork after OpenMP has made threads would hang

import torch
from reference.problems import image_jacobian
from torch import nn

import resefa
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.jacobian_file import opened

SIZE, SEEDS = (16, 16), (0, 1)
REGION = resefa.Region.box(4, 4, 6, 6)
LONGEST = 120
"""Seconds after which a process hangs."""


def small_generator() -> resefa.Generator:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Linear(24, 64), nn.Tanh(), nn.Linear(64, 3 * 256), nn.Tanh(), nn.Unflatten(1, (3, *SIZE))
    )
    return resefa.wrap(network, 24, batch=2)  # two columns at a time: there is much to interrupt


def slowly(chance: random.Random):
    return lambda done, total: time.sleep(chance.random() * 0.02)


def work(generator, truth, folder: Path, chance: random.Random) -> str:
    """One process's: what it found, and whether that is right."""
    time.sleep(chance.random() * 0.3)
    seed, disk = chance.choice(SEEDS), chance.choice((10**9, 10**9, 150_000))
    code, cache = generator.sample(seed), JacobianCache(folder=folder, disk=disk)
    matrix, best = truth[seed]
    if chance.random() < 0.25:
        found = resefa.discover(
            generator, code, REGION, k=1, solver="matrix-free", tolerance=1e-3, cache=cache, progress=slowly(chance)
        )
        value = float(found.eigenvalues[0])
        return "right" if abs(value - best) < 0.01 * best else f"wrong: eigenvalue {value} where {best} is right"
    jacobian = image_jacobian(generator, code, SIZE, cache=cache, progress=slowly(chance)).matrix
    if not torch.equal(jacobian, matrix):
        return f"wrong: {int((jacobian != matrix).any(0).sum())} of 24 columns"
    time.sleep(chance.random() * 0.2)
    return "right" if torch.equal(jacobian, matrix) else "wrong: changed while it was used"


def forked(job) -> tuple[int, int]:
    """A process and the pipe on which it says what came of it."""
    out, into = os.pipe()
    if (process := os.fork()) == 0:
        os.close(out)
        signal.alarm(LONGEST)
        try:
            said = job()
        except BaseException as error:
            said = f"{type(error).__name__}: {str(error)[:120]}"
        os.write(into, said.encode())
        os._exit(0)
    os.close(into)
    return process, out


def heard(process: int, out: int) -> str:
    said = b""
    while part := os.read(out, 4096):
        said += part
    os.close(out)
    _, status = os.waitpid(process, 0)
    return said.decode() or f"signal {os.WTERMSIG(status)}"


def play(generator, truth, folder: Path, number: int) -> list[str]:
    """A round: what each process said, and what was found wrong of the folder afterwards."""
    chance = random.Random(number)
    started = [
        forked(lambda i=i: work(generator, truth, folder, random.Random(f"{number} {i}")))
        for i in range(chance.randint(2, 4))
    ]
    killed = set()
    for process, _ in started:
        if chance.random() < 0.5:
            time.sleep(chance.random() * 0.25)
            os.kill(process, signal.SIGKILL)
            killed.add(process)
    said = []
    for process, out in started:
        result = heard(process, out)
        said.append("killed" if process in killed and result == "signal 9" else result)

    def last() -> str:
        for seed, (matrix, _) in truth.items():
            found = image_jacobian(generator, generator.sample(seed), SIZE, cache=JacobianCache(folder=folder)).matrix
            if not torch.equal(found, matrix):
                return "wrong: after the others"
        return "right"

    said.append(heard(*forked(last)))
    names = [path.name for path in folder.glob("*.safetensors") if not path.name.startswith(".")]  # a killed process's
    kept = [opened(folder / name) for name in names if ".subspace." not in name]
    right = [matrix.T for matrix, _ in truth.values()]
    sound = [found is not None and any(torch.equal(found[0], rows) for rows in right) for found in kept]
    said.append("kept file right" if len(kept) == len(truth) and all(sound) else f"KEPT FILES WRONG: {sound}")
    left = len(list(folder.glob("*.part")))
    said.append("no leftovers" if not left else f"{left} leftovers")
    return said


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    torch.set_num_threads(1)
    generator, truth = small_generator(), {}
    for seed in SEEDS:
        code = generator.sample(seed)
        matrix = image_jacobian(generator, code, SIZE, cache=JacobianCache()).matrix
        found = resefa.discover(generator, code, REGION, k=1, solver="cholesky", cache=JacobianCache())
        truth[seed] = matrix, float(found.eigenvalues[0])
    count: collections.Counter[str] = collections.Counter()
    home = Path(tempfile.mkdtemp(prefix="shared-keep-"))
    try:
        for number in range(rounds):
            if number % 3 == 0:
                shutil.rmtree(home)
            said = play(generator, truth, home / "keep", number)
            count.update(said)
            if bad := [one for one in said if one not in ("right", "killed", "kept file right", "no leftovers")]:
                print(f"round {number}: {bad}", flush=True)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(json.dumps(dict(count)))
    return int(any(one not in ("right", "killed", "kept file right", "no leftovers") for one in count))


if __name__ == "__main__":
    sys.exit(main())
