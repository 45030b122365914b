"""The evaluation of systems without one of their own: padded, with the same macro-F1.

In fp32, but for Trainer, which leaves the model with the autocast that it trained in.
"""

import numpy as np
import torch
from transformers import BertForSequenceClassification

from storyflower.evaluation import metrics
from storyflower.text.sentencepiece import PAD_ID
from storyflower.training.batches import LabelledTokens

_BATCH = 128


def macro_f1(model: BertForSequenceClassification, split: LabelledTokens, device: str) -> float:
    """Macro-F1, from 0 to 1, of the model, which is set to evaluation mode."""
    model.eval()  # type: ignore[no-untyped-call]
    order = np.argsort(split.tokens.lengths, kind="stable")
    guesses = np.empty(len(order), np.int64)
    with torch.inference_mode():
        for batch in np.array_split(order, -(-len(order) // _BATCH)):
            sequences = [torch.from_numpy(split.tokens.sequence(i)).long() for i in batch]
            ids = torch.nn.utils.rnn.pad_sequence(sequences, batch_first=True, padding_value=PAD_ID).to(device)
            lengths = torch.tensor([len(sequence) for sequence in sequences], device=device)
            is_token = torch.arange(ids.shape[1], device=device) < lengths[:, None]
            logits = model(input_ids=ids, attention_mask=is_token.long()).logits
            guesses[batch] = logits.argmax(dim=1).cpu().numpy()
    return metrics.macro_f1(split.labels, guesses)
