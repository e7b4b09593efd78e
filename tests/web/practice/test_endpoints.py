"""A partner whose words come from an endpoint: nobody waits for it, and whatever it does, no talk is stuck."""

import subprocess
import sys
import threading
import time
from uuid import uuid4

import pytest

from cast import WORK, a_session, end, rating
from endpoint import Answer, completion, endpoint, scores
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.learning.chat import endpoint as waiting
from kokorochat.learning.models import load_estimator, load_partner
from kokorochat.learning.serving.server import Place, running
from kokorochat.learning.serving.speaking import Responder
from kokorochat.web import estimates
from kokorochat.web.practice import partner, replies
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Estimate, Event, Session

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


@pytest.fixture
def counseling(aoi, renshu) -> Session:
    """Aoi counsels a program."""
    return a_session(aoi, renshu, conditions=actions.Conditions(*WORK))


@pytest.fixture
def telling(renshu, midori) -> Session:
    """A program counsels Midori."""
    return a_session(renshu, midori, conditions=actions.Conditions(*WORK))


@pytest.fixture
def played_by(settings, restart, monkeypatch):
    """Let both roles be played by the model at an address."""
    monkeypatch.setenv(waiting.KEY, "a-long-and-random-key")

    def play(url: str, name: str = "kokoro") -> None:
        settings.PRACTICE_CLIENT = settings.PRACTICE_COUNSELOR = f"openai:{name}@{url}"
        restart()

    yield play
    restart()


def say(session: Session, text: str) -> None:
    person = session.client if session.counselor.is_program else session.counselor
    actions.say(session.pk, person, uuid4(), text)


def take_turns(session: Session, due: int, seconds: float = 60) -> bool:
    """Look until the partner has said so many messages; gives whether it was seen writing."""
    seen, give_up = False, time.monotonic() + seconds
    while len(said(session)) < due:
        assert time.monotonic() < give_up, said(session)
        seen = partner.take_turn(session.pk) or seen
        time.sleep(0.01)
    for _ in range(3):
        partner.take_turn(session.pk)
    return seen


def said(session: Session) -> list[str]:
    role = session.program_role.value
    return list(Event.objects.filter(session=session, role=role).order_by("number").values_list("text", flat=True))


def test_it_is_asked_as_the_role_and_says_the_lines_of_the_reply(counseling, played_by):
    with endpoint(completion("上司のことです。\n毎日叱られています。"), completion("半年前からです。")) as there:
        played_by(there.url)
        say(counseling, "こんにちは。")
        assert take_turns(counseling, 2) is True
        say(counseling, "いつからですか。")
        take_turns(counseling, 3)
    assert said(counseling) == ["上司のことです。", "毎日叱られています。", "半年前からです。"]
    first, second = there.requests
    assert (first["model"], there.keys[0]) == ("kokoro", "Bearer a-long-and-random-key")
    assert "相談者" in first["messages"][0]["content"]
    assert [m["role"] for m in second["messages"]] == ["system", "user", "assistant", "user"]
    assert second["messages"][2]["content"] == "上司のことです。\n毎日叱られています。"


def test_while_it_thinks_it_is_seen_writing_and_no_look_waits(counseling, played_by):
    thought = threading.Event()

    def slow(asked, number):
        assert thought.wait(20)
        return completion("はい。")

    with endpoint(slow) as there:
        played_by(there.url)
        say(counseling, "こんにちは。")
        assert [partner.take_turn(counseling.pk) for _ in range(5)] == [True] * 5
        thought.set()
        take_turns(counseling, 1)
    assert len(there.requests) == 1
    assert said(counseling) == ["はい。"]


def test_two_talks_are_thought_of_at_once(counseling, telling, played_by):
    both = threading.Barrier(2)

    def slow(asked, number):
        both.wait(15)
        return completion("はい。")

    with endpoint(slow) as there:
        played_by(there.url)
        take_turns(telling, 1)
        for session in (counseling, telling):
            say(session, "こんにちは。")
            partner.take_turn(session.pk)
        take_turns(counseling, 1)
        take_turns(telling, 2)
    assert len(there.requests) == 2


FAULTS = {
    "is not there": None,
    "is busy for long": Answer({"error": {"message": "x"}}, status=503, headers={"Retry-After": "100"}),
    "limits the rate": Answer({"error": {"message": "x"}}, status=429),
    "stalls": Answer(completion("遅い。"), delay=3),
    "breaks off": Answer(completion("はい。"), cut=True),
    "sends a page": Answer("<html>ひみつ</html>", headers={"Content-Type": "text/html"}),
    "says nothing": completion(""),
    "breaks off in its first sentence": completion("ひみつの言葉ですが、それは", finish="length"),
    "knows no such model": Answer({"error": {"code": "model_not_found"}}, status=404),
    "refuses the key": Answer({"error": {"code": "invalid_api_key"}}, status=401),
    "says what can't be stored": completion("あ" * 6000),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_endpoint_that_fails_is_told_of_and_the_script_goes_on(fault, counseling, played_by, monkeypatch, caplog):
    monkeypatch.setattr(waiting, "_TURN_SECONDS", 1.5)
    with endpoint(FAULTS[fault] or completion("")) as there:
        played_by(there.url if FAULTS[fault] else "http://127.0.0.1:9/v1")
        say(counseling, "こんにちは。ひみつの言葉")
        take_turns(counseling, 2)
        asked = len(there.requests)
        say(counseling, "そうですか。")
        take_turns(counseling, 3)
    notice, *answers = said(counseling)
    assert notice == replies.NOTICE[Role.CLIENT]
    assert answers
    assert len(there.requests) == asked
    assert f"session {counseling.pk}: the practice model " in caplog.text
    assert "ひみつ" not in caplog.text


def test_prose_where_a_turn_was_asked_for_is_its_turn(telling, played_by):
    with endpoint(completion("はい、カウンセラーとしてお答えします。\n\n- 一つ目\n- 二つ目")) as there:
        played_by(there.url)
        take_turns(telling, 1)
        say(telling, "眠れません。")
        take_turns(telling, 4)
    assert said(telling)[1:] == ["はい、カウンセラーとしてお答えします。", "- 一つ目", "- 二つ目"]


def test_of_a_turn_that_is_cut_off_whole_sentences_are_said(telling, played_by):
    with endpoint(completion("つらいですね。\nいつからですか。もしかし", finish="length")) as there:
        played_by(there.url)
        take_turns(telling, 1)
        say(telling, "眠れません。")
        take_turns(telling, 3)
    assert said(telling)[1:] == ["つらいですね。", "いつからですか。"]


def test_our_own_server_plays_it_by_any_model_of_ours(counseling, indexes, played_by):
    model = load_partner(f"retrieval:{indexes['client']}", Role.CLIENT)
    with running(Responder(model), Place("127.0.0.1", 0, "ours", 8), "a-long-and-random-key") as url:
        played_by(url, "ours")
        say(counseling, "こんにちは。今日はどうされましたか。")
        take_turns(counseling, 2)
        say(counseling, "毎日叱られて、おつらいのですね。いつごろからですか。")
        take_turns(counseling, 3)
    assert said(counseling) == ["上司のことで相談したいです。", "毎日叱られています。", "半年ほど前からです。"]


@pytest.mark.slow
def test_our_own_server_plays_it_by_a_fine_tuned_model(telling, tmp_path, played_by, monkeypatch):
    from parts import need_qlora

    need_qlora()
    from kokorochat.learning.finetuned.speaking import load_finetuned_speaker
    from tiny_models import tiny_model

    monkeypatch.setattr(waiting, "whole_sentences", str)
    folder = tiny_model(tmp_path)
    with running(load_finetuned_speaker(folder), Place("127.0.0.1", 0, "tiny", 8), "a-long-and-random-key") as url:
        played_by(url, "tiny")
        take_turns(telling, 1)
        say(telling, "眠れません。")
        take_turns(telling, 2)
    # A model of random weights says neither words nor sentences; what matters is that what it says is its own.
    assert replies.NOTICE[Role.COUNSELOR] not in said(telling)


def test_before_it_begins_people_are_told_where_their_words_go(aoi, signed_in, played_by):
    played_by("http://127.0.0.1:8100/v1")
    page = signed_in(aoi).get("/practice").content.decode()
    for role in ("相談者", "相談員"):
        assert f"{role}の言葉は言語モデルが作ります。あなたの書いた内容は、そのモデルのサーバーに送られます。" in page
    assert "ほかのセッションの似た場面" not in page


def test_the_platform_needs_no_torch_for_it():
    told = (
        "import sys\n"
        "from kokorochat.domain.dialogue import Role\n"
        "from kokorochat.learning.models import load_estimator, load_partner\n"
        "load_partner('openai:x@http://127.0.0.1:8100/v1', Role.CLIENT)\n"
        "load_estimator('openai:x@http://127.0.0.1:8100/v1')\n"
        "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", told], timeout=60).returncode == 0


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        ("openai:kokoro", "model openai:kokoro"),
        ("openai:@http://127.0.0.1/v1", "model openai:"),
        ("openai:kokoro@http://", "address of the model openai:kokoro"),
        ("openai:kokoro@https://[", "address of the model openai:kokoro"),
    ],
)
def test_an_endpoint_without_an_address_stops_the_start(spec, place, settings, restart):
    settings.PRACTICE_CLIENT = spec
    restart()
    with pytest.raises(InputError) as fault:
        replies.check_models()
    assert fault.value.place == place
    with pytest.raises(InputError):
        load_estimator(spec)
    restart()


# --- estimates ---


@pytest.fixture
def estimated_by(settings, monkeypatch):
    """Let estimates come from the model at an address."""
    monkeypatch.setattr(waiting, "_ESTIMATE_SECONDS", 1.5)

    def estimate(url: str) -> None:
        settings.SCORE_MODEL = f"openai:kokoro-scores@{url}"
        estimates._model.cache_clear()

    yield estimate
    estimates._model.cache_clear()


def a_talk_ends(session: Session) -> None:
    say(session, "こんにちは。ひみつの話")
    end(session)
    estimates.THREAD.submit(int).result(20)


@pytest.mark.django_db(transaction=True)
def test_an_estimate_comes_from_an_endpoint_by_the_form_of_the_twenty_items(counseling, estimated_by):
    with endpoint(scores(4)) as there:
        estimated_by(there.url)
        a_talk_ends(counseling)
    stored = Estimate.objects.get()
    assert (stored.items, stored.model) == (rating(4), "kokoro-scores")
    assert there.requests[0]["response_format"]["type"] == "json_schema"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "answer",
    [
        completion("よい対話でした。"),
        completion('{"scores": 3}'),
        scores(9),
        scores(3, mood=3),
        Answer({}, status=429),
        Answer(completion("{}"), delay=3),
        Answer("<html>", headers={"Content-Type": "text/html"}),
    ],
    ids=["prose", "other keys", "wrong digits", "one more", "rate", "stall", "page"],
)
def test_what_is_no_estimate_is_none_and_in_nobodys_way(answer, counseling, estimated_by, caplog):
    with endpoint(answer) as there:
        estimated_by(there.url)
        a_talk_ends(counseling)
    assert there.requests
    assert Session.objects.get(pk=counseling.pk).ended_at is not None
    assert not Estimate.objects.exists()
    assert f"no estimate for session {counseling.pk}" in caplog.text
    assert "ひみつ" not in caplog.text
    assert "よい対話" not in caplog.text
