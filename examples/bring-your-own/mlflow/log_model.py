"""Logs the graph of another example to MLflow, with the files that serving needs beside it, and fetches it back."""
import argparse
import sys
from pathlib import Path

import mlflow
import onnx

# Those of examples/bring-your-own that a bundle cannot do without; others are left to the draft.
COMPANIONS = ["users.json", "items.jsonl", "popular.json", "classes.json", "priors.json", "golden.jsonl"]


def main(trained, fetched):
    """trained: a folder that another example wrote. fetched: a new folder, as MLflow keeps the model."""
    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    beside = [str(path) for name in COMPANIONS if (path := Path(trained) / name).exists()]
    with mlflow.start_run():
        logged = mlflow.onnx.log_model(onnx.load(Path(trained) / "model.onnx"), name="model", extra_files=beside)
    mlflow.artifacts.download_artifacts(logged.model_uri, dst_path=fetched)
    print(f"logged as {logged.model_uri}, fetched to {fetched}", file=sys.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("trained")
    parser.add_argument("fetched")
    given = parser.parse_args()
    main(given.trained, given.fetched)
