"""The verbs of the platform. What a verb needs is imported inside it, so that each starts fast."""

import argparse
import os
import sys
from pathlib import Path

from kokorochat.cli.fake_line import FAKE_LINE
from kokorochat.cli.verb import DONE, FAULTS_FOUND, Options, Verb, corpus_path, new_folder_option, progress, show
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import counted


def _web_serve(options: Options) -> int:
    from kokorochat.web import server

    server.default_origins(options.port)
    server.set_up()
    server.check_tables()  # before a lock is left in a folder that is no platform's
    with server.place(options.host, options.port, options.processes):
        server.serve(options.host, options.port, options.processes)
    return _stopped()


def _web_worker(options: Options) -> int:
    from kokorochat.web import server

    server.set_up()
    server.check()
    from kokorochat.web.worker import work_until_told

    work_until_told()
    return DONE


def _web_backup(options: Options) -> int:
    from kokorochat.web import server

    server.set_up()
    server.check_tables()
    from kokorochat.web.backup import backup

    with server.database():
        manifest = backup(options.file)
    told = f"{options.file} holds all talks up to now, and may hold the secret key: keep it as safe as the platform."
    show(options, {"file": str(options.file), "rows": manifest.rows}, told)
    return DONE


def _web_restore(options: Options) -> int:
    from kokorochat.web import server

    server.set_up()
    from kokorochat.web.backup import restore

    with server.database():
        manifest = restore(options.file)
    server.migrate()
    told = f"Restored what was there on {manifest.made_at}. Look at it with: kokorochat web check-audit"
    show(options, {"file": str(options.file), "rows": manifest.rows, "made_at": manifest.made_at}, told)
    return DONE


def _backup_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the backup, as kokorochat-2026-11-25.tar.gz")


def _web_migrate(options: Options) -> int:
    from kokorochat.web import server

    server.set_up()
    server.migrate()
    show(options, {"migrated": True}, "The database is up to date.")
    return DONE


def _web_demo(options: Options) -> int:
    from kokorochat.web import demo, server
    from kokorochat.web.fake_line.server import port_near, running

    host, phones = "127.0.0.1", port_near("127.0.0.1", options.port + 1)
    line = f"http://{host}:{phones}"
    data = demo.settings_of_demo(options.port, line)
    demo.train_estimates(data)
    server.set_up()
    with server.place(host, options.port), running(demo.phones_of_demo(options.port), host, phones):
        server.migrate()
        with server.database():
            print(demo.announce(data, options.port, demo.fill(data), line), flush=True)
        server.serve(host, options.port)
    return _stopped()


def _stopped() -> int:
    """What is said of a server that was told to stop, which is no fault."""
    print("kokorochat: stopped", file=sys.stderr)
    return DONE


def _web_add_administrator(options: Options) -> int:
    from kokorochat.web import server

    server.default_origins(options.port)
    server.set_up()
    server.check_tables()
    from django.conf import settings

    from kokorochat.web.accounts.actions import add_person, make_sign_in_link
    from kokorochat.web.accounts.forms import PersonForm

    with server.database():
        form = PersonForm({"username": options.name, "display_name": options.name})
        if not form.is_valid():
            faults = " ".join(str(fault) for faults in form.errors.values() for fault in faults)
            raise InputError(f"sign-in name {options.name!r}", faults.rstrip("。."), "Choose another")
        person = add_person(None, options.name, options.name, administrator=True)
    link = f"{settings.ORIGINS[0]}/sign-in/{make_sign_in_link(None, person)}"
    show(options, {"person": person.pk, "link": link}, f"{options.name} signs in here within 24 hours:\n{link}")
    return DONE


def _web_export(options: Options) -> int:
    from kokorochat.corpus.writing import write_corpus
    from kokorochat.web import server

    server.set_up()
    server.check_tables()
    from kokorochat.web.export import audit_reads, export_dialogues
    from kokorochat.web.roleplay.models import Session

    with server.database():
        audit_reads(None, "corpus.export-by-command", Session.objects.all())
        count = write_corpus(progress(export_dialogues(Session.objects.all()), "exporting"), options.out)
    show(options, {"dialogues": count, "out": str(options.out)}, f"{counted(count, 'dialogue')} in {options.out}")
    return DONE


def _web_check_audit(options: Options) -> int:
    from kokorochat.web import server

    server.set_up()
    server.check_tables()
    from kokorochat.web.accounts import chain

    with server.database():
        fault, head = chain.first_fault(options.known or ""), chain.head()
    told = {
        "rows": head.number,
        "head": head.code,
        "fault": {"row": fault.number, "what": fault.what} if fault else None,
    }
    if fault is None:
        text = (
            f"{head.number:,} rows, whole. Note the newest code elsewhere and give it to the next check by --known:\n"
        )
        text += head.code or "(no row yet)"
    elif fault.what == "unknown code":
        text = "No row has the known code: rows were taken off the end, or the code is of another platform."
    else:
        text = f"Row {fault.number:,} of the audit trail is {fault.what}. What stands after it can't be trusted."
    show(options, told, text)
    return FAULTS_FOUND if fault else DONE


def _known_code(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--known", metavar="CODE", help="a code that an earlier check has printed; it must still be there"
    )


def _web_replay(options: Options) -> int:
    from contextlib import ExitStack
    from itertools import islice

    from tqdm import tqdm

    from kokorochat.corpus.reading import read_corpus
    from kokorochat.web.replay.chaos import Killer
    from kokorochat.web.replay.line import fake_address
    from kokorochat.web.replay.replay import administrator_link, check_replayable, replay
    from kokorochat.web.replay.spawn import Platform

    if options.concurrency < 1 or options.kills < 0:
        raise InputError("--concurrency, --kills", "can't be that few", "Give 1 or more, 0 or more")
    if options.kills and not options.spawn:
        raise InputError("--kills", "only a throwaway platform may be killed", "Use it with --spawn")
    dialogues = list(islice(read_corpus(options.path), max(0, options.count) if options.count is not None else None))
    if options.count is not None and not 1 <= options.count <= len(dialogues):
        there = len(dialogues) or sum(1 for _ in read_corpus(options.path))
        raise InputError("--count", f"{options.count} of {there:,} dialogues can't be replayed", f"Give 1 to {there}")
    check_replayable(dialogues, options.out)
    messages = sum(len(dialogue.utterances) for dialogue in dialogues)
    with ExitStack() as stack:
        bar = stack.enter_context(tqdm(total=messages, desc="messages", leave=False, disable=not sys.stderr.isatty()))
        platform = stack.enter_context(Platform(line=options.line)) if options.spawn else None
        killer = stack.enter_context(Killer(platform, options.kills, messages)) if platform else None

        def stored(more: int) -> None:
            bar.update(more)
            if killer:
                killer(more)

        url = platform.url if platform else options.url
        link = platform.administrator_link if platform else administrator_link(options.administrator, url)
        line = (platform.line_url if platform else fake_address(url)) if options.line else None
        report = replay(dialogues, url, link, options.out, concurrency=options.concurrency, line=line, progress=stored)
    text = (
        f"{report.sessions:,} sessions, {report.messages:,} messages, {options.kills} kills in {report.seconds:,.1f} s "
        f"({report.messages_per_second:,.0f} messages/s while they talked): "
        f"{report.lost} lost, {report.duplicated} duplicated, {report.reordered} reordered; "
        f"the export {'equals' if report.equal else 'differs from'} the source"
    )
    show(options, report.as_dict() | {"kills": options.kills, "out": str(options.out)}, text)
    return DONE if report.good else FAULTS_FOUND


def _replay(parser: argparse.ArgumentParser) -> None:
    corpus_path(parser)
    parser.add_argument("--count", type=int, metavar="N", help="the first N dialogues (default: all)")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--url", help="a running platform, as http://127.0.0.1:8000")
    where.add_argument("--spawn", action="store_true", help="a throwaway platform with an empty database")
    parser.add_argument("--administrator", metavar="LINK", help="an administrator's sign-in link (default: the demo's)")
    parser.add_argument("--concurrency", type=int, default=25, metavar="N", help="sessions at once (default: 25)")
    parser.add_argument("--kills", type=int, default=0, metavar="N", help="with --spawn: kill the platform N times")
    parser.add_argument("--line", action="store_true", help="the clients take part over the platform's fake LINE")
    new_folder_option(parser)


def _address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: this machine only)")
    _port(parser)


def _serving(parser: argparse.ArgumentParser) -> None:
    _address(parser)
    parser.add_argument(
        "--processes", type=int, default=1, metavar="N", help="serving processes; several need REDIS_URL (default: 1)"
    )


def _port(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=os.environ.get("PORT") or "8000", help="(default: PORT, or 8000)")


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the sign-in name")
    _port(parser)


def _nothing(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""


VERBS = (
    Verb("web demo", "a platform with demo people and sessions, on this machine", _web_demo, _port),
    Verb("web serve", "serve the platform", _web_serve, _serving),
    Verb("web worker", "look after what the platform does by itself, beside `web serve`", _web_worker, _nothing),
    Verb("web migrate", "bring the database up to date", _web_migrate, _nothing),
    Verb("web add-administrator", "add an administrator and print a sign-in link", _web_add_administrator, _name),
    Verb(
        "web backup", "copy the database and the key into one file, while the platform runs", _web_backup, _backup_file
    ),
    Verb("web restore", "bring a backup back into an empty place", _web_restore, _backup_file),
    Verb("web export", "write the finished sessions as a corpus", _web_export, new_folder_option),
    Verb(
        "web check-audit",
        "read the audit trail and tell the first changed or missing row",
        _web_check_audit,
        _known_code,
    ),
    FAKE_LINE,
    Verb("web replay", "play a corpus through a platform and compare what it exports", _web_replay, _replay),
)
