"""Time and memory: Jacobians, networks, solvers, products."""
