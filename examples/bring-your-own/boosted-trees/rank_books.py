"""Which book a reader will take, by features of both: boosted trees. Task user-to-items, or context-to-items."""
import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx

sys.path.append(str(Path(__file__).parent.parent))
from bundle_files import golden_items, lineage, write_bundle
from data import THEMES, books, popular, readings
from graphs import for_every_item

PARAMETERS = {"n_estimators": 60, "max_depth": 4, "learning_rate": 0.1, "random_state": 9}
PAIRS_OF_A_READER = 60


def scikit_learn(pairs, taken):
    from skl2onnx import to_onnx
    from sklearn.ensemble import GradientBoostingRegressor

    model = GradientBoostingRegressor(**PARAMETERS).fit(pairs, taken)
    return model.predict, to_onnx(model, pairs[:1], target_opset={"": 17, "ai.onnx.ml": 3})


def lightgbm(pairs, taken):
    from lightgbm import LGBMRanker
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    # A group is the pairs of one reader, which follow each other.
    groups = np.full(len(pairs) // PAIRS_OF_A_READER, PAIRS_OF_A_READER)
    model = LGBMRanker(**PARAMETERS, verbose=-1).fit(pairs, taken, group=groups)
    inputs = [("pair", FloatTensorType([None, pairs.shape[1]]))]
    return model.predict, convert_lightgbm(model, initial_types=inputs, target_opset=15)


def xgboost(pairs, taken):
    from onnxmltools import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType
    from xgboost import XGBRegressor

    model = XGBRegressor(**PARAMETERS).fit(pairs, taken)
    inputs = [("pair", FloatTensorType([None, pairs.shape[1]]))]
    return model.predict, convert_xgboost(model, initial_types=inputs, target_opset=15)


def catboost(pairs, taken):
    from catboost import CatBoostRegressor

    model = CatBoostRegressor(**PARAMETERS, verbose=False).fit(pairs, taken)
    with tempfile.TemporaryDirectory() as folder:
        model.save_model(f"{folder}/trees.onnx", format="onnx")
        return model.predict, onnx.load(f"{folder}/trees.onnx")


LIBRARIES = {"scikit-learn": scikit_learn, "lightgbm": lightgbm, "xgboost": xgboost, "catboost": catboost}


def features_of(catalogue, matrix):
    """
    float32 [readers × themes]: the share of each theme in what a reader has read.
    float32 [books × (themes + 2)]: which theme a book has, how many have read it, and its age.
    """
    theme_of = np.array([[book["theme"] == theme for theme in THEMES] for book in catalogue], dtype=np.float32)
    reads = np.asarray(matrix.sum(axis=0), dtype=np.float32).ravel()
    shares = matrix @ theme_of
    age = np.arange(len(catalogue), dtype=np.float32)
    return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32), np.column_stack([theme_of, reads, age])


def training_pairs(matrix, of_readers, of_books):
    """For each reader the books they have read and as many others as it takes: [pairs × features], and [pairs] 1 or 0."""
    rng = np.random.default_rng(PARAMETERS["random_state"])
    pairs, taken = [], []
    for reader in range(matrix.shape[0]):
        read = matrix[reader].indices
        others = rng.choice(np.setdiff1d(np.arange(matrix.shape[1]), read), PAIRS_OF_A_READER - len(read), replace=False)
        both = np.concatenate([read, others])
        pairs.append(np.column_stack([np.tile(of_readers[reader], (len(both), 1)), of_books[both]]))
        taken.append(np.isin(both, read).astype(int))
    return np.concatenate(pairs), np.concatenate(taken)


def main(folder, version, library, anonymous):
    catalogue = books()
    matrix = readings(catalogue)
    users = [f"reader-{number}" for number in range(matrix.shape[0])]
    of_readers, of_books = features_of(catalogue, matrix)
    predict, trees = LIBRARIES[library](*training_pairs(matrix, of_readers, of_books))

    def best(user, k=10):
        scores = predict(np.column_stack([np.tile(of_readers[user], (len(catalogue), 1)), of_books]))
        rows = np.argsort(-scores, kind="stable")[: k + 1]
        request = {"context": {"features": of_readers[user].tolist()}} if anonymous else {"user_id": users[user]}
        return golden_items(request, [catalogue[row]["id"] for row in rows], scores[rows])

    # Trees give books the very same score: of some readers nothing is better than the book after the last.
    golden = [answer for answer in map(best, range(0, len(users), 10)) if answer["response"]["items"]]
    files = {"items.jsonl": catalogue, "popular.json": popular(matrix, catalogue), "golden.jsonl": golden}
    if anonymous:
        task = "context-to-items"
        graph_input = {"name": "features", "from": "context.features"}
    else:
        task = "user-to-items"
        graph_input = {"name": "user", "from": "user_id", "vocabulary": "users.json", "whenUnknown": "Fallback"}
        files["users.json"] = users
    write_bundle(
        folder,
        for_every_item(trees, of_books, None if anonymous else of_readers),
        files,
        model="ranked-books",
        version=version,
        task=task,
        inputs=[graph_input],
        outputs={"scores": "scores"},  # of all books: the server takes the best
        lineage=lineage(matrix.indices.tolist(), algorithm=f"boosted trees of {library}", **PARAMETERS),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--library", choices=LIBRARIES, default="scikit-learn")
    parser.add_argument("--anonymous", action="store_true", help="requests bring the features of the reader instead of a user_id")
    arguments = parser.parse_args()
    main(arguments.folder, arguments.version, arguments.library, arguments.anonymous)
