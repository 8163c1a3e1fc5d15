"""What goes with the books of a history: item-item neighbours with BM25 weights, by implicit. Task items-to-items."""
import argparse
import sys
from pathlib import Path

import numpy as np
import scipy.sparse as sparse
from implicit.nearest_neighbours import BM25Recommender

sys.path.append(str(Path(__file__).parent.parent))
from bundle_files import golden_items, lineage, write_bundle
from data import books, popular, readings
from graphs import nearest_neighbours, similar_items

NEIGHBOURS = 30
LONGEST_HISTORY = 50


def padded(similarity):
    """CSR matrix [items × items] → rows and weights of the neighbours of each item, [items × NEIGHBOURS] each."""
    rows = np.zeros((similarity.shape[0], NEIGHBOURS), dtype=np.int64)
    weights = np.zeros((similarity.shape[0], NEIGHBOURS), dtype=np.float32)
    for item in range(similarity.shape[0]):
        known = similarity[item]
        rows[item, : known.nnz], weights[item, : known.nnz] = known.indices, known.data
    return rows, weights


def main(folder, version, opset, is_large):
    catalogue = books()
    matrix = readings(catalogue)
    model = BM25Recommender(K=NEIGHBOURS, num_threads=1)
    model.fit(matrix, show_progress=False)
    history = {"name": "history", "from": "history", "length": LONGEST_HISTORY}
    if is_large:
        graph = nearest_neighbours(*padded(model.similarity), LONGEST_HISTORY, opset=opset)
        history |= {"encoding": "Indices", "padding": len(catalogue)}
    else:
        graph = similar_items(model.similarity.toarray(), opset=opset)
        history |= {"encoding": "MultiHot"}

    def best(user, k=10):
        read = matrix[user].indices[:8]
        of_now = sparse.csr_matrix((np.ones(len(read)), ([0] * len(read), read)), shape=(1, len(catalogue)))
        rows, scores = model.recommend(0, of_now, N=k + 1)  # without the history itself, as the server does
        request = {"history": [catalogue[row]["id"] for row in read]}
        return golden_items(request, [catalogue[row]["id"] for row in rows], scores)

    write_bundle(
        folder,
        graph,
        {
            "items.jsonl": catalogue,
            "popular.json": popular(matrix, catalogue),
            "golden.jsonl": [best(user) for user in range(0, matrix.shape[0], 25)],
        },
        model="similar-books",
        version=version,
        task="items-to-items",
        inputs=[history],
        outputs={"scores": "scores"},  # of all books: the server takes the best
        lineage=lineage(matrix.indices.tolist(), algorithm="BM25 neighbours", neighbours=NEIGHBOURS),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--opset", type=int, default=17)
    parser.add_argument("--large", action="store_true", help="a graph that keeps neighbours only, for large catalogues")
    arguments = parser.parse_args()
    main(arguments.folder, arguments.version, arguments.opset, arguments.large)
