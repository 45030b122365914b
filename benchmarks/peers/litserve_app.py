"""LitServe around Transformers' model: python -m benchmarks.peers.litserve_app DIRECTORY MAX_LEN PORT.

As LitServe's documentation on batching has it: up to 16 requests together, and none waits for others to come.
"""

import sys
from typing import Any

from litserve import LitAPI, LitServer

from benchmarks.peers.transformers_model import TransformersModel


class EmotionApi(LitAPI):
    """One text a request."""

    def __init__(self, directory: str, max_len: int) -> None:
        super().__init__(max_batch_size=16, batch_timeout=0.0)
        self._directory, self._max_len = directory, max_len

    def setup(self, device: str) -> None:
        """Load the model in the worker."""
        del device
        self._model = TransformersModel(self._directory, self._max_len)

    def decode_request(self, request: dict[str, str]) -> str:
        """The text of a request."""
        return request["text"]

    def predict(self, x: list[str] | str) -> list[dict[str, Any]]:
        """Answers of a batch; LitServe gives a text that comes alone as a batch of one."""
        return self._model.answers(x if isinstance(x, list | tuple) else [x])

    def encode_response(self, output: dict[str, Any]) -> dict[str, Any]:
        """The answer as it is."""
        return output


if __name__ == "__main__":
    api = EmotionApi(sys.argv[1], int(sys.argv[2]))
    LitServer(api, accelerator="cpu").run(
        host="127.0.0.1", port=int(sys.argv[3]), generate_client_file=False, log_level="warning"
    )
