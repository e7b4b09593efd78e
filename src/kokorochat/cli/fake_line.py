"""The verb that serves the fake LINE platform."""

import argparse
import os

from kokorochat.cli.verb import DONE, Options, Verb, seed


def _share(text: str) -> tuple[str, float]:
    name, _, share = text.partition("=")
    return name, float(share)


_share.__name__ = "fault (OUTCOME=SHARE, as error=0.1)"


def _fake_line(options: Options) -> int:
    from kokorochat.web.fake_line.channel import Settings
    from kokorochat.web.fake_line.faults import Faults
    from kokorochat.web.fake_line.server import secret_and_token, serve
    from kokorochat.web.replay.door import origin_of

    faults = Faults(
        seed=options.seed,
        outcomes=dict(options.fault),
        copies=options.copies,
        shuffle_seconds=options.shuffle,
        bad_signatures=options.bad_signatures,
        hang_seconds=options.hang,
        slow_seconds=options.slow,
    )
    secret, token = secret_and_token()
    settings = Settings(
        secret=secret,
        token=token,
        webhook=f"{origin_of(options.platform)}/line/webhook",
        redelivery=not options.no_redelivery,
        quota=options.quota,
        people=tuple(options.person),
    )
    address = f"http://{options.host}:{options.port}"
    # What the environment holds may be a real channel's.
    shared = {"KOKOROCHAT_LINE_SECRET": secret, "KOKOROCHAT_LINE_TOKEN": token}
    told = [
        f"  {name}={'(as in this environment)' if os.environ.get(name) else value}" for name, value in shared.items()
    ]
    needs = "\n".join([*told, f"  KOKOROCHAT_LINE_API={address}"])
    print(
        f"Fake LINE: phones on {address}   (Ctrl+C stops it; it keeps nothing)\n"
        f"Events go to {settings.webhook}. The platform needs:\n{needs}",
        flush=True,
    )
    serve(settings, options.host, options.port, faults)
    return DONE


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--platform", default="http://127.0.0.1:8000", metavar="URL", help="(default: %(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: this machine only)")
    parser.add_argument("--port", type=int, default=8001, help="(default: %(default)s)")
    parser.add_argument("--person", action="append", default=[], metavar="NAME", help="has a phone from the start")
    parser.add_argument("--quota", type=int, metavar="N", help="pushes in a month (default: no limit)")
    parser.add_argument("--no-redelivery", action="store_true", help="an event that is not accepted is lost")
    faults = parser.add_argument_group("faults", "the page and PUT /fake/faults change them while it runs")
    faults.add_argument("--seed", type=seed, default=0, metavar="N", help="the same faults each time (default: 0)")
    faults.add_argument(
        "--fault",
        action="append",
        type=_share,
        default=[],
        metavar="OUTCOME=SHARE",
        help="share of the platform's calls: error, error-after, timeout-after, conflict, rate, slow",
    )
    faults.add_argument("--hang", type=float, default=30.0, metavar="S", help="seconds of timeout-after (default: 30)")
    faults.add_argument("--slow", type=float, default=1.0, metavar="S", help="seconds of slow (default: 1)")
    faults.add_argument("--copies", type=int, default=1, metavar="N", help="send each event 1 to N times, N at most 5")
    faults.add_argument("--shuffle", type=float, default=0.0, metavar="S", help="within so many seconds (default: 0)")
    faults.add_argument("--bad-signatures", type=float, default=0.0, metavar="SHARE", help="of events (default: 0)")


FAKE_LINE = Verb("web fake-line", "a stand-in for LINE, with phones in the browser", _fake_line, _arguments)
