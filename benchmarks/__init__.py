"""The benchmark suite: speed/, accuracy/ and robustness/ hold the scripts, results/ the measured figures, run.py runs both."""
