"""The same without what a single core can do without: no thread pool, no check of the answer, JSON from plain objects.

Inference runs on the event loop, and nothing else is answered meanwhile.
"""

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from fastapi_app import Ask, ranked

app = FastAPI()


@app.post("/recommend")
async def recommend(ask: Ask) -> JSONResponse:
    return JSONResponse({"model": "bench", "version": "1.0.0", "items": ranked(ask), "fallback": False})
