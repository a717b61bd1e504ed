"""What every solver must do, on planted problems whose eigenvalues SciPy knows."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, dataclass

import pytest
import torch
from reference.devices import finest_dtype, tolerance
from reference.eigenproblems import PROBLEMS, Planted, falling, planted

from resefa.errors import ResefaError, SolverError, UsageError
from resefa.solvers import (
    SOLVERS,
    Auto,
    Certificate,
    Cholesky,
    EigenProblem,
    MatrixFree,
    MatrixProblem,
    MemorySession,
    Prepared,
    Solver,
    Woodbury,
    solver,
)

TAU, K = 1e-3, 3


@dataclass(frozen=True)
class Case:
    """A solver, and how close its eigenvalues are to those of the whole problem."""

    solver: Solver
    relative: float


CASES = {
    "cholesky": Case(Cholesky(TAU), 1e-8),
    "woodbury": Case(Woodbury(TAU), 1e-8),
    "matrix-free": Case(MatrixFree(TAU, tolerance=1e-4), 1e-4),
    "prepared": Case(Prepared(TAU), 2e-2),
}


@pytest.fixture(params=CASES)
def case(request) -> Case:
    return CASES[request.param]


@pytest.fixture(params=PROBLEMS)
def known(request) -> Planted:
    return PROBLEMS[request.param]()


def test_the_protocols_are_met(case):
    assert isinstance(case.solver, Solver) and case.solver.name in SOLVERS
    problem: EigenProblem = PROBLEMS["separated"]().problem()
    assert problem.dimensions == 40


def test_eigenvalues_are_those_of_scipy(case, known):
    solution = case.solver.solve(known.problem(), K)
    expected = known.eigenvalues(TAU)[: len(solution.eigenvalues)]
    assert len(solution.eigenvalues) == min(K, known.dimensions, known.inside)
    # Rounding of the products in float32 is part of a float32 problem, not of the solver.
    relative = max(case.relative, 1e-4 if known.jacobian.dtype == torch.float32 else 0.0)
    assert torch.allclose(solution.eigenvalues, expected, rtol=relative, atol=relative * float(expected[0]))


def test_a_jacobian_on_a_device_has_the_directions_of_that_on_the_cpu(case, device):
    known = PROBLEMS["separated"]()
    there = Planted(known.jacobian.to(device, finest_dtype(device)), known.inside)
    here, found = (case.solver.solve(each.problem(), K) for each in (known, there))
    assert found.vectors.device.type == "cpu"
    assert torch.allclose(found.eigenvalues, here.eigenvalues, rtol=max(case.relative, tolerance(device, 1e-8)))


def test_directions_are_unit_orthogonal_signed_and_ordered(case, known):
    solution = case.solver.solve(known.problem(), K)
    v = solution.vectors
    assert v.dtype == torch.float64 and v.shape == (len(solution.eigenvalues), known.dimensions)
    assert torch.allclose(v.norm(dim=1), torch.ones(len(v), dtype=torch.float64), atol=1e-10)
    assert (v.gather(1, v.abs().argmax(1, keepdim=True)) > 0).all()
    assert (solution.eigenvalues.diff() <= 0).all() and (solution.eigenvalues > 0).all()
    _, b, _ = known.matrices(TAU)
    regular = b + solution.certificate.ridge * torch.eye(len(b), dtype=torch.float64)
    inner = v @ regular @ v.T
    scale = inner.diagonal().sqrt()
    limit = 1e-4 if known.jacobian.dtype == torch.float32 else 1e-6
    assert torch.allclose(inner / scale[:, None] / scale, torch.eye(len(v), dtype=torch.float64), atol=limit)


def test_rates_are_those_of_the_gram_matrices(case, known):
    solution = case.solver.solve(known.problem(), K)
    a, b, _ = known.matrices(TAU)
    v = solution.vectors
    limit = 1e-4 if known.jacobian.dtype == torch.float32 else 1e-8
    assert torch.allclose(solution.inside_rate, ((v @ a) * v).sum(1), rtol=limit)
    assert torch.allclose(solution.outside_rate, ((v @ b) * v).sum(1), rtol=limit, atol=limit * float(b.trace()))
    quotients = solution.inside_rate / (solution.outside_rate + solution.certificate.ridge)
    assert torch.allclose(solution.eigenvalues, quotients, rtol=limit)


def test_the_certificate_is_true(case, known):
    """Residuals, gaps, ridge errors and searched shares measured again from the matrices."""
    solution = case.solver.solve(known.problem(), K)
    certificate = solution.certificate
    a, b, _ = known.matrices(TAU)
    v, values = solution.vectors, solution.eigenvalues
    regular = b + certificate.ridge * torch.eye(len(b), dtype=torch.float64)
    residuals = v @ a - values[:, None] * (v @ regular)
    single = known.jacobian.dtype == torch.float32
    if certificate.solver == "prepared":
        # Those of the problem on the subspace.
        basis = known_basis(known)
        residuals = residuals @ basis.T
    measured = residuals.norm(dim=1) / (a.trace() + values * regular.trace())
    stated = torch.tensor(certificate.residuals, dtype=torch.float64)
    assert len(stated) == len(values)
    # The matrix-free solver scales by a trace that it estimates.
    loose = 0.5 if certificate.solver == "matrix-free" else 0.0
    assert torch.allclose(stated, measured, rtol=loose, atol=1e-6 if single else 1e-9)
    assert certificate.met
    exact = known.eigenvalues(TAU)[: len(values)]
    if certificate.gaps is not None:
        allowed = torch.tensor(certificate.gaps) + torch.tensor(certificate.ridge_errors) + (1e-4 if single else 1e-9)
        assert max(certificate.gaps) <= certificate.tolerance and max(certificate.ridge_errors) <= certificate.tolerance
        assert ((exact - values).abs() <= allowed * exact + 1e-9 * exact[0]).all()
    assert certificate.tau == TAU and certificate.ridge == pytest.approx(TAU * float(b.trace()), rel=case.relative)
    if certificate.solver in ("cholesky", "woodbury"):
        assert certificate.rank == int(torch.linalg.matrix_rank(b, hermitian=True))
        spectrum = torch.linalg.eigvalsh(regular)
        assert certificate.condition == pytest.approx(float(spectrum[-1] / spectrum[0]), rel=1e-6)


def known_basis(known: Planted) -> torch.Tensor:
    return known.problem().prepared(TAU).basis


def test_the_certificate_is_data_and_can_be_said(case, known):
    certificate = case.solver.solve(known.problem(), K).certificate
    facts = json.loads(json.dumps(certificate.as_dict()))
    assert facts["solver"] == case.solver.name and facts["met"] is True and facts["tau"] == TAU
    assert facts["dimensions"] == known.dimensions and facts["searched"] <= known.dimensions
    sentence = certificate.sentence()
    assert str(certificate.rank) in sentence and "0.001" in sentence and "\n" not in sentence
    assert len(certificate.chosen([0]).residuals) == 1
    with pytest.raises(FrozenInstanceError):
        certificate.tau = 0.0


def test_a_second_solve_gives_the_same_bits(case, known):
    one, two = (case.solver.solve(known.problem(), K) for _ in range(2))
    assert torch.equal(one.vectors, two.vectors) and torch.equal(one.eigenvalues, two.eigenvalues)
    assert one.certificate == two.certificate


def test_the_problem_is_left_unchanged(case, known):
    problem = known.problem()
    case.solver.solve(problem, K)
    assert torch.equal(problem.jacobian, known.jacobian)


def test_more_directions_than_exist(case):
    low_rank = PROBLEMS["low-rank inside"]()
    assert len(case.solver.solve(low_rank.problem(), 7).vectors) == 2
    assert len(case.solver.solve(PROBLEMS["one dimension"]().problem(), 4).vectors) == 1
    few = planted(falling(4, 1.0), falling(4, 1.0), 0)
    solution = case.solver.solve(few.problem(), 9)
    assert len(solution.vectors) == len(solution.certificate.residuals) == 4


def test_scale_changes_no_direction(case):
    plain, scaled = PROBLEMS["separated"](), PROBLEMS["large scale"]()
    one, two = (case.solver.solve(each.problem(), K).vectors for each in (plain, scaled))
    assert torch.allclose(one, two, atol=1e-6)


def test_several_regions_of_one_problem_do_not_disturb_each_other(case):
    known = PROBLEMS["separated"]()
    problem = known.problem()
    first = case.solver.solve(problem, K)
    again = case.solver.solve(problem, K)
    assert torch.allclose(first.eigenvalues, again.eigenvalues, rtol=2 * case.relative)


def test_a_part_that_does_not_change_is_refused_or_ranked(case):
    known = PROBLEMS["separated"]()
    still = known.jacobian.clone()
    still[: known.inside] = 0
    with pytest.raises(SolverError, match="inside the region"):
        case.solver.solve(Planted(still, known.inside).problem(), K)
    still = known.jacobian.clone()
    still[known.inside :] = 0
    problem = Planted(still, known.inside).problem()
    if case.solver.name in ("matrix-free", "prepared"):
        with pytest.raises(SolverError, match="outside the region"):
            case.solver.solve(problem, K)
    else:
        solution = case.solver.solve(problem, K)
        assert solution.certificate.rank == 0 and "change inside alone" in solution.certificate.sentence()


def test_a_derivative_that_is_not_finite_is_refused(case):
    broken = PROBLEMS["separated"]().jacobian.clone()
    broken[0, 0] = float("nan")
    with pytest.raises(ResefaError, match="NaN"):
        case.solver.solve(Planted(broken, 60).problem(), K)


@pytest.mark.parametrize("tau", [-1.0, float("inf"), float("nan")])
def test_an_impossible_ridge_is_refused(case, tau):
    with pytest.raises(SolverError, match="tau"):
        type(case.solver)(tau=tau)


def test_no_ridge_at_all(case):
    if case.solver.name != "cholesky":
        with pytest.raises(SolverError, match=f"tau=0.*{case.solver.name} solver"):
            type(case.solver)(tau=0)
        return
    known = PROBLEMS["separated"]()
    solution = Cholesky(tau=0).solve(known.problem(), K)
    assert torch.allclose(solution.eigenvalues, known.eigenvalues(0.0)[:K], rtol=1e-8)
    with pytest.raises(SolverError, match="rank 7 of 40"):
        Cholesky(tau=0).solve(PROBLEMS["low-rank outside"]().problem(), K)


def test_an_option_of_another_solver_is_a_type_error(case):
    with pytest.raises(TypeError):
        type(case.solver)(sparsity=1.0)
    if case.solver.name != "matrix-free":
        with pytest.raises(TypeError):
            type(case.solver)(tolerance=0.1)


@pytest.mark.parametrize("name", ["matrix-free", "prepared"])
def test_a_cancelled_search_stops(name):
    class Cancelled(Exception):
        pass

    def cancel(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        CASES[name].solver.solve(PROBLEMS["separated"]().problem(session=MemorySession(progress=cancel)), K)


@pytest.mark.parametrize("name", ["matrix-free", "prepared"])
def test_progress_and_memory_come_from_the_session(name):
    known, told = planted(falling(200, 0.3), falling(200, 0.3), 0), []
    width = 8 * (200 + len(known.jacobian))
    session = MemorySession(memory=20 * width, progress=lambda done, total: told.append((done, total)))
    problem = known.problem(session=session)
    certificate = CASES[name].solver.solve(problem, K).certificate
    assert certificate.searched <= 20 and not certificate.met and "memory" in certificate.sentence()
    assert told and all(0 < done <= total for done, total in told)


@pytest.mark.parametrize("name", SOLVERS)
def test_the_short_form_makes_the_typed_object(name):
    made = solver(name, tau=0.01)
    assert made == type(made)(tau=0.01) and made.name == name
    assert solver(made) is made and solver(name, tau=None) == type(made)()


@pytest.mark.parametrize(
    ("arguments", "options", "facts"),
    [
        (("lobpcg",), {}, ("'lobpcg'", "matrix-free")),
        (("choleski",), {}, ("did you mean 'cholesky'",)),
        ((7,), {}, ("solver", "7")),
        (("cholesky",), {"tolerance": 0.1}, ("cholesky", "tolerance", "matrix-free")),
        (("cholesky",), {"sparsity": 0.1}, ("cholesky", "sparsity", "tau")),
        ((Cholesky(),), {"tau": 0.1}, ("tau", "Cholesky(tau=...)")),
        (("matrix-free",), {"tolerance": 2.0}, ("tolerance=2.0",)),
        (("matrix-free",), {"max_products": 0}, ("max_products=0",)),
        (("matrix-free",), {"seed": -1}, ("seed=-1",)),
        (("auto",), {"tolerance": 0.0}, ("tolerance=0.0",)),
    ],
)
def test_what_the_short_form_refuses(arguments, options, facts):
    with pytest.raises(UsageError) as caught:
        solver(*arguments, **options)
    assert all(fact in str(caught.value) for fact in facts)


def test_auto_has_options_but_does_not_solve():
    assert Auto(tolerance=0.1, max_products=5).max_products == 5 and not hasattr(Auto, "solve")


@pytest.mark.parametrize(
    ("jacobian", "inside", "outside", "fact"),
    [
        (torch.zeros(3), torch.ones(3), None, r"\(3,\)"),
        (torch.ones(4, 2), torch.ones(3), None, "inside"),
        (torch.ones(4, 2), torch.ones(4), None, "outside"),
        (torch.ones(4, 2), torch.tensor([1.0, -1, 0, 0]), None, "negative"),
    ],
)
def test_a_matrix_problem_that_makes_no_sense(jacobian, inside, outside, fact):
    with pytest.raises(SolverError, match=fact):
        MatrixProblem(jacobian, inside, outside)


@pytest.mark.parametrize(
    ("certificate", "met", "facts"),
    [
        (Certificate("cholesky", (1e-12,), 20, 20, 7, 1e3, 1e-3, 0.1), True, ("rank 7 of 20", "0.001")),
        (Certificate("cholesky", (1e-4,), 20, 20, 20, 1e9, 0.0, 0.0), False, ("no ridge", "1.0e-04")),
        (
            Certificate(
                "matrix-free", (1e-9,), 7168, 80, 31, 9.0, 1e-3, 0.1, gaps=(0.02,), ridge_errors=(0.004,),
                inside=0.91, outside=0.876, forward=80, reverse=83, tolerance=0.01,
            ),
            False, ("163 JVPs and VJPs", "7168", "2.0%", "0.4%", "91.0%", "87.6%", "0.01 not met", "tolerance=0.02"),
        ),
        (
            Certificate(
                "prepared", (1e-12,), 7168, 640, 500, 9.0, 1e-3, 0.1, inside=0.999, outside=0.9985, forward=640,
                reverse=704, tolerance=1e-3, missing=0.002,
            ),
            False, ("640 of 7168", "1344", "99.90%", "99.85%", "0.002", "memory"),
        ),
    ],
)  # fmt: skip
def test_the_sentence_has_every_fact(certificate, met, facts):
    assert certificate.met is met
    assert all(fact in certificate.sentence() for fact in facts), certificate.sentence()
