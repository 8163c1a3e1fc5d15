"""What a careful Python user writes: FastAPI with types for what comes in and goes out, one session, one run a request.

The endpoint is a plain `def`, as FastAPI's documentation asks of code that blocks: the event loop stays free.
"""

import json
import os
from pathlib import Path

import numpy as np
import onnxruntime as ort
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

folder = Path(os.environ["BUNDLE_DIR"])
users = {name: index for index, name in enumerate(json.loads((folder / "users.json").read_text()))}
items = [json.loads(line) for line in (folder / "items.jsonl").read_text().splitlines()]

options = ort.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
options.add_session_config_entry("session.intra_op.allow_spinning", "0")
session = ort.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])

app = FastAPI()


class Ask(BaseModel):
    user_id: str
    k: int = Field(default=10, ge=1, le=100)


class Item(BaseModel):
    id: str
    title: str
    genre: str
    year: int
    score: float


class Answer(BaseModel):
    model: str
    version: str
    items: list[Item]
    fallback: bool


def ranked(ask: Ask) -> list[dict]:
    user = users.get(ask.user_id)
    if user is None:
        raise HTTPException(404, "unknown user")
    rows, scores = session.run(["items", "scores"], {"user": np.array([user], dtype=np.int64)})
    return [{**items[row], "score": score} for row, score in zip(rows[0, : ask.k].tolist(), scores[0, : ask.k].tolist())]


@app.post("/recommend")
def recommend(ask: Ask) -> Answer:
    return Answer(model="bench", version="1.0.0", items=ranked(ask), fallback=False)
