"""Fine-tuned models for tests that need no training: tiny ones of random weights, as `train` stores them."""

from itertools import islice
from pathlib import Path
from typing import Any

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.learning.finetuned.settings import ResponseFineTuning, ScoreFineTuning, TinyBase
from kokorochat.learning.stored import DESCRIPTION

_SHARED: dict[str, Any] = {
    "model": "finetuned",
    "base": TinyBase(width=64, layers=2, heads=4, vocabulary=800),
    "device": "cpu",
    "quantization": "none",
    "compute": "float32",
    "rate": 1e-3,
    "batch": 4,
    "epochs": 1,
    "validate_every": 0,
}
RESPONSES = ResponseFineTuning(task="response", longest=2048, longest_answer=12, **_SHARED)
SCORES = ScoreFineTuning(task="score", longest=4096, longest_answer=12, **_SHARED)


def tiny_model(folder: Path, run: ResponseFineTuning | ScoreFineTuning = RESPONSES) -> Path:
    """A model's folder; a base that the run names is there already. One that is there gives way.

    Its adapters are random too, so that what it says depends on all that was said before.
    """
    import torch

    from kokorochat.learning.finetuned.base import adapters, load_tokenizer, load_weights, with_adapters
    from kokorochat.learning.finetuned.rendering import Renderer
    from kokorochat.learning.finetuned.storing import save_finetuned
    from kokorochat.learning.finetuned.tiny import make_tiny

    if isinstance(run.base, TinyBase):
        base = folder / "model" / "base"
        texts = [u.text for dialogue in islice(read_corpus(DEMO_CORPUS), 3) for u in dialogue.utterances]
        make_tiny(base, run.base, texts, 0)
    else:
        base = Path(run.base)
    tokenizer = load_tokenizer(base, "tiny")
    model = with_adapters(load_weights(base, "tiny", run, torch.device("cpu")), run, 0)
    random = torch.Generator().manual_seed(1)
    for name, weight in adapters(model).items():
        weight.data = torch.randn(weight.shape, generator=random) * (0.5 if "lora_B" in name else 0.3)
    (folder / "model" / DESCRIPTION).unlink(missing_ok=True)
    save_finetuned(folder / "model", run, model, Renderer(tokenizer, tokenizer.chat_template, "tiny"), base)
    return folder
