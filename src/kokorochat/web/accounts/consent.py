"""What people agree to before they take part: the text, who has accepted which version, and who still has to.

What holds for a session is the text that was in force when it began, so nobody is asked in the middle of a talk.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import IntegrityError, connections, transaction
from django.db.models import QuerySet
from django.utils import timezone

from kokorochat.web.accounts.actions import audit
from kokorochat.web.accounts.models import Consent, ConsentText, Person

LONGEST = 20_000
"""Code points of a text in one language: some ten minutes of reading."""
_OURS = Path(__file__).parent / "first_consent_text"
"""The platform's own text. It says what is true of every platform; an association adds who it is."""


def in_force(at: datetime | None = None) -> ConsentText | None:
    """The text that holds now, or that held at a time; None if there was none yet."""
    texts = ConsentText.objects.filter(published_at__lte=at) if at else ConsentText.objects.all()
    return texts.order_by("version").last()


def due(person: Person, began_at: datetime | None = None) -> ConsentText | None:
    """The text that a person has to accept first; None if they may go on.

    Args:
        began_at: when the session began in which they want to go on; None if it has not begun, or it is about none.
    """
    holds = in_force(began_at)
    if holds is None or person.is_program or has_accepted(person, holds.version):
        return None
    return in_force()


def has_accepted(person: Person, version: int) -> bool:
    """Whether a person has accepted this version or a later one."""
    return Consent.objects.filter(person=person, text__version__gte=version).exists()


def consents(person: Person) -> QuerySet[Consent]:
    """What a person has accepted, the newest first."""
    return Consent.objects.filter(person=person).select_related("text").order_by("-text__version")


def accept(person: Person, version: int) -> bool:
    """Store that a person accepts the text in force; what was accepted before stays as it was.

    Returns:
        False if another version is in force than the one that they have read; nothing is stored then.
    """
    text = in_force()
    if text is None or text.version != version:
        return False
    with transaction.atomic():
        _, made = Consent.objects.get_or_create(person=person, text=text, defaults={"at": timezone.now()})
        if made:
            audit(person, "consent.accept", str(text))
    return True


def publish(by: Person, japanese: str, english: str, follows: int) -> ConsentText | None:
    """Put a new text in force; everybody is asked before their next session.

    Args:
        follows: the version on which it was written.

    Returns:
        None if another one came in between; nothing is stored then.
    """
    try:
        with transaction.atomic():
            newest = in_force()
            if (newest.version if newest else 0) != follows:
                return None
            text = ConsentText.objects.create(
                version=follows + 1,
                japanese=japanese,
                english=english,
                published_at=timezone.now(),
                published_by=by,
            )
            audit(by, "consent.publish", str(text))
    except IntegrityError:  # somebody else's, at the same moment
        return None
    return text


def publish_first(using: str, **_: Any) -> None:
    """Let a platform whose tables have just been made or brought up to date have a text: the platform's own."""
    if ConsentText._meta.db_table not in connections[using].introspection.table_names():
        return  # brought up to an older version only
    texts = ConsentText.objects.using(using)
    if not texts.exists():
        japanese, english = (_OURS / f"{language}.txt" for language in ("ja", "en"))
        texts.create(
            version=1,
            japanese=japanese.read_text("utf-8"),
            english=english.read_text("utf-8"),
            published_at=timezone.now(),
        )
