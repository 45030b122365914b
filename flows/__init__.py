"""Prefect flows, and the commands that run them."""

from flows.plain_errors import log_errors_plainly

log_errors_plainly()
