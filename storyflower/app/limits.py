"""The limits within which the server answers; they are stated in its API documentation."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a request may bring, how much may wait, and how long."""

    body_bytes: int = 4 * 2**20
    """Bytes of a request's body; 413 above."""
    texts: int = 1000
    """Texts of a request; 422 above."""
    characters: int = 2000
    """Characters of a text; 422 above."""
    waiting_texts: int = 8000
    """Texts that wait in all; 429 above, unless nothing waits."""
    batch_characters: int = 4096
    """Characters of a batch; the texts that wait are answered together up to there."""
    seconds: float = 60.0
    """From a request's first byte to its answer; 504 above. MLflow's scoring server has the same limit."""
    upload_bytes: int = 32 * 2**20
    """Bytes of a file to score; 413 above."""
    upload_seconds: float = 600.0
    """From the first to the last byte of a file; 504 above."""
    waiting_jobs: int = 4
    """Files that wait while one is scored; 429 above."""
    seconds_kept: float = 3600.0
    """From the end of a scoring until its files are removed."""
