"""Finds the books that a text is about: TF-IDF and the cosine with every book. Task text-to-items."""
import argparse
import csv
import gzip
import sys
from pathlib import Path

import numpy as np
from skl2onnx import to_onnx
from skl2onnx.common.data_types import StringTensorType
from sklearn.feature_extraction.text import TfidfVectorizer

sys.path.append(str(Path(__file__).parent.parent))
from bundle_files import golden_items, lineage, write_bundle
from data import books
from graphs import cosine

# See wine_origin.py.
WORDS = r"[a-zA-Z0-9_À-ɏ]+"
# The graph keeps a number for each word of each book, whether or not it is in it.
MOST_WORDS = 2000
QUERIES = ["a detective in the harbour", "Café and market", "winter orchard, owl", "signal from the last colony", "the queen"]


def main(folder, version, opset, catalogue, queries):
    texts = [f"{book['title']} {book['description']}" for book in catalogue]
    tfidf = TfidfVectorizer(token_pattern=WORDS, max_features=MOST_WORDS)
    vectors = tfidf.fit_transform(texts)
    exported = to_onnx(tfidf, initial_types=[("text", StringTensorType([None]))], target_opset={"": opset, "ai.onnx.ml": 3})

    def best(query, k=10):
        scores = (tfidf.transform([query]) @ vectors.T).toarray()[0]
        rows = np.argsort(-scores, kind="stable")[: k + 1]
        return golden_items({"text": query}, [catalogue[row]["id"] for row in rows], scores[rows])

    write_bundle(
        folder,
        cosine(exported, vectors.toarray().astype(np.float32)),
        {
            "items.jsonl": catalogue,
            "popular.json": [book["id"] for book in catalogue[:100]],
            "golden.jsonl": [best(query) for query in queries],
        },
        model="books-by-text",
        version=version,
        task="text-to-items",
        inputs=[{"name": "text", "from": "text", "maxLength": 2000}],
        outputs={"scores": "scores"},  # of all books: the server takes the best
        lineage=lineage(texts, algorithm="TF-IDF, cosine", mostWords=MOST_WORDS),
    )


def goodbooks(path, count):
    """The first books of goodbooks-10k's books.csv, which has titles and authors and no descriptions."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:count]
    return [{"id": row["book_id"], "title": row["title"], "description": row["authors"]} for row in rows]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--opset", type=int, default=17)
    parser.add_argument("--goodbooks", help="books.csv.gz of goodbooks-10k instead of generated books")
    parser.add_argument("--count", type=int, default=2000, help="how many of goodbooks' books")
    arguments = parser.parse_args()
    given = goodbooks(arguments.goodbooks, arguments.count) if arguments.goodbooks else books()
    titles = [book["title"] for book in given]
    asked = [*titles[::50], *[title for title in titles if not title.isascii()]] if arguments.goodbooks else QUERIES
    main(arguments.folder, arguments.version, arguments.opset, given, asked)
