"""What a careful Python user writes: FastAPI, one session, one run a request, the answer serialised without detours.

The endpoint is a plain `def`, as FastAPI's documentation asks of code that blocks: the event loop stays free.
"""

import json
import os
from pathlib import Path

import numpy as np
import onnxruntime as ort
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
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


def answer(ask: Ask) -> JSONResponse:
    user = users.get(ask.user_id)
    if user is None:
        raise HTTPException(404, "unknown user")
    rows, scores = session.run(["items", "scores"], {"user": np.array([user], dtype=np.int64)})
    ranked = [
        {**items[row], "score": score} for row, score in zip(rows[0, : ask.k].tolist(), scores[0, : ask.k].tolist())
    ]
    return JSONResponse({"model": "bench", "version": "1.0.0", "items": ranked, "fallback": False})


@app.post("/recommend")
def recommend(ask: Ask) -> JSONResponse:
    return answer(ask)
