"""The data folder: talks, the key and the lock lie in it, so nobody but the service's own user may look in."""

import contextlib
import os
from pathlib import Path

from kokorochat.domain.errors import InputError

KEY = "secret_key"
"""The file that keeps the secret key."""


def data_folder(name: str) -> Path:
    """The folder that KOKOROCHAT_DATA names, made if it isn't there.

    Raises:
        InputError: it can't be made, or is no folder.
    """
    folder = Path(name).absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        problem = "is no folder" if os.path.lexists(folder) else f"can't be made ({fault.strerror})"
        raise InputError(f"KOKOROCHAT_DATA: {folder}", problem, "Name a folder that you may write to") from None
    return folder


def kept_key(folder: Path) -> str | None:
    """The secret key that is kept in a data folder; None before the platform's first start.

    Raises:
        InputError: it can't be read.
    """
    file = folder / KEY
    try:
        return file.read_bytes().decode("ascii", "replace")
    except FileNotFoundError:
        return None
    except OSError as fault:
        remedy = "Mend its permissions, or set KOKOROCHAT_SECRET_KEY"
        raise InputError(str(file), f"can't be read ({fault.strerror})", remedy) from None


def keep_key(folder: Path, key: str) -> str:
    """Keep a key where none is kept yet, and give the one that is; whoever reads it can forge sign-ins.

    Raises:
        InputError: it can't be written.
    """
    file = folder / KEY
    if not file.exists():
        # Written whole beside its place: neither a crash nor a second first start may leave an empty or a second key.
        scratch = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            scratch.touch(mode=0o600)
            scratch.write_text(key)
            with contextlib.suppress(FileExistsError):
                os.link(scratch, file)
            scratch.unlink()
        except OSError as fault:
            remedy = "Mend the permissions of its folder, or set KOKOROCHAT_SECRET_KEY"
            raise InputError(str(file), f"can't be written ({fault.strerror})", remedy) from None
    return kept_key(folder) or key
