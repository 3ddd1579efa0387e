"""Transportation problems solved by HiGHS: groups of like audits over auditors, whole numbers by nature.

Network matrices are totally unimodular: the corner that the simplex method ends in is integral. The bound is
computed here from the prices of the solution in whole numbers, so that it holds whatever the solver did.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[Any]
_INTEGRAL = 1e-6
_NEVER = 10**12  # no sum of costs comes near, and no product with a capacity overflows


@dataclass(frozen=True, slots=True, eq=False)
class Transport:
    """Groups of `sizes` audits, each group's cost with each auditor (-1: he may not), and capacities."""

    sizes: Ints  # (groups,)
    costs: Ints  # (groups, auditors)
    capacities: Ints  # (auditors,)


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """How many audits of each group each auditor takes, the cost, and what no solution costs less than."""

    taken: Ints  # (groups, auditors)
    cost: int
    bound: int


def most(problem: Transport) -> Ints:
    """Return an assignment of as many audits as can be assigned at all, (groups, auditors)."""
    groups, auditors, _ = _edges(problem)
    count, edges = len(problem.sizes), len(groups)
    rest = np.arange(count)
    answer = _solve(
        cost=np.concatenate([np.zeros(edges), np.ones(count)]),
        upper=np.concatenate([problem.sizes[groups], problem.sizes]).astype(np.float64),
        rows=[np.concatenate([groups, rest]), auditors + count],
        columns=[np.arange(edges + count), np.arange(edges)],
        values=[np.ones(edges + count), np.ones(edges)],
        low=np.concatenate([problem.sizes, np.zeros(len(problem.capacities))]),
        high=np.concatenate([problem.sizes, problem.capacities]),
    )
    assert answer is not None, "leaving everything open is always possible"
    return _spread(answer[0][:edges], groups, auditors, problem)


def least_load(problem: Transport) -> int | None:
    """Return the least possible load of the busiest auditor; None when not all audits can be assigned."""
    groups, auditors, _ = _edges(problem)
    count, people, edges = len(problem.sizes), len(problem.capacities), len(groups)
    answer = _solve(
        cost=np.concatenate([np.zeros(edges), np.ones(1)]),
        upper=np.concatenate([problem.sizes[groups], [float(problem.sizes.sum())]]),
        rows=[groups, auditors + count, auditors + count + people, np.arange(people) + count + people],
        columns=[np.arange(edges), np.arange(edges), np.arange(edges), np.full(people, edges)],
        values=[np.ones(edges), np.ones(edges), np.ones(edges), np.full(people, -1.0)],
        low=np.concatenate([problem.sizes, np.zeros(people), np.full(people, -np.inf)]),
        high=np.concatenate([problem.sizes, problem.capacities, np.zeros(people)]),
    )
    return None if answer is None else int(np.ceil(answer[0][-1] - _INTEGRAL))


def cheapest(problem: Transport, balance: int) -> Solution:
    """Return the cheapest assignment of all audits; an auditor's k-th audit costs `balance` * (2k - 1) more.

    ValueError when not all can be assigned: ask `least_load` first.
    """
    groups, auditors, costs = _edges(problem)
    count, people, edges = len(problem.sizes), len(problem.capacities), len(groups)
    owner = np.repeat(np.arange(people), problem.capacities)
    nth = np.concatenate([np.arange(1, each + 1) for each in problem.capacities] or [np.zeros(0)])
    answer = _solve(
        cost=np.concatenate([costs, balance * (2 * nth - 1)]).astype(np.float64),
        # No bound of their own for the audits: its price would be lost from the bound of the whole.
        upper=np.concatenate([np.full(edges, np.inf), np.ones(len(owner))]),
        rows=[groups, auditors + count, owner + count],
        columns=[np.arange(edges), np.arange(edges), np.arange(len(owner)) + edges],
        values=[np.ones(edges), np.ones(edges), np.full(len(owner), -1.0)],
        low=np.concatenate([problem.sizes, np.zeros(people)]),
        high=np.concatenate([problem.sizes, np.zeros(people)]),
    )
    if answer is None:
        raise ValueError("not all audits can be assigned")
    taken = _spread(answer[0][:edges], groups, auditors, problem)
    loads = taken.sum(axis=0)
    cost = int((taken * np.maximum(problem.costs, 0)).sum()) + balance * int((loads**2).sum())
    return Solution(taken, cost, bound(problem, balance, np.rint(answer[1][:count]).astype(np.int64)))


def bound(problem: Transport, balance: int, prices: Ints) -> int:
    """Return what no assignment costs less than, from any prices of the groups, in whole numbers.

    Weak duality: every audit is paid its group's price; each auditor then takes what is best for him alone.
    """
    reduced = np.where(problem.costs < 0, _NEVER, problem.costs - prices[:, None])
    best = reduced.min(axis=0, initial=_NEVER)
    total = int((problem.sizes * prices).sum())
    for each, capacity in zip(best, problem.capacities, strict=True):
        loads = np.arange(int(capacity) + 1)
        total += int((balance * loads**2 + loads * each).min())
    return total


def _edges(problem: Transport) -> tuple[Ints, Ints, Ints]:
    groups, auditors = np.nonzero(problem.costs >= 0)
    return groups, auditors, problem.costs[groups, auditors]


def _spread(values: npt.NDArray[np.float64], groups: Ints, auditors: Ints, problem: Transport) -> Ints:
    whole = np.rint(values)
    assert not len(values) or np.abs(values - whole).max() < _INTEGRAL, "a corner of a network is integral"
    taken = np.zeros(problem.costs.shape, np.int64)
    taken[groups, auditors] = whole.astype(np.int64)
    return taken


@cache
def _highs() -> Any:
    return importlib.import_module("highspy")


def _solver() -> Any:
    """Return a solver of its own; without the Python wrapper, which greets on the standard output."""
    return getattr(importlib.import_module("highspy._core"), "_Highs")()  # noqa: B009 - private for the type checker only


def _solve(
    *,
    cost: npt.NDArray[np.float64],
    upper: npt.NDArray[np.float64],
    rows: list[Ints],
    columns: list[Ints],
    values: list[npt.NDArray[np.float64]],
    low: npt.NDArray[np.float64],
    high: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]] | None:
    """Minimise over columns from 0 to `upper`; return values and prices of rows, None when impossible."""
    highspy = _highs()
    row, column, value = np.concatenate(rows), np.concatenate(columns), np.concatenate(values)
    order = np.lexsort((row, column))
    row, column, value = row[order], column[order], value[order]
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(cost), len(low)
    model.col_cost_, model.col_lower_, model.col_upper_ = cost, np.zeros(len(cost)), upper
    model.row_lower_, model.row_upper_ = low.astype(np.float64), high.astype(np.float64)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.searchsorted(column, np.arange(len(cost) + 1)).astype(np.int32)
    model.a_matrix_.index_ = row.astype(np.int32)
    model.a_matrix_.value_ = value
    solver = _solver()
    for name, setting in (("output_flag", False), ("solver", "simplex"), ("threads", 1)):
        solver.setOptionValue(name, setting)
    solver.passModel(model)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    solution = solver.getSolution()
    return np.asarray(solution.col_value), np.asarray(solution.row_dual)
