"""Witnesses, who cosign checkpoints (C2SP tlog-witness). The only module that speaks to them."""

import time

import requests

CHUNK_BYTES = 4096
MAX_ANSWER_BYTES = 16_384

_SIZE_TYPE = "text/x.tlog.size"


class NotCosignedError(Exception):
    """A witness did not answer as it should, or not in time. The message says what it did."""


class OtherSizeError(Exception):
    """The last checkpoint that the witness cosigned has this other size."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


def add_checkpoint(url: str, body: bytes, *, until: float) -> str:
    """Return the signature lines with which a witness answers `body`, none of them checked.

    Args:
        url: the witness's submission prefix.
        body: old size, consistency proof and checkpoint.
        until: the moment of `time.monotonic` to give up at.

    Raises:
        OtherSizeError: the old size is not the one that it knows.
        NotCosignedError: it refuses, fails, or answers too late or too much.
    """
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise NotCosignedError("no time left")
    try:
        with requests.post(
            f"{url}/add-checkpoint",
            data=body,
            timeout=seconds,
            allow_redirects=False,
            stream=True,
        ) as answer:
            text = _text(answer, until)
    except (requests.RequestException, UnicodeDecodeError) as error:
        raise NotCosignedError("no answer") from error
    if answer.status_code == requests.codes.conflict and _is_size(answer, text):
        raise OtherSizeError(int(text))
    if answer.status_code != requests.codes.ok:
        raise NotCosignedError(f"status {answer.status_code}")
    return text


def _text(answer: requests.Response, until: float) -> str:
    """Return the body, however slowly it comes: `until` bounds the whole, not each part."""
    data = b""
    for chunk in answer.iter_content(CHUNK_BYTES):
        data += chunk
        if len(data) > MAX_ANSWER_BYTES or time.monotonic() > until:
            raise NotCosignedError("an answer too long or too slow")
    return data.decode()


def _is_size(answer: requests.Response, text: str) -> bool:
    digits = text.removesuffix("\n")
    is_number = digits.isascii() and digits.isdecimal() and len(digits) < 20  # noqa: PLR2004
    return answer.headers.get("Content-Type", "").startswith(_SIZE_TYPE) and is_number
