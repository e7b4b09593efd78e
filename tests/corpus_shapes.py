"""Dialogues of our own writing, in the shapes that an analysis meets."""

import random
from dataclasses import replace

from factories import a_dialogue
from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.topic import Topic, TopicClass


def some_dialogues(count: int, timed: bool = True, rated: bool = True, alike: bool = False) -> list[Dialogue]:
    """Dialogues in which who writes more rates higher, of three topics and a dozen clients."""
    dice = random.Random(count)
    made = []
    for number in range(count):
        warmth = dice.randrange(5)
        words = [
            ("ええ" if turn % 2 == 0 else "つらい" * (1 + warmth)) * dice.randint(1, 3)
            for turn in range(4 + dice.randrange(5))
        ]
        items = [3 if alike else min(5, max(0, warmth + dice.choice((-1, 0, 0, 1)))) for _ in range(20)]
        talk = a_dialogue(*words, id=str(number), items=items if rated else None, gap=20 + warmth if timed else None)
        main = list(TopicClass)[number % 3]
        made.append(replace(talk, topic=Topic(main, f"{main.japanese}の悩み"), client=str(number % 12)))
    return made
