"""Networks that several benchmarks use. Nothing here is a benchmark."""
