"""The demo platform: people, past synthetic sessions, an open session for two and one with the practice client."""

import json
import os
import shutil
from datetime import timedelta
from pathlib import Path

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.errors import InputError
from kokorochat.domain.topic import TopicClass
from kokorochat.web.data_folder import data_folder
from kokorochat.web.fake_line.channel import Settings, person_id
from kokorochat.web.fake_line.server import SECRET, TOKEN
from kokorochat.web.server import default, default_origins

LINKS = "links.json"
"""In the demo's data folder: {who: sign-in link}, for scripts such as `web replay`."""

_LINK_LIFETIME = timedelta(days=7)
_ON_LINE = "みなみ"
_NICKNAMES = (
    "あおい",
    "みどり",
    "すみれ",
    "こはく",
    "あかね",
    "るり",
    "わかば",
    "さくら",
    "つばき",
    "かえで",
    "なぎさ",
    "しずく",
)


def settings_of_demo(port: int, line: str) -> Path:
    """Set what the demo needs in the environment, where the user has not; the data folder is the answer.

    Names of this one machine keep its people apart in one browser: cookies belong to a name. The first is that of the
    links which the platform sends to a phone.

    Args:
        line: the address of the fake LINE; whatever the environment says, the demo never calls the real one.

    Raises:
        InputError: the environment names the database of a real platform.
    """
    if os.environ.get("DATABASE_URL"):
        raise InputError("DATABASE_URL", "is set, and the demo must not fill a real database", "Unset it for the demo")
    default("KOKOROCHAT_DATA", str(Path("var") / "demo"))
    default_origins(port, ("phone.localhost", "127.0.0.1", "localhost", "admin.localhost"))
    data_folder(os.environ["KOKOROCHAT_DATA"])
    os.environ |= {"KOKOROCHAT_LINE_SECRET": SECRET, "KOKOROCHAT_LINE_TOKEN": TOKEN, "KOKOROCHAT_LINE_API": line}
    return Path(os.environ["KOKOROCHAT_DATA"])


def phones_of_demo(port: int) -> Settings:
    """The fake LINE beside the platform on `port`, with one phone."""
    return Settings(SECRET, TOKEN, f"http://127.0.0.1:{port}/line/webhook", people=(_ON_LINE,))


def train_estimates(data: Path) -> None:
    """A score model learned from the demo corpus, so that the estimate beside a feedback can be seen; once.

    So few dialogues teach it little: it shows the place of the estimate, not its worth.
    """
    from kokorochat.learning.config import ScoreRun
    from kokorochat.learning.train import train

    out = data / "demo-model"
    run = ScoreRun(task="score", model="ordinal")
    try:
        train(run, DEMO_CORPUS, seed=0, out=out, resume=True)
    except InputError:
        # A run of ours, by another version or damaged, can be made again; anything else is not ours to remove.
        if {path.name for path in out.glob("*")} != {"model", "run.json", "metrics.json"}:
            raise
        shutil.rmtree(out)
        train(run, DEMO_CORPUS, seed=0, out=out)
    default("KOKOROCHAT_SCORE_MODEL", f"ordinal:{out}")


def fill(data: Path) -> dict[str, str]:
    """Make what is missing and give {who: path and query of a sign-in link}.

    Raises:
        InputError: the database holds people that no demo has made.
    """
    from django.utils import timezone

    from kokorochat.web.accounts import consent
    from kokorochat.web.accounts.actions import add_person, make_sign_in_link
    from kokorochat.web.accounts.models import Person
    from kokorochat.web.roleplay.actions import Conditions, keep_past_session, pair
    from kokorochat.web.roleplay.models import Session
    from kokorochat.web.transports.line import linking

    if Person.objects.exists() and not (data / LINKS).exists():
        raise InputError(str(data), "holds a real platform", "Name another folder by KOKOROCHAT_DATA for the demo")

    def person(username: str, display_name: str, administrator: bool = False, program: bool = False) -> Person:
        found = Person.objects.filter(username=username).first()
        found = found or add_person(None, username, display_name, administrator=administrator, program=program)
        text = consent.due(found)
        if text is not None:  # the demo begins with the role-play; the text can be read under "Account"
            consent.accept(found, text.version)
        return found

    administrator = person("administrator", "事務局", administrator=True)
    practice = person("practice-client", "練習相手（プログラム）", program=True)
    on_line = person("line-client", _ON_LINE)
    linking.link(on_line, person_id(_ON_LINE))
    dialogues = list(read_corpus(DEMO_CORPUS))
    ids = sorted({int(i) for d in dialogues for i in (d.counselor, d.client) if i is not None})
    people = {str(i): person(f"player-{i}", _NICKNAMES[place % len(_NICKNAMES)]) for place, i in enumerate(ids)}
    if not Session.objects.filter(feedback__isnull=False).exists():
        for dialogue in dialogues:
            keep_past_session(dialogue, people[str(dialogue.counselor)], people[str(dialogue.client)])

    counselor = people[str(dialogues[0].counselor)]
    client = people[str(dialogues[0].client)]
    open_now = Session.objects.filter(ended_at__isnull=True)
    state = "希死念慮はない。緊張していて、話し始めるまでに時間がかかる。"
    agreed = Conditions(TopicClass.WORKPLACE, "上司との関係", state)
    # A session takes messages from LINE for some hours only: a later start of the demo makes another.
    fresh = Session.objects.filter(planned_start__gt=timezone.now() - timedelta(hours=3))
    for partner, conditions in ((client, Conditions()), (practice, agreed), (on_line, Conditions())):
        there = open_now.filter(counselor=counselor, client=partner)
        if not (there & fresh if partner == on_line else there).exists():
            pair(administrator, counselor, partner, start=timezone.now(), conditions=conditions)
    talk = open_now.filter(counselor=counselor, client=client).latest("pk")
    alone = open_now.filter(counselor=counselor, client=practice).latest("pk")
    over_line = open_now.filter(counselor=counselor, client=on_line).latest("pk")

    link = {
        who: f"/sign-in/{make_sign_in_link(None, who, _LINK_LIFETIME)}" for who in (counselor, client, administrator)
    }
    return {
        "counselor": f"{link[counselor]}?next=/sessions/{talk.code}",
        "client": f"{link[client]}?next=/sessions/{talk.code}",
        "administrator": link[administrator],
        "practice": f"{link[counselor]}?next=/sessions/{alone.code}",
        "desk_of_line": f"{link[counselor]}?next=/sessions/{over_line.code}",
    }


def announce(data: Path, port: int, paths: dict[str, str], line: str) -> str:
    """Write the links for scripts, and say them to the person who has just started the demo.

    Args:
        line: the address of the fake LINE.
    """
    hosts = {"client": "localhost", "administrator": "admin.localhost"}
    links = {who: f"http://{hosts.get(who, '127.0.0.1')}:{port}{path}" for who, path in paths.items()}
    links["line"] = f"{line}/#{person_id(_ON_LINE)}"
    file = data / LINKS
    file.touch(mode=0o600)
    file.write_text(json.dumps(links, indent=2))
    return f"""
KokoroChat demo on http://127.0.0.1:{port}   (Ctrl+C stops it; its data stay in {data})

  One role-play in two windows:
    counselor      {links["counselor"]}
    client         {links["client"]}
  Alone, with a practice client that answers without any network:
    counselor      {links["practice"]}
  The client on LINE, on a simulated phone:
    counselor      {links["desk_of_line"]}
    phone          {links["line"]}
  People, pairing, export:
    administrator  {links["administrator"]}

The host names are all this machine; they let one browser hold several people. If a name is
not found, open the link with 127.0.0.1 in a private window. Each start of the demo makes new links.
The pages speak Japanese; "English" is at the top.
"""
