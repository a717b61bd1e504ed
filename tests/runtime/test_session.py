"""One session: a budget that is read once, caches that are shared, progress of parts, and work that another thread stops."""

from __future__ import annotations

import threading

import pytest
import torch
from reference.problems import image_jacobian

import resefa
from resefa import solvers
from resefa.errors import CancelledError, UsageError
from resefa.runtime import session as module
from resefa.runtime.session import SHARED_CACHE, SHARES, Session

REGION = resefa.Region.box(0.25, 0.25, 0.5, 0.5, unit="fraction")
CPU = torch.device("cpu")


def test_free_memory_is_read_once_and_shared_out_by_name(monkeypatch):
    readings = []
    monkeypatch.setattr(module, "memory_budget", lambda memory, device: readings.append(device) or 10**9)
    session = Session()
    for what in SHARES:
        assert 0 < session.on(CPU).memory_for(what) <= 10**9
    assert readings == [CPU] and session.on(CPU).memory_for("graphs") == 10**9 // 4
    with pytest.raises(KeyError):
        session.memory_for("lunch")


def test_a_named_budget_is_kept_to():
    session = Session(memory=10**6)
    assert session.memory_is_named and session.memory_for("all") == 10**6 and not Session().memory_is_named


def test_arguments_as_people_give_them_and_what_makes_no_sense():
    session = Session(memory="1.5 GiB", stored="float16")
    assert session.memory == 3 * 2**29 and session.stored is torch.float16
    for wrong in (
        {"memory": "2 parsecs"},
        {"memory": 12},
        {"stored": "int8"},
        {"cache": 3},
        {"progress": 5},
        {"announce": "loud"},
    ):
        with pytest.raises(UsageError, match=next(iter(wrong))):
            Session(**wrong)


def test_caches_by_default_by_object_and_by_folder(tmp_path):
    empty = resefa.JacobianCache()
    assert Session().cache is SHARED_CACHE and Session(cache=empty).cache is empty
    assert Session(cache=tmp_path).cache.folder == tmp_path


def test_progress_of_equal_parts_is_that_of_all():
    told = []
    session = Session(progress=lambda done, total: told.append((done, total)))
    for i in range(3):
        session.part(i, 3).report(5, 10)
    assert told == [(5, 30), (15, 30), (25, 30)]


@pytest.mark.parametrize(
    "solver", [solvers.Cholesky(), solvers.MatrixFree(tolerance=1e-6), solvers.Prepared()], ids=lambda s: s.name
)
def test_a_cancelled_search_stops_between_chunks(style, solver):
    cancellation = resefa.Cancellation()
    chunks = []

    def stop(done, total):
        chunks.append(done)
        cancellation.cancel()

    session = Session(cache=resefa.JacobianCache(), progress=stop, cancellation=cancellation)
    problem = resefa.RegionProblem(style, style.sample([0, 1], "W+"), REGION, session=session)
    with pytest.raises(CancelledError, match="cancelled"):
        solver.solve(problem, 2)
    assert len(chunks) == 1


def test_a_thread_cancels_and_the_next_run_goes_on_from_the_columns(style, tmp_path):
    code = style.sample(0, "W+")
    cancellation = resefa.Cancellation()
    begun = threading.Event()

    def told(done, total):
        begun.set()
        assert cancellation._event.wait(10)

    session = Session(cache=tmp_path, progress=told, cancellation=cancellation)
    raised = []

    def work():
        try:
            resefa.discover(style, code, REGION, session=session)
        except CancelledError as error:
            raised.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    assert begun.wait(30)
    cancellation.cancel()
    worker.join(30)
    assert raised and list(tmp_path.glob("*.part"))
    seen = []
    again = image_jacobian(
        style, code, style.resolution, cache=tmp_path, progress=lambda done, total: seen.append(done)
    )
    whole = image_jacobian(style, code, style.resolution, cache=resefa.JacobianCache())
    assert seen[0] > min(again.shape[1], 1) and torch.allclose(again.matrix, whole.matrix, rtol=1e-6, atol=1e-9)
