"""Crisis words said outside the role: words can't tell play from truth, so a person must look before it is released.

Role-plays are full of such words, inside the play (about 8 % of the published dialogues). What counts here is who says
them: a message outside the role, or one that says of itself that it is no play.
"""

import re
from collections.abc import Iterator

from kokorochat.corpus.out_of_role import out_of_role
from kokorochat.domain.dialogue import Dialogue

_CRISIS = re.compile(
    r"死にた|死のうと|死ぬしか|消えた[いく]|いなくなりた|生きてい(たくな|られな)|自殺|自死|自傷|希死|リス(ト)?カ|"
    r"首を?吊|飛び降り|過量服薬|オーバードーズ|suicid|kill (my|him|her|them)sel|self.?harm|want(ed)? to die|"
    r"end my life",
    re.IGNORECASE,
)
_NO_PLAY = re.compile(
    r"演技(じゃ|では)な|(役|ロールプレ[イー]|ロープレ)(じゃ|では)な|実は(私|自分|僕|俺)(自身)?[もが]|"
    r"not (acting|role.?play)|in real life|for real",
    re.IGNORECASE,
)


def crisis_out_of_role(dialogue: Dialogue) -> Iterator[int]:
    """The places of messages with crisis words that are outside the role or say that they are no play, in order."""
    said = [index for index, utterance in enumerate(dialogue.utterances) if _CRISIS.search(utterance.text)]
    if said:
        outside = out_of_role(dialogue)
        yield from (i for i in said if i in outside or _NO_PLAY.search(dialogue.utterances[i].text))
