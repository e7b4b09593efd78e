"""The verb that serves a model to other programs. What it needs is imported inside it."""

import argparse

from kokorochat.cli.verb import DONE, Options, Verb, count
from kokorochat.domain.errors import InputError


def _serve_model(options: Options) -> int:
    from kokorochat.learning.serving.server import Place, key_of_environment, serve
    from kokorochat.learning.serving.speaking import load_speaker, name_of
    from kokorochat.web.ports import check_port

    name = options.name or name_of(options.model)
    if not name.isprintable() or "/" in name:
        raise InputError("--name", f"{name!r} can't stand in an address", "Choose another")
    key = key_of_environment(options.host)
    check_port(options.host, options.port, "Choose another with --port")
    speaker = load_speaker(options.model, options.keep)
    shown = f"[{options.host}]" if ":" in options.host else options.host
    print(
        f"{options.model} answers at http://{shown}:{options.port}/v1 as {name!r}   (Ctrl+C stops it)\n"
        f"  OPENAI_BASE_URL=http://{shown}:{options.port}/v1 kokorochat answer --model openai:{name} …",
        flush=True,
    )
    serve(speaker, Place(options.host, options.port, name, options.waiting), key)
    return DONE


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="such as finetuned:DIR, retrieval:DIR or combined:DIR")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: this machine only)")
    parser.add_argument("--port", type=int, default=8100, help="(default: %(default)s)")
    parser.add_argument("--name", metavar="NAME", help="by which it is asked (default: its folder's)")
    parser.add_argument(
        "--waiting",
        type=count,
        default=8,
        metavar="N",
        help="chats that may wait for their turn (default: %(default)s)",
    )
    parser.add_argument(
        "--keep",
        type=count,
        metavar="N",
        help="tokens of running talks that are kept for their next turn (default: four of the longest talks)",
    )


VERBS = (Verb("serve-model", "an OpenAI-compatible endpoint for a model of ours", _serve_model, _arguments),)
