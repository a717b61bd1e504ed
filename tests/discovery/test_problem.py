"""A problem composed by hand gives what ``discover`` gives, by every solver."""

from __future__ import annotations

import pytest
import torch

import resefa
from resefa import solvers
from resefa.discovery import EditSpace, Holding, plan
from resefa.errors import LatentError, RegionError, UsageError
from resefa.methods import ReSeFa

SOLVERS = [solvers.Cholesky(), solvers.Woodbury(), solvers.MatrixFree(tolerance=1e-8), solvers.Prepared()]


@pytest.fixture
def problem(style, region):
    session = resefa.Session(cache=resefa.JacobianCache())
    return resefa.RegionProblem(style, style.sample([0, 1], "W"), region, session=session)


@pytest.mark.parametrize("solver", SOLVERS, ids=lambda solver: solver.name)
def test_a_solver_on_a_problem_is_discover_with_its_name(style, region, problem, solver):
    solution = solver.solve(problem, 3)
    options = {"tolerance": 1e-8} if solver.name == "matrix-free" else {}
    found = resefa.discover(
        style, problem.code, region, k=3, solver=solver.name, cache=resefa.JacobianCache(), **options
    )
    assert torch.equal(found.eigenvalues, solution.eigenvalues)
    # discover orients directions; a solver's signs are arbitrary.
    signs = (found.vectors * solution.vectors.float()).sum(1, keepdim=True).sign()
    assert torch.equal(found.vectors, signs * solution.vectors.float())


def test_every_form_of_the_problem_is_the_same_problem(problem):
    a, b = problem.gram_matrices()
    inside, outside = problem.factors()
    assert torch.allclose(inside.T @ inside, a, rtol=1e-10) and torch.allclose(outside.T @ outside, b, rtol=1e-10)
    jacobian = torch.cat([problem.jacobian(i).matrix for i in range(2)]).double()
    for gram, weights in zip((a, b), problem.weights(), strict=True):
        assert torch.allclose(jacobian.T @ (weights[:, None] * jacobian) / weights.sum(), gram, rtol=1e-9)
    vectors = torch.eye(problem.dimensions, dtype=torch.float64)[:4]
    assert torch.allclose(problem.operator().apply(vectors).double(), vectors @ jacobian.T, rtol=1e-6, atol=1e-9)


def test_methods_as_objects_and_by_name_agree_and_objects_carry_their_options(style, region):
    code, cache = style.sample(0, "W"), resefa.JacobianCache()
    by_name = resefa.discover(style, code, region, k=2, solver="woodbury", tau=1e-2, cache=cache)
    by_object = resefa.discover(style, code, region, k=2, method=ReSeFa(solvers.Woodbury(tau=1e-2)), cache=cache)
    assert torch.equal(by_name.vectors, by_object.vectors) and by_object.provenance.method == "resefa"
    with pytest.raises(TypeError):
        solvers.Cholesky(tolerance=0.1)
    with pytest.raises(UsageError, match=r"pass tau to ReSeFa\("):
        resefa.discover(style, code, region, method=ReSeFa(), tau=1e-3)
    with pytest.raises(UsageError, match=r"pass memory to resefa.Session"):
        resefa.discover(style, code, region, session=resefa.Session(), memory="2GiB")


def test_solvers_by_name_and_as_objects_in_either_place(style, region):
    code, cache = style.sample(0, "W"), resefa.JacobianCache()
    by_name = resefa.discover(style, code, region, k=2, solver="woodbury", cache=cache)
    for options in ({"solver": solvers.Woodbury()}, {"method": ReSeFa("woodbury")}):
        assert torch.equal(resefa.discover(style, code, region, k=2, cache=cache, **options).vectors, by_name.vectors)
    for wrong in ("fastest", 3):
        with pytest.raises(UsageError, match="solver"):
            ReSeFa(wrong)


def test_the_jacobians_storage_is_decided_once(style, region, monkeypatch):
    decided = []
    of = Holding.of.__func__
    monkeypatch.setattr(Holding, "of", classmethod(lambda cls, *given: decided.append(1) or of(cls, *given)))
    resefa.discover(
        style, style.sample([0, 1], "W"), region, k=2, solver="cholesky", memory="1GiB", cache=resefa.JacobianCache()
    )
    assert decided == [1]


def test_a_plan_says_what_and_why_as_data(problem):
    found = plan(problem, solvers.Auto(), 3)
    assert isinstance(found.solver, solvers.Cholesky) and found.holding.whole
    assert [reason.rule for reason in found.reasons] == ["whole"] and found.reasons[0].facts[
        "dimensions"
    ] == problem.dimensions
    small = problem.with_session(resefa.Session(memory=found.holding.needed, cache=resefa.JacobianCache()))
    streamed = plan(small, solvers.Cholesky(), 3)
    assert not streamed.holding.whole and streamed.reasons[0].rule == "asked"
    alone = plan(problem, solvers.MatrixFree(), 3)
    assert alone.holding is None


def test_other_codes_spaces_and_sessions_of_the_same_question(style, problem):
    other = problem.with_codes(style.sample(5, "W"))
    assert len(other.code) == 1 and other.region == problem.region and other.session.cache is problem.session.cache
    with pytest.raises(UsageError, match="code is empty"):
        problem.with_codes(problem.code[:0])
    wider = problem.in_space("W+")
    assert wider.motion.space == "W+" and wider.dimensions > problem.dimensions and "W+" in repr(wider)


def test_what_makes_no_sense(style, region):
    code = style.sample(0)
    with pytest.raises(LatentError):
        resefa.RegionProblem(style, code, region, EditSpace(space="Q"))
    with pytest.raises(RegionError):
        resefa.RegionProblem(style, code, resefa.Region.box(0, 0, 1, 1, unit="fraction"))
    with pytest.raises(UsageError, match="intermediate=True needs an analysis_resolution"):
        resefa.RegionProblem(style, code, region, EditSpace(intermediate=True))
    with pytest.raises(UsageError, match="objective is 'luminence'; give vary and hold"):
        resefa.RegionProblem(style, code, region, EditSpace(objective="luminence"))
