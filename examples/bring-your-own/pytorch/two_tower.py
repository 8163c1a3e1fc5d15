"""What a reader will like next, by who they are and what they have just read: a two-tower network. Task user-to-items."""
import argparse
import io
import sys
from pathlib import Path

import numpy as np
import onnx
import torch

sys.path.append(str(Path(__file__).parent.parent))
from bundle_files import golden_items, lineage, write_bundle
from data import books, popular, readings

LONGEST_HISTORY = 10
PARAMETERS = {"width": 16, "epochs": 40, "batch": 256, "learningRate": 0.01, "seed": 5}


class TwoTower(torch.nn.Module):
    """Scores of all books, [batch × books], for users int64 [batch] and their last books int64 [batch × LONGEST_HISTORY]."""

    def __init__(self, users, items, width):
        super().__init__()
        # One row more of each: a user nobody knows yet, and "no book" in a history that is short.
        self.users = torch.nn.Embedding(users + 1, width)
        self.history = torch.nn.Embedding(items + 1, width, padding_idx=items)
        self.tower = torch.nn.Sequential(torch.nn.Linear(2 * width, width), torch.nn.ReLU(), torch.nn.Linear(width, width))
        self.items = torch.nn.Embedding(items, width)

    def forward(self, user, history):
        recent = self.history(history).mean(dim=1)
        return self.tower(torch.cat([self.users(user), recent], dim=1)) @ self.items.weight.T


class Ranked(torch.nn.Module):
    """The best of all: rows of books and their scores, [batch × top] each."""

    def __init__(self, model, top):
        super().__init__()
        self.model, self.top = model, top

    def forward(self, user, history):
        scores, items = torch.topk(self.model(user, history), self.top, dim=1)
        return items, scores


def train(matrix):
    """Learns to foretell each reader's books from the others they have read; one reader in ten is a stranger."""
    torch.manual_seed(PARAMETERS["seed"])
    rng = np.random.default_rng(PARAMETERS["seed"])
    users, items = matrix.shape
    model = TwoTower(users, items, PARAMETERS["width"])
    optimiser = torch.optim.Adam(model.parameters(), lr=PARAMETERS["learningRate"])
    for _ in range(PARAMETERS["epochs"]):
        for user in torch.tensor(rng.permutation(users)).split(PARAMETERS["batch"]):
            read = [rng.permutation(matrix[row].indices) for row in user.tolist()]
            wanted = torch.tensor(np.array([row[0] for row in read]), dtype=torch.int64)
            who = torch.where(torch.rand(len(user)) < 0.1, users, user)
            loss = torch.nn.functional.cross_entropy(model(who, padded([row[1:] for row in read], items)), wanted)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return model.eval()


def padded(histories, padding):
    """int64 [batch × LONGEST_HISTORY]: the last books of each, oldest first, filled up in front."""
    rows = [list(row)[-LONGEST_HISTORY:] for row in histories]
    return torch.tensor([[padding] * (LONGEST_HISTORY - len(row)) + [int(book) for book in row] for row in rows])


def export(model, opset, exporter):
    """An ONNX model with inputs `user`, `history` and outputs `items`, `scores`, for any number of requests at once."""
    example = (torch.tensor([0, 1]), padded([[0], [0, 1]], model.items.num_embeddings))
    names = {"input_names": ["user", "history"], "output_names": ["items", "scores"], "opset_version": opset}
    file = io.BytesIO()
    if exporter == "classic":
        free = {name: {0: "batch"} for name in ("user", "history", "items", "scores")}
        torch.onnx.export(model_of(model), example, file, dynamo=False, dynamic_axes=free, **names)
        return onnx.load_from_string(file.getvalue())
    free = {"user": {0: "batch"}, "history": {0: "batch"}}
    # In memory: into a file this exporter would put the weights beside the graph, and a bundle wants them in it.
    return torch.onnx.export(model_of(model), example, dynamo=True, dynamic_shapes=free, verbose=False, **names).model_proto


def model_of(model, top=200):
    return Ranked(model, min(top, model.items.num_embeddings)).eval()


def main(folder, version, opset, exporter, readers, count):
    catalogue = books(count)
    matrix = readings(catalogue, readers)
    users = [f"reader-{number}" for number in range(readers)]
    model = train(matrix)

    def best(user, read, k=10):
        with torch.no_grad():
            scores = model(torch.tensor([user]), padded([read], count))[0].numpy()
        # The server gives nobody a book of the history that came with the request.
        rows = [row for row in np.argsort(-scores, kind="stable") if row not in read][: k + 1]
        known = {"user_id": users[user]} if user < readers else {"user_id": "a-stranger"}
        request = {**known, "history": [catalogue[row]["id"] for row in read]}
        return golden_items(request, [catalogue[row]["id"] for row in rows], scores[rows])

    asked = [(user, matrix[user].indices[: user % 15].tolist()) for user in range(0, readers, max(1, readers // 20))]
    user = {"name": "user", "from": "user_id", "vocabulary": "users.json", "whenUnknown": {"index": readers}}
    history = {"name": "history", "from": "history", "encoding": "Indices", "length": LONGEST_HISTORY, "padding": count}
    write_bundle(
        folder,
        export(model, opset, exporter),
        {
            "users.json": users,
            "items.jsonl": catalogue,
            "popular.json": popular(matrix, catalogue),
            "golden.jsonl": [best(*request) for request in [*asked, (readers, []), (readers, [1, 7])]],
        },
        model="next-books",
        version=version,
        task="user-to-items",
        inputs=[user, history],
        outputs={"items": "items", "scores": "scores"},
        lineage=lineage(matrix.indices.tolist(), algorithm="two-tower network", **PARAMETERS),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--opset", type=int, default=18)
    parser.add_argument("--exporter", choices=["dynamo", "classic"], default="dynamo", help="PyTorch has two")
    parser.add_argument("--readers", type=int, default=500)
    parser.add_argument("--books", type=int, default=400)
    given = parser.parse_args()
    main(given.folder, given.version, given.opset, given.exporter, given.readers, given.books)
