"""One file from one address, against a server that misbehaves in each way in turn."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from redegov_analysis.data.official import Patience, SourceError, download
from redegov_analysis.errors import ParameterError

BODY = bytes(range(256)) * 1000
QUICK = Patience(connect_seconds=5, read_seconds=5, attempts=3)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "new" / ".file.part"


def test_a_whole_file_comes_at_the_first_attempt(server: Any, answer_file: Any, part: Path) -> None:
    server.answers["/f"] = [answer_file(BODY)]
    received = download(f"{server.url}/f", part, patience=QUICK)
    assert part.read_bytes() == BODY
    assert (received.attempts, received.continued_from) == (1, 0)


def test_a_failure_of_the_server_is_waited_out_longer_each_time(
    server: Any, answer_file: Any, answer_status: Any, part: Path
) -> None:
    server.answers["/f"] = [answer_status(500), answer_status(503), answer_file(BODY)]
    pauses: list[float] = []
    received = download(f"{server.url}/f", part, patience=QUICK, sleep=pauses.append)
    assert part.read_bytes() == BODY
    assert received.attempts == 3
    assert pauses == [0.5, 1.0]


def test_a_server_that_says_when_to_come_back_is_obeyed(
    server: Any, answer_file: Any, answer_status: Any, part: Path
) -> None:
    server.answers["/f"] = [answer_status(429, Retry_After="7"), answer_file(BODY)]
    pauses: list[float] = []
    download(f"{server.url}/f", part, patience=QUICK, sleep=pauses.append)
    assert pauses == [7.0]


def test_a_server_that_wants_an_hour_is_left_alone_at_once(server: Any, answer_status: Any, part: Path) -> None:
    server.answers["/f"] = [answer_status(429, Retry_After="3600")]
    with pytest.raises(SourceError, match=r"429.*asks to wait 3600 s"):
        download(f"{server.url}/f", part, patience=QUICK, sleep=pytest.fail)
    assert len(server.asked) == 1


def test_attempts_end_and_say_how_many_there_were(server: Any, answer_status: Any, part: Path) -> None:
    server.answers["/f"] = [answer_status(502)]
    with pytest.raises(SourceError, match=r"answered 502.*tried 3 times"):
        download(f"{server.url}/f", part, patience=QUICK, sleep=lambda _: None)
    assert len(server.asked) == 3


def test_a_file_that_is_not_there_is_asked_for_once(server: Any, part: Path) -> None:
    with pytest.raises(SourceError, match=r"404.*moved"):
        download(f"{server.url}/gone", part, patience=QUICK, sleep=pytest.fail)
    assert len(server.asked) == 1


def test_a_silent_server_is_given_up(server: Any, answer_never: Any, part: Path) -> None:
    server.answers["/f"] = [answer_never]
    patience = Patience(read_seconds=0.1, attempts=2)
    with pytest.raises(SourceError, match="the server fell silent"):
        download(f"{server.url}/f", part, patience=patience, sleep=lambda _: None)
    assert len(server.asked) == 2


def test_a_connection_that_is_cut_is_continued_where_it_broke(server: Any, answer_file: Any, part: Path) -> None:
    server.answers["/f"] = [answer_file(BODY, tag='"v1"', cut=100_000), answer_file(BODY, tag='"v1"')]
    received = download(f"{server.url}/f", part, patience=QUICK, sleep=lambda _: None)
    assert part.read_bytes() == BODY
    assert received.continued_from == 100_000
    assert server.ranges() == [None, "bytes=100000-"]
    assert server.asked[1][1]["If-Range"] == '"v1"'


def test_what_one_call_left_another_continues(server: Any, answer_file: Any, part: Path) -> None:
    server.answers["/f"] = [answer_file(BODY, tag='"v1"', cut=5_000), answer_file(BODY, tag='"v1"')]
    with pytest.raises(SourceError, match="the connection was cut off"):
        download(f"{server.url}/f", part, patience=Patience(attempts=1))
    assert part.read_bytes() == BODY[:5_000]
    assert download(f"{server.url}/f", part, patience=QUICK).continued_from == 5_000
    assert part.read_bytes() == BODY


def test_two_versions_of_a_file_are_never_joined(server: Any, answer_file: Any, part: Path) -> None:
    other = BODY[::-1]
    server.answers["/f"] = [answer_file(BODY, tag='"v1"', cut=5_000), answer_file(other, tag='"v2"')]
    assert download(f"{server.url}/f", part, patience=QUICK, sleep=lambda _: None).continued_from == 0
    assert part.read_bytes() == other


@pytest.mark.parametrize("tag", ["", 'W/"weak"'])
def test_a_file_without_a_strong_mark_is_begun_anew(server: Any, answer_file: Any, part: Path, tag: str) -> None:
    server.answers["/f"] = [answer_file(BODY, tag=tag, cut=5_000), answer_file(BODY, tag=tag)]
    download(f"{server.url}/f", part, patience=QUICK, sleep=lambda _: None)
    assert part.read_bytes() == BODY
    assert server.ranges() == [None, None]


def test_a_part_of_another_address_is_not_continued(server: Any, answer_file: Any, part: Path) -> None:
    server.answers["/a"] = [answer_file(BODY, tag='"v1"', cut=5_000)]
    server.answers["/b"] = [answer_file(BODY[::-1], tag='"v1"')]
    with pytest.raises(SourceError):
        download(f"{server.url}/a", part, patience=Patience(attempts=1))
    download(f"{server.url}/b", part, patience=QUICK)
    assert part.read_bytes() == BODY[::-1]


def test_a_file_announced_as_too_large_is_not_read(server: Any, answer_file: Any, part: Path) -> None:
    server.answers["/f"] = [answer_file(BODY, tag='"v1"')]
    with pytest.raises(SourceError, match="announces 256,000 bytes, more than 1,000"):
        download(f"{server.url}/f", part, patience=Patience(most_bytes=1_000))
    assert not part.exists()


def test_a_file_that_turns_out_too_large_is_thrown_away(server: Any, answer_file: Any, part: Path) -> None:
    server.answers["/f"] = [answer_file(BODY, silent=True)]
    with pytest.raises(SourceError, match="sent more than the 100,000 bytes"):
        download(f"{server.url}/f", part, patience=Patience(most_bytes=100_000))
    assert not part.exists()


def test_a_small_answer_that_unpacks_to_a_large_one_is_thrown_away(server: Any, answer_file: Any, part: Path) -> None:
    server.answers["/f"] = [answer_file(gzip.compress(b"0" * 5_000_000), Content_Encoding="gzip")]
    with pytest.raises(SourceError, match="sent more than"):
        download(f"{server.url}/f", part, patience=Patience(most_bytes=1_000_000))
    assert not part.exists()


def test_an_answer_that_is_packed_unasked_is_unpacked(server: Any, answer_file: Any, part: Path) -> None:
    server.answers["/f"] = [answer_file(gzip.compress(BODY), Content_Encoding="gzip")]
    download(f"{server.url}/f", part, patience=QUICK)
    assert part.read_bytes() == BODY


def test_an_endless_trickle_ends(server: Any, part: Path) -> None:
    def trickle(handler: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not server.released.wait(0.01):
            handler.wfile.write(b".")

    server.answers["/f"] = [trickle]
    with pytest.raises(SourceError, match="too slow"):
        download(f"{server.url}/f", part, patience=Patience(total_seconds=0.2))


@pytest.mark.parametrize("url", ["ftp://example.org/f", "file:///etc/passwd", "no address"])
def test_other_kinds_of_address_are_refused(part: Path, url: str) -> None:
    with pytest.raises(ParameterError, match="http"):
        download(url, part)


def test_a_part_that_the_server_no_longer_has_is_begun_anew(
    server: Any, answer_file: Any, answer_status: Any, part: Path
) -> None:
    server.answers["/f"] = [answer_file(BODY, cut=1000, tag='"1"'), answer_status(416), answer_file(BODY, tag='"2"')]
    received = download(f"{server.url}/f", part, patience=QUICK, sleep=lambda _: None)
    assert part.read_bytes() == BODY
    assert received.continued_from == 0


def test_other_bytes_than_those_asked_for_are_thrown_away(
    server: Any, answer_file: Any, answer_status: Any, part: Path
) -> None:
    wrong = answer_status(206, Content_Range="bytes 5-9/10")
    server.answers["/f"] = [answer_file(BODY, cut=1000, tag='"1"'), wrong, answer_file(BODY, tag='"2"')]
    received = download(f"{server.url}/f", part, patience=QUICK, sleep=lambda _: None)
    assert part.read_bytes() == BODY
    assert received.continued_from == 0


def test_no_attempt_at_all_is_refused(server: Any, part: Path) -> None:
    with pytest.raises(ParameterError, match="Patience allows 0 attempts"):
        download(f"{server.url}/f", part, patience=Patience(attempts=0))
    assert server.asked == []


def test_a_proxy_of_the_environment_is_asked(
    server: Any, answer_file: Any, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("no_proxy", "")
    server.answers["http://example.invalid/f"] = [answer_file(BODY)]
    download("http://example.invalid/f", part, patience=QUICK)
    assert part.read_bytes() == BODY
