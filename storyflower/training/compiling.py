"""torch.compile of an encoder's layers; all of them share one graph, so that compiling takes seconds, not minutes."""

from typing import Literal

import torch

from storyflower.model.families import Network, encoder_of

Compiling = Literal["auto", "on", "off"]
"""`auto` compiles after the first steps, if at their pace the steps that are left make up for the time it takes."""


def compile_layers(model: Network) -> None:
    """Make the layers compile at their first call, for one shape.

    Code that was compiled before is dropped: Dynamo keeps eight graphs of a function, of all models of the process, and
    refuses to compile more, as a cross-validation or a sweep would need.
    """
    torch.compiler.reset()
    for layer in encoder_of(model).encoder.layer:
        layer.forward = torch.compile(layer.forward, fullgraph=True, dynamic=False)


def undo_compiling(model: Network) -> None:
    """Restore the original forward of the layers; does nothing if they are not compiled."""
    for layer in encoder_of(model).encoder.layer:
        vars(layer).pop("forward", None)
