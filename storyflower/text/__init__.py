"""Texts as token ids."""

PACKAGES = ("sentencepiece", "tokenizers")
"""The libraries that read the vocabularies; named here so that they can be listed where they are not installed."""
