"""The same with inference on the event loop: nothing else is answered meanwhile, and the way to the thread pool is saved."""

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from fastapi_app import Ask, answer

app = FastAPI()


@app.post("/recommend")
async def recommend(ask: Ask) -> JSONResponse:
    return answer(ask)
