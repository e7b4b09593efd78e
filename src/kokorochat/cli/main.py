"""The command line's entry: the table of all verbs, and what a user meets when something is wrong."""

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from typing import Any

from kokorochat.cli import corpus, learning, paper, response, serving, sweep, web
from kokorochat.cli.verb import BAD_INPUT, DONE, INTERRUPTED, drop_output
from kokorochat.domain.errors import InputError
from kokorochat.domain.installation import install_extra
from kokorochat.domain.printable import printable

VERBS = (*corpus.VERBS, *learning.VERBS, *response.VERBS, *serving.VERBS, *sweep.VERBS, *paper.VERBS, *web.VERBS)


def _parser() -> argparse.ArgumentParser:
    from kokorochat import __version__

    parser = argparse.ArgumentParser(prog="kokorochat", description="Counseling role-plays: platform, corpus, models.")
    parser.add_argument("--version", action="version", version=f"kokorochat {__version__}")
    top = parser.add_subparsers(metavar="COMMAND", required=True)
    groups: dict[str, Any] = {}
    for verb in VERBS:
        group, _, name = verb.name.rpartition(" ")
        if group and group not in groups:
            members = [v.name.removeprefix(f"{group} ") for v in VERBS if v.name.startswith(f"{group} ")]
            groups[group] = top.add_parser(group, help=", ".join(members)).add_subparsers(metavar="VERB", required=True)
        place = groups[group] if group else top
        own = place.add_parser(name, help=verb.help, description=verb.help)
        verb.arguments(own)
        own.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
        own.set_defaults(run=verb.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in ("stdout", "stderr"):
        if getattr(sys, stream) is None:
            # It was closed before we began (`>&-`): what nobody wants to read is not written.
            setattr(sys, stream, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    try:
        options = _parser().parse_args(arguments)
        code: int = options.run(options)
        sys.stdout.flush()
        return code
    except InputError as fault:
        print(printable(f"kokorochat: {fault}"), file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt as stop:
        print(printable(": ".join(["kokorochat: stopped", *map(str, stop.args)])), file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`| head`): no fault of ours, and nothing more can be written.
        drop_output()
        return DONE
    except OSError as fault:
        if fault.errno not in _REFUSALS or fault.filename is None:
            raise
        full = fault.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = "Make room on the disk" if full else "Check the path, its permissions and the disk"
        print(printable(f"kokorochat: {fault.filename}: {fault.strerror}. {remedy}"), file=sys.stderr)
        return BAD_INPUT
    except ModuleNotFoundError as fault:
        extra = _EXTRA_OF.get((fault.name or "").partition(".")[0])
        if extra is None:
            raise
        print(printable(f"kokorochat: this command needs {fault.name}: {install_extra(extra)}"), file=sys.stderr)
        return BAD_INPUT


_REFUSALS = (errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ELOOP, errno.EROFS, errno.ENOSPC, errno.EDQUOT)
"""What the system may say of any path that a user names, however deep in a command it is first touched."""

_EXTRA_OF = {
    **dict.fromkeys(("numpy", "scipy", "matplotlib", "matplotlib_fontja", "pyarrow"), "data"),
    **dict.fromkeys(("sklearn", "joblib"), "learn"),
    **dict.fromkeys(("sacrebleu", "MeCab", "ipadic"), "metrics"),
    **dict.fromkeys(("openai", "httpx2"), "llm"),
    **dict.fromkeys(("optuna", "psycopg", "sqlalchemy"), "sweep"),
    **dict.fromkeys(("torch", "tokenizers", "safetensors"), "lm"),
    **dict.fromkeys(("transformers", "peft", "bitsandbytes", "accelerate", "tensorboard"), "qlora"),
    **dict.fromkeys(("huggingface_hub",), "hub"),
    **dict.fromkeys(("django", "channels", "uvicorn", "websockets", "httpx", "csp", "whitenoise", "environ"), "web"),
}
