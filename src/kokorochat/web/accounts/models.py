"""People, their sign-in links and recovery codes, and the audit trail."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


class Person(AbstractUser):
    """Somebody with an account, or the program that people practise with.

    `is_staff` marks an administrator. The primary key is the person's id in an export.

    Attributes:
        sign_in_epoch: raised to end all sign-ins of the person at once.
        email_named: an address that they have named and whose reader has not confirmed it yet; nothing is sent there
            but the link for that.
    """

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    display_name = models.CharField(_("name shown"), max_length=60)
    is_program = models.BooleanField(default=False)
    sign_in_epoch = models.PositiveIntegerField(default=0)
    email_named = models.EmailField(blank=True)

    objects: ClassVar[UserManager["Person"]] = UserManager()  # type: ignore[assignment]
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    def __str__(self) -> str:
        return self.display_name

    def get_session_auth_hash(self) -> str:
        """What each sign-in carries: it ends when the password, the role or the epoch is another."""
        standing = f"{self.password}:{self.is_staff}:{self.sign_in_epoch}"
        return salted_hmac("kokorochat.sign-in", standing, algorithm="sha256").hexdigest()


class SignInLink(models.Model):
    """A link that signs one person in until it expires. The token itself is not stored, only its SHA-256.

    Attributes:
        door: where the platform itself has shown it, as `line`; empty for one that an administrator hands over.
        purpose: the one thing that it opens for the person, as `feedback 12`, and then it signs nobody in.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sign_in_links")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    door = models.CharField(max_length=20, blank=True)
    purpose = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return f"link of {self.person_id}"


class RecoveryCode(models.Model):
    """A code that stands in for the second factor, once. The code itself is not stored, only its SHA-256."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"recovery code of {self.person_id}"


class ConsentText(models.Model):
    """What people agree to before they take part. A published text never changes; another follows it.

    Attributes:
        version: 1, 2, 3 …; the highest is in force.
        published_by: None for the platform's own, which is the first.
    """

    version = models.PositiveIntegerField(unique=True)
    japanese = models.TextField()
    english = models.TextField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"consent text {self.version}"


class Consent(models.Model):
    """A person has accepted a text, and when."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consents")
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="consents")
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "text"], name="a_text_is_accepted_once"),)

    def __str__(self) -> str:
        return f"consent of {self.person_id} to text {self.text_id}"


class AuditEntry(models.Model):
    """One thing that was done: by whom, to what, when. Never holds a person's words. Written by chain.py alone.

    Attributes:
        number: 1, 2, 3 … without a gap.
        previous, code: of the row before (empty for the first) and of this one; see chain.py.
    """

    number = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=40, db_index=True)
    subject = models.CharField(max_length=200)
    previous = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.action} {self.subject}"


class AuditHead(models.Model):
    """The one row that knows the newest entry; it is locked while the next is added."""

    number = models.PositiveBigIntegerField(default=0)
    code = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"audit trail up to {self.number}"
