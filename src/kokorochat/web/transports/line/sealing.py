"""What the database must not show to whoever holds a copy of it: LINE ids, and what waits there with words in it.

Both keys come from the platform's secret key. If that is changed, people link their LINE accounts again.
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet
from django.conf import settings


def _key(use: bytes) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), b"kokorochat.line." + use, hashlib.sha256)


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key(b"seal")))


def seal(content: bytes) -> str:
    """The content, encrypted and authenticated, as text."""
    return _box().encrypt(content).decode()


def unseal(sealed: str) -> bytes:
    """What was sealed.

    Raises:
        cryptography.fernet.InvalidToken: it was sealed under another secret key, or damaged.
    """
    return _box().decrypt(sealed)


def digest_of(identity: str) -> str:
    """By what a LINE id or a code is found again; without the key it tells nothing. 64 hex digits."""
    return hmac.digest(_key(b"digest"), identity.encode("utf-8", "replace"), hashlib.sha256).hex()
