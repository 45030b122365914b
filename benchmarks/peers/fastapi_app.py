"""A bare FastAPI handler around Transformers' model: python -m benchmarks.peers.fastapi_app DIRECTORY MAX_LEN PORT.

One text a call, in a plain function, which FastAPI runs in its pool of threads.
"""

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks.peers.transformers_model import TransformersModel


class Asked(BaseModel):
    """The body of a request."""

    text: str


def application(model: TransformersModel) -> FastAPI:
    """The app with its one handler."""
    app = FastAPI()

    @app.get("/health")
    def health() -> str:
        return "ok"

    @app.post("/predict")
    def predict(asked: Asked) -> dict[str, Any]:
        return model.answers([asked.text])[0]

    return app


if __name__ == "__main__":
    served = application(TransformersModel(sys.argv[1], int(sys.argv[2])))
    uvicorn.run(served, host="127.0.0.1", port=int(sys.argv[3]), log_level="warning")
