"""Crisis words, and words that deny the play: hints for a person who looks, never a judgement.

Role-plays are full of such words, inside the play (about 8 % of the published dialogues). What counts is who says them:
talk outside the role, or a message that says of itself that it is no play.
"""

import re

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


def names_crisis(text: str) -> bool:
    """Whether a text holds words of suicide or self-harm."""
    return _CRISIS.search(text) is not None


def denies_play(text: str) -> bool:
    """Whether a text says of itself that it is not played, or that it is the speaker's own."""
    return _NO_PLAY.search(text) is not None
