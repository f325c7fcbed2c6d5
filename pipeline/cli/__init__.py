"""Commands: what people and schedulers type (contract.md)."""

from pipeline.cli.main import main

__all__ = ["main"]
