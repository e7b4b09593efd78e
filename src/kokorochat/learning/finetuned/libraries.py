"""The libraries of fine-tuning, kept off the network and quiet. Import it before any of them."""

import logging
import os
import warnings

# A run uses what is on this machine. bitsandbytes too would ask the hub, for a kernel of some processors.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# On a GPU equal bytes from equal runs need it; it is read when the first matrix is multiplied.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
# It then says that it has found none.
logging.getLogger("bitsandbytes").setLevel(logging.ERROR)

import bitsandbytes  # noqa: E402
import peft  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402

transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
# Our run files say what it is without a GPU.
warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated", category=FutureWarning)
warnings.filterwarnings("ignore", message="Paged optimizers are not supported on CPU")

LIBRARIES = ("torch", "transformers", "tokenizers", "peft", "bitsandbytes", "accelerate", "safetensors")
"""Those whose versions a run notes."""

__all__ = ["LIBRARIES", "bitsandbytes", "peft", "torch", "transformers"]
