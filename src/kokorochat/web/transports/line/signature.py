"""Whether a request comes from LINE."""

import base64
import hashlib
import hmac


def signature_of(secret: str, body: bytes) -> str:
    """What LINE writes into `x-line-signature`: base64 of HMAC-SHA256 under the channel's secret."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def is_genuine(secret: str, body: bytes, signature: str | None) -> bool:
    """Whether the signature belongs to these very bytes. Takes the same time wherever they differ.

    The body is checked as it came: JSON that was read and written again has other bytes.
    """
    due = signature_of(secret, body).encode()
    return signature is not None and hmac.compare_digest(due, signature.encode("utf-8", "replace"))
