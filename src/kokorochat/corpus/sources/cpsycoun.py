"""CPsyCoun: Chinese counseling dialogues that a model wrote from counseling reports (CPsyCounD), and a set for tests.

CPsyCounD comes as text, where a label at the start of a line begins a turn, and at Hugging Face as pairs of turns.

Labels are read by a closed list: 来访者 and 心理咨询师, each plain, numbered (来访者1) or with a remark in brackets
(心理咨询师（扮演外婆）, the counselor plays somebody). Whatever else begins a line continues the turn before, even if a
colon follows. Published counts know the plain labels alone: `PLAIN` counts by them.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from kokorochat.corpus.faults import decoded
from kokorochat.corpus.sources.containers import file_content, json_array
from kokorochat.corpus.sources.place import Glimpse, Place
from kokorochat.corpus.sources.source import NONE_HUMAN, Entry, Source
from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.errors import InputError

PLAIN = "plainly labelled turn"
"""The count of turns when numbered and bracketed labels are taken for words of the turn before."""

_ROLES = {"来访者": Role.CLIENT, "心理咨询师": Role.COUNSELOR}
_LABEL = re.compile(r"(来访者|心理咨询师)(（[^（）：]{1,20}）|[0-9])?：")
_UNKNOWN_LABEL = re.compile(r"(?:来访者|心理咨询师)[^：\s]{1,20}：")

_TEST_ROLES = {"求助者：": Role.CLIENT, "支持者：": Role.COUNSELOR}
_TEST_START = re.compile(r'\s*\[\s*"(?:求助者|支持者|\\u6c42\\u52a9\\u8005|\\u652f\\u6301\\u8005)')


class _Pairs(msgspec.Struct):
    instruction: str
    output: str
    input: str = ""
    history: list[tuple[str, str]] = []


_pairs = msgspec.json.Decoder(_Pairs)
_strings = msgspec.json.Decoder(list[str])


def _text(seen: Glimpse) -> str:
    return seen.head.decode("utf-8-sig", "replace")


def _find(place: Place) -> tuple[Path, ...]:
    texts = place.files("case_*.txt", place.folder("CPsyCounD/Data", "Data"))
    if found := place.those(texts, lambda seen: _LABEL.match(_text(seen)) is not None):
        return found
    return place.those(
        place.files("CPsyCounD.json"),
        lambda seen: seen.container == "array" and seen.has("instruction", "output", "history"),
    )


def _find_test_set(place: Place) -> tuple[Path, ...]:
    root = place.folder("CPsyCounE")
    files = place.files("*.json", root)
    if root.name == "CPsyCounE" or (place.named and not files):
        files = tuple(file for topic in place.folders(root) for file in place.files("*.json", topic))
    return place.those(files, lambda seen: _TEST_START.match(_text(seen)) is not None)


def _read(path: Path) -> Iterator[Entry | InputError]:
    if path.suffix == ".txt":
        data = file_content(path)
        try:
            yield data if isinstance(data, InputError) else _labelled(data, path)
        except InputError as fault:
            yield fault
        return
    for position, element in json_array(path):
        yield element if isinstance(element, InputError) else _paired(element, path, position)


def _labelled(data: bytes, path: Path) -> Entry:
    """One dialogue from labelled text; an InputError names the line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise InputError(str(path), f"not readable as UTF-8 ({fault})", "Fetch the file again") from None
    turns: list[tuple[Role, list[str]]] = []
    plain = 0
    # Not splitlines, which also breaks at characters that may stand within a message.
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if label := _LABEL.match(line):
            turns.append((_ROLES[label[1]], [line[label.end() :]]))
            plain += label[2] is None
        elif unknown := _UNKNOWN_LABEL.match(line):
            raise InputError(
                f"{path}, line {number}",
                f"{unknown[0]!r} is a label that is not known",
                "Write 来访者： or 心理咨询师：, numbered or with a remark in full-width brackets",
            )
        elif turns:
            turns[-1][1].append(line)
        elif line.strip():
            remedy = "Begin the file with 来访者： or 心理咨询师："
            raise InputError(f"{path}, line {number}", "stands before the first label", remedy)
    if not turns:
        raise InputError(str(path), "holds no turn", "Fetch the file again")
    utterances = tuple([Utterance(role, None, "\n".join(lines).strip()) for role, lines in turns])
    return Entry(Dialogue(path.stem, utterances), str(path), counts={PLAIN: plain})


def _paired(element: bytes, path: Path, position: int) -> Entry | InputError:
    """One dialogue from pairs of a client's and a counselor's turn; instruction and output are the last pair."""
    where = f"element {position}"
    try:
        record = decoded(_pairs, element, f"{path}, {where}")
    except InputError as fault:
        return fault
    last = "\n".join(text for text in (record.instruction, record.input) if text)
    utterances = [
        Utterance(role, None, text.strip())
        for pair in (*record.history, (last, record.output))
        for role, text in zip((Role.CLIENT, Role.COUNSELOR), pair, strict=True)
    ]
    name = f"cpsycoun-{position}"
    return Entry(Dialogue(name, tuple(utterances)), str(path), where, counts={PLAIN: len(utterances)})


def _read_test_set(path: Path) -> Iterator[Entry | InputError]:
    data = file_content(path)
    try:
        yield data if isinstance(data, InputError) else _prefixed(data, path)
    except InputError as fault:
        yield fault


def _prefixed(data: bytes, path: Path) -> Entry:
    """One dialogue from strings that each begin with a label."""
    turns = decoded(_strings, data, str(path))
    utterances = []
    for position, text in enumerate(turns):
        role = next((role for label, role in _TEST_ROLES.items() if text.startswith(label)), None)
        if role is None:
            raise InputError(
                f"{path}, element {position}", "begins with neither 求助者： nor 支持者：", "Fetch the file again"
            )
        utterances.append(Utterance(role, None, text.partition("：")[2].strip()))
    if not utterances:
        raise InputError(str(path), "holds no turn", "Fetch the file again")
    topic = path.parent.name
    return Entry(Dialogue(f"{topic}-{path.stem}", tuple(utterances)), str(path), labels={"topic": (topic,)})


SOURCE = Source(
    format="cpsycoun",
    name="CPsyCounD",
    publisher="CAS-SIAT-XinHai/CPsyCoun",
    licence="CC BY 4.0 in the repository, CC BY-SA 4.0 at Hugging Face",
    language="Chinese",
    human=NONE_HUMAN,
    unit="utterance",
    find=_find,
    read=_read,
    released=3_084,
    stated=3_134,
)

TEST_SET = Source(
    format="cpsycoun-e",
    name="CPsyCounE",
    publisher="CAS-SIAT-XinHai/CPsyCoun",
    licence="CC BY 4.0",
    language="Chinese",
    human=None,
    unit="utterance",
    find=_find_test_set,
    read=_read_test_set,
    released=45,
    second_to="cpsycoun",
)
