"""A body streamed to a file: bounded, retried, whole or an error, and never held in memory."""

import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typing_extensions import override

from reconciler.errors import ApiError, DeadlineExceeded, NotFound, RuntimeFailure, TransportError, UnexpectedAnswer
from reconciler.http import Client, Pace
from tests.http.http_lab import FakeTime, html, lab, refusal

PATH = "/api/v2/accounts/1/runs/7/artifacts/manifest.json"
MEBIBYTE = 1024 * 1024


class Chunks(httpx.SyncByteStream):
    """A body in chunks; an error among them is raised in its place."""

    def __init__(self, *chunks: bytes | Exception, times: int = 1) -> None:
        self._chunks = chunks
        self._times = times

    @override
    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self._times):
            for chunk in self._chunks:
                if isinstance(chunk, Exception):
                    raise chunk
                yield chunk


def streamed(*chunks: bytes | Exception, times: int = 1) -> httpx.Response:
    return httpx.Response(200, stream=Chunks(*chunks, times=times))


def download(client: Client, into: io.BytesIO | None = None, *, most: int = MEBIBYTE) -> bytes:
    place = io.BytesIO() if into is None else into
    size = client.download(PATH, place, most=most, params={"step": 4})
    assert size == len(place.getvalue())
    return place.getvalue()


def test_a_body_comes_whole_and_its_step_was_asked_for() -> None:
    client, server = lab(streamed(b'{"a":', b" 1}"))
    assert download(client) == b'{"a": 1}'
    assert str(server.seen[0].url).endswith(f"{PATH}?step=4")
    assert client.calls == 1


def test_an_empty_file_and_one_that_is_no_json_are_taken_as_they_are() -> None:
    client, _ = lab(streamed(b""), streamed(b"PAR1\x00"))
    assert [download(client), download(client)] == [b"", b"PAR1\x00"]


def test_what_the_file_held_before_is_gone() -> None:
    client, _ = lab(streamed(b"new"))
    place = io.BytesIO(b"much that was there before")
    place.seek(0, io.SEEK_END)
    assert download(client, place) == b"new"


@pytest.mark.parametrize(
    "fault",
    [
        lambda: streamed(b"half of", httpx.ReadError("Connection reset by peer")),
        lambda: streamed(b"half of", httpx.RemoteProtocolError("peer closed connection")),
        lambda: refusal(503),
        lambda: html(502),
        lambda: html(200),
    ],
    ids=["reset in the middle", "torn", "503", "502", "a proxy's page"],
)
def test_a_passing_fault_costs_another_try_that_begins_anew(fault: object) -> None:
    client, server = lab(lambda _: fault(), streamed(b"whole"))  # type: ignore[operator]
    assert download(client) == b"whole"
    assert len(server.seen) == 2


def test_a_fault_that_stays_is_said_after_the_last_try() -> None:
    client, server = lab(finally_=lambda _: streamed(b"half", httpx.ReadError("Connection reset by peer")))
    with pytest.raises(TransportError, match="reset by peer"):
        download(client)
    assert len(server.seen) == Pace().attempts


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(404, "not found"), NotFound),
        (refusal(403), ApiError),
        (httpx.Response(302, headers={"Location": "https://evil.example/"}), UnexpectedAnswer),
    ],
)
def test_a_refusal_is_an_error_at_once_and_none_of_it_is_in_the_file(
    answer: httpx.Response, error: type[RuntimeFailure]
) -> None:
    client, server = lab(answer)
    place = io.BytesIO()
    with pytest.raises(error):
        client.download(PATH, place, most=MEBIBYTE)
    assert (place.getvalue(), len(server.seen)) == (b"", 1)


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False)])
def test_a_file_is_as_large_as_it_may_be_and_no_larger(size: int, *, fits: bool) -> None:
    client, server = lab(finally_=lambda _: streamed(b"x" * size))
    if fits:
        assert len(download(client, most=1000)) == 1000
    else:
        with pytest.raises(UnexpectedAnswer, match="more than 1000 bytes"):
            download(client, most=1000)
        assert len(server.seen) == 1


def test_a_body_larger_than_an_answer_may_be_passes_without_being_held(tmp_path: Path) -> None:
    client, _ = lab(streamed(b"x" * 65_536, times=640))
    with (tmp_path / "file").open("w+b") as file:
        tracemalloc.start()
        size = client.download(PATH, file, most=64 * MEBIBYTE)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert size == 40 * MEBIBYTE
    assert peak < 2 * MEBIBYTE


def test_a_body_that_trickles_ends_at_the_deadline() -> None:
    time = FakeTime()

    class Trickle(httpx.SyncByteStream):
        @override
        def __iter__(self) -> Iterator[bytes]:
            while True:
                time.sleep(10)
                yield b"x"

    client, server = lab(time=time, pace=Pace(deadline=60), finally_=lambda _: httpx.Response(200, stream=Trickle()))
    with pytest.raises((DeadlineExceeded, TransportError), match=r"deadline|no time"):
        download(client)
    assert (len(server.seen), time.seconds) == (1, 60)


def test_a_full_disk_is_no_fault_of_the_network() -> None:
    class Full(io.BytesIO):
        @override
        def write(self, _bytes: object) -> int:
            raise OSError(28, "No space left on device")

    client, server = lab(finally_=lambda _: streamed(b"x"))
    with pytest.raises(OSError, match="No space left"):
        client.download(PATH, Full(), most=MEBIBYTE)
    assert len(server.seen) == 1
