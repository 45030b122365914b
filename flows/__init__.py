"""Prefect flows, and the server that they are reported to."""

from flows.plain_errors import log_errors_plainly

log_errors_plainly()
