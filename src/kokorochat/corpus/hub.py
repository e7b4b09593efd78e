"""Corpora on the Hugging Face Hub: `hf:OWNER/NAME` is the folder that its publisher uploaded.

The files are fetched as they are and read by our own readers. `datasets.load_dataset` is not asked: it gives rows and
no bytes, and it gives up on KokoroChat, where a check that is unset in the first files becomes a column of nulls.
"""

from pathlib import Path
from typing import Any

from kokorochat.domain.errors import InputError

PREFIX = "hf:"

_DATA = ["*.json", "*.jsonl", "*.parquet", "*.csv", "*.txt"]


def hub_folder(name: str) -> Path:
    """The files of a dataset, fetched where the hub's own cache doesn't hold them yet.

    Without a network, or with HF_HUB_OFFLINE set, a copy that was fetched whole before is used. A silent hub is given
    up after HF_HUB_ETAG_TIMEOUT seconds (10).

    Args:
        name: OWNER/NAME.

    Raises:
        InputError: there is no such dataset, it is gated, or the hub can't be reached.
    """
    from huggingface_hub import constants, get_session, snapshot_download
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        HFValidationError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    seconds = constants.HF_HUB_ETAG_TIMEOUT
    # What the library speaks through comes with it: the library is what a user lacks.
    from httpx2 import HTTPError

    def limit(request: Any) -> None:
        # The library asks for its listings without any limit of time.
        asked = request.extensions.get("timeout", {})
        request.extensions["timeout"] = {key: asked.get(key) or seconds for key in ("connect", "read", "write", "pool")}

    session = get_session()
    before = session.event_hooks
    session.event_hooks = {**before, "request": [*before["request"], limit]}
    page = f"{constants.ENDPOINT}/datasets/{name}"
    by_hand = f"download {page} by hand and give its folder"
    try:
        return Path(snapshot_download(name, repo_type="dataset", allow_patterns=_DATA))
    except HFValidationError:
        problem, remedy = "is not the name of a dataset", "Write hf:OWNER/NAME, such as hf:UEC-InabaLab/KokoroChat"
    except GatedRepoError:
        problem = "its publisher lets in only whom they have accepted"
        remedy = f"Ask at {page} and sign in with `hf auth login`, or {by_hand}"
    except RepositoryNotFoundError:
        problem = "the hub knows no such dataset, or it is private"
        remedy = f"Check the name; for a private one sign in with `hf auth login`, or {by_hand}"
    except (EntryNotFoundError, HTTPError, OSError) as fault:
        cause = fault.__cause__ or fault
        offline = isinstance(cause, OfflineModeIsEnabled)
        why = "HF_HUB_OFFLINE is set" if offline else str(cause).partition("\n")[0] or type(cause).__name__
        problem = f"the hub can't be reached ({why}), and no whole copy was fetched before"
        remedy = f"Try again with a network, or {by_hand}"
    finally:
        session.event_hooks = before
    raise InputError(f"{PREFIX}{name}", problem, remedy)
