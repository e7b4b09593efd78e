"""Crisis words said outside the role: words can't tell play from truth, so a person must look before it is released."""

from collections.abc import Iterator

from kokorochat.corpus.out_of_role import out_of_role
from kokorochat.domain.crisis import denies_play, names_crisis
from kokorochat.domain.dialogue import Dialogue


def crisis_out_of_role(dialogue: Dialogue) -> Iterator[int]:
    """The places of messages with crisis words that are outside the role or say that they are no play, in order."""
    said = [index for index, utterance in enumerate(dialogue.utterances) if names_crisis(utterance.text)]
    if said:
        outside = out_of_role(dialogue)
        yield from (i for i in said if i in outside or denies_play(dialogue.utterances[i].text))
