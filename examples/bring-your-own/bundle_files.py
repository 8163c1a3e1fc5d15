"""Writes what `recommender bundle pack` makes a bundle of: the graph, the files beside it, and a draft of bundle.yaml."""
import hashlib
import json
import time
from pathlib import Path

# A score as low as this says "never this item".
NEVER = -1e38
STANDARD_NAMES = {"items": "items.jsonl", "fallback": "popular.json", "classes": "classes.json"}


def write_bundle(folder, graph, files, **manifest):
    """
    graph: an ONNX model. files: name → what is in it; *.jsonl gets one line an entry.
    manifest: the fields of bundle.yaml that differ between models; sizes and digests are added by `bundle pack`.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(graph.SerializeToString())
    for name, content in files.items():
        lines = content if name.endswith(".jsonl") else [content]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / name).write_text(text, encoding="utf-8")
    named = {"graph": "model.onnx", "golden": "golden.jsonl"} | {
        field: name for field, name in STANDARD_NAMES.items() if name in files
    }
    fields = {"apiVersion": "recommender.dev/bundle/v1", **named, **manifest}
    # Any JSON is YAML too.
    text = "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in fields.items())
    (folder / "bundle.yaml").write_text(text, encoding="utf-8")
    print(f"{folder}/bundle.yaml is a draft: pack it with “npx recommender bundle pack {folder}”")


def lineage(data, **parameters):
    """data: whatever a model was trained from, anything with a stable text."""
    digest = hashlib.sha256(repr(data).encode()).hexdigest()
    trained_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {"data": f"sha256:{digest}", "parameters": parameters, "trainedAt": trained_at}


def golden_items(request, ids, scores):
    """
    A request with the items that the trained model itself recommends, best first. Give one item more than is asked for:
    items as good as that one are left out, because another program may take any of them. Libraries fill a list that is
    too short with items whose score is the lowest there is: those are in no answer, and nor are they here.
    """
    given = [(id_, float(score)) for id_, score in zip(ids, scores, strict=True)]
    found = [(id_, score) for id_, score in given if score > NEVER]
    if len(found) < len(given):
        found.append(("", NEVER))
    # What `bundle pack` allows where no tolerance is stated: float32 has seven digits.
    tolerance = max(1e-4, 1e-5 * max(abs(score) for _, score in found if score > NEVER))
    items = [{"id": id_, "score": score} for id_, score in found if score > found[-1][1] + 2 * tolerance]
    return {"request": {**request, "k": len(ids) - 1}, "response": {"items": items}}
