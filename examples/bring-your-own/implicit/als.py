"""What else a reader will like: alternating least squares by implicit. Task user-to-items."""
import argparse
import sys
from pathlib import Path

from implicit.cpu.als import AlternatingLeastSquares
from threadpoolctl import threadpool_limits

sys.path.append(str(Path(__file__).parent.parent))
from bundle_files import golden_items, lineage, write_bundle
from data import books, popular, readings
from graphs import matrix_factorisation

PARAMETERS = {"factors": 16, "iterations": 15, "regularization": 0.05, "random_state": 3}
# More than anyone asks for, so that enough is left when a request excludes some.
TOP = 200


def main(folder, version, opset):
    catalogue = books()
    matrix = readings(catalogue)
    users = [f"reader-{number}" for number in range(matrix.shape[0])]
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(**PARAMETERS, num_threads=1)
        model.fit(matrix, show_progress=False)
    read = [matrix[user].indices.tolist() for user in range(len(users))]

    def best(user, k=10):
        rows, scores = model.recommend(user, matrix[user], N=k + 1)  # without what the reader has read
        return golden_items({"user_id": users[user]}, [catalogue[row]["id"] for row in rows], scores)

    write_bundle(
        folder,
        matrix_factorisation(model.user_factors, model.item_factors, top=TOP, seen=read, opset=opset),
        {
            "users.json": users,
            "items.jsonl": catalogue,
            "popular.json": popular(matrix, catalogue),
            "golden.jsonl": [best(user) for user in range(0, len(users), 25)],
        },
        model="books",
        version=version,
        task="user-to-items",
        inputs=[{"name": "user", "from": "user_id", "vocabulary": "users.json", "whenUnknown": "Fallback"}],
        outputs={"items": "items", "scores": "scores"},
        lineage=lineage(matrix.indices.tolist(), algorithm="implicit ALS", **PARAMETERS),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--opset", type=int, default=17)
    arguments = parser.parse_args()
    main(arguments.folder, arguments.version, arguments.opset)
