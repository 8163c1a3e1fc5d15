"""Tells where a wine comes from by its description: TF-IDF and logistic regression. Task text-to-classes."""
import argparse
import sys
from pathlib import Path

from skl2onnx import to_onnx
from skl2onnx.common.data_types import StringTensorType
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline

sys.path.append(str(Path(__file__).parent.parent))
from bundle_files import lineage, write_bundle
from data import tastings

# scikit-learn's own pattern, \w, knows every alphabet; that of the exported graph only a to z. A pattern that says which
# letters it means is the same in both.
WORDS = r"[a-zA-Z0-9_À-ɏ]+"
HELD_OUT = 100


def golden(text, labels, probabilities):
    classes = [{"label": label, "probability": float(p)} for label, p in zip(labels, probabilities, strict=True)]
    best_first = sorted(classes, key=lambda entry: -entry["probability"])
    return {"request": {"text": text}, "response": {"classes": best_first}}


def main(folder, version, opset):
    texts, origins = tastings()
    model = make_pipeline(TfidfVectorizer(token_pattern=WORDS, ngram_range=(1, 2)), LogisticRegression(C=10, max_iter=1000))
    model.fit(texts[HELD_OUT:], origins[HELD_OUT:])
    graph = to_onnx(
        model,
        initial_types=[("text", StringTensorType([None]))],
        options={"zipmap": False},  # probabilities as a matrix, not as a list of dictionaries
        target_opset={"": opset, "ai.onnx.ml": 3},
    )
    labels = [str(label) for label in model.classes_]
    asked = [*texts[:HELD_OUT:5], "Slate, lime & a racy acidity!", "CHÂTEAU: cedar, graphite", "no word of this is known"]
    write_bundle(
        folder,
        graph,
        {
            "classes.json": labels,
            # The answer when the model fails: how often each origin occurs.
            "priors.json": {label: origins.count(label) / len(origins) for label in labels},
            "golden.jsonl": [golden(text, labels, row) for text, row in zip(asked, model.predict_proba(asked))],
        },
        model="wine-origin",
        version=version,
        task="text-to-classes",
        inputs=[{"name": "text", "from": "text", "maxLength": 2000}],
        fallback="priors.json",
        outputs={"probabilities": "probabilities"},
        metrics={"f1": round(f1_score(origins[:HELD_OUT], model.predict(texts[:HELD_OUT]), average="macro"), 4)},
        lineage=lineage((texts, origins), algorithm="TF-IDF, logistic regression", heldOut=HELD_OUT),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--opset", type=int, default=17)
    arguments = parser.parse_args()
    main(arguments.folder, arguments.version, arguments.opset)
