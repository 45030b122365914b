import hashlib
import os
import socket
import threading
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path

import fsspec
import pytest

from storyflower.errors import WorkbookError
from storyflower.quoting import quoted, shown
from storyflower.storage.locations import expand_locations, local_file, require_file


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", "en")


def put(address: str, content: bytes) -> None:
    with fsspec.open(address, "wb") as file:
        file.write(content)


def test_a_path_stays_where_it_is(tmp_path: Path) -> None:
    book = tmp_path / "a b.xlsx"
    book.touch()
    assert local_file(str(book), tmp_path / "downloads", 1) == book
    assert local_file(book.as_uri().replace("%20", " "), tmp_path / "downloads", 1) == book
    assert not (tmp_path / "downloads").exists()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three workbooks among other things."""
    for name in ("b.xlsx", "a.XLSX", "old_b.xlsx", "~$b.xlsx", ".hidden.xlsx", "notes.txt", "[1].xlsx"):
        (tmp_path / "data" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "data" / name).touch()
    (tmp_path / "data" / "folder.xlsx").mkdir()
    return tmp_path / "data"


def names(locations: list[str]) -> list[str]:
    return [Path(location).name for location in locations]


def test_a_folder_gives_its_workbooks_by_name(folder: Path) -> None:
    (folder / "folder.xlsx").rmdir()
    assert names(expand_locations(str(folder))) == ["[1].xlsx", "a.XLSX", "b.xlsx", "old_b.xlsx"]
    for name in ("c.CSV", "d.tsv", "e.json", "~$f.csv", ".g.json", "h.parquet", "csv"):
        (folder / name).touch()
    found = ["[1].xlsx", "a.XLSX", "b.xlsx", "c.CSV", "d.tsv", "old_b.xlsx"]
    assert names(expand_locations(str(folder))) == found
    assert names(expand_locations(folder.as_uri())) == found


def test_a_glob_gives_what_it_matches_by_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert names(expand_locations(f"{folder}/*b.xlsx")) == ["b.xlsx", "old_b.xlsx"]
    assert names(expand_locations(f"{folder}/[ab].*")) == ["a.XLSX", "b.xlsx"]
    assert names(expand_locations(f"{folder.parent}/**/old*")) == ["old_b.xlsx"]
    monkeypatch.chdir(folder.parent)
    assert expand_locations("data/old*.xlsx") == ["data/old_b.xlsx"]
    monkeypatch.setenv("HOME", str(folder.parent))
    assert expand_locations("~/data/old*.xlsx") == [str(folder / "old_b.xlsx")]


def test_a_file_is_itself_whatever_its_name(folder: Path) -> None:
    for name in ("[1].xlsx", "~$b.xlsx", "none.xlsx"):
        assert expand_locations(str(folder / name)) == [str(folder / name)]


def test_several_locations_keep_their_order_and_count_once(folder: Path) -> None:
    given = [str(folder / "old_b.xlsx"), f"{folder}/*b.xlsx", str(folder / "b.xlsx")]
    assert names(expand_locations(given)) == ["old_b.xlsx", "b.xlsx"]


@pytest.mark.parametrize("pattern", ["*.xls", "none*.xlsx", "~$*", "empty", "folder.*"])
def test_no_workbook_in_a_folder_or_glob(folder: Path, pattern: str) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(WorkbookError, match=r"no workbook \(\.xlsx, \.csv or \.tsv\) is found here") as missing:
        expand_locations([str(folder / "b.xlsx"), str(folder / pattern)])
    assert missing.value.where == quoted(str(folder / pattern))


def test_folders_and_globs_at_an_address(tmp_path: Path) -> None:
    workbooks = ("b_Training.xlsx", "a_Training.xlsx", "c_Validation.xlsx", "e.CSV", "f.tsv")
    for name in (*workbooks, "labels.json", "notes.txt", "deep/d.xlsx"):
        put(f"memory://lake/{name}", b"content")
    both = ["memory://lake/a_Training.xlsx", "memory://lake/b_Training.xlsx"]
    assert expand_locations("memory://lake/*_Training.xlsx") == both
    others = [f"memory://lake/{name}" for name in ("c_Validation.xlsx", "e.CSV", "f.tsv")]
    assert expand_locations("memory://lake/") == [*both, *others]
    assert expand_locations("memory://lake") == [*both, *others]
    assert expand_locations(both[0]) == both[:1]
    assert local_file(both[0], tmp_path, 1).read_bytes() == b"content"
    with pytest.raises(WorkbookError, match=r"'memory://lake/x\*': no workbook"):
        expand_locations("memory://lake/x*")


def test_a_path_as_an_address_is_expanded_too(folder: Path) -> None:
    assert expand_locations(f"file://{folder}/*b.xlsx") == [f"file://{folder}/b.xlsx", f"file://{folder}/old_b.xlsx"]


def test_an_address_of_the_web_is_one_file() -> None:
    signed = "https://host/a/b.xlsx?signature=*[a]"
    assert expand_locations([signed, signed]) == [signed]


def test_a_file_at_an_address_is_copied_whole_and_named_by_its_content(tmp_path: Path) -> None:
    content = bytes(range(256)) * 9000
    put("memory://bucket/one.xlsx", content)
    copy = local_file("memory://bucket/one.xlsx", tmp_path / "downloads", 8)
    assert copy.name == f"{hashlib.sha256(content).hexdigest()}.xlsx"
    assert copy.read_bytes() == content
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]


def test_a_file_larger_than_allowed_is_not_kept(tmp_path: Path) -> None:
    put("memory://bucket/large.xlsx", bytes(3 << 20))
    with pytest.raises(WorkbookError, match=r"above the limit of 2 MB"):
        local_file("memory://bucket/large.xlsx", tmp_path, 2)
    assert list(tmp_path.iterdir()) == []


def test_nothing_at_the_address(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match=r"memory://bucket/none\.xlsx: there is no such file"):
        local_file("memory://bucket/none.xlsx", tmp_path, 1)


def test_an_unknown_kind_of_address(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match="'gopher://' addresses cannot be read"):
        local_file("gopher://host/a.xlsx", tmp_path, 1)


@pytest.mark.skipif(find_spec("s3fs") is not None, reason="s3fs is installed: nothing is missing")
def test_a_missing_extra_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match=r"pip install -c constraints.txt -e '.\[s3\]'"):
        local_file("s3://bucket/a.xlsx", tmp_path, 1)


def test_secrets_in_an_address_are_not_shown() -> None:
    signed = "https://user:word@host:81/a/b.xlsx?X-Signature=abc#part"
    assert shown(signed) == "https://host:81/a/b.xlsx"
    assert shown("s3://bucket/a.xlsx") == "s3://bucket/a.xlsx"
    assert shown("plain/path?.xlsx") == "plain/path?.xlsx"


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = {"/book.xlsx": 200, "/private.xlsx": 403}.get(self.path.partition("?")[0], 404)
        body = b"content" if status == 200 else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Keeps the test's output clean."""


@pytest.fixture
def site() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.skipif(find_spec("aiohttp") is None, reason="the extra http is not installed")
@pytest.mark.server
def test_over_http(site: str, tmp_path: Path) -> None:
    assert local_file(f"{site}/book.xlsx?token=secret", tmp_path, 1).read_bytes() == b"content"
    with pytest.raises(WorkbookError, match="there is no such file"):
        local_file(f"{site}/none.xlsx", tmp_path, 1)
    with pytest.raises(WorkbookError, match="not permitted") as refused:
        local_file(f"{site}/private.xlsx?token=secret", tmp_path, 1)
    assert "secret" not in str(refused.value)
    with pytest.raises(WorkbookError, match="could not be fetched"):
        local_file("http://127.0.0.1:1/book.xlsx", tmp_path, 1)


@pytest.mark.skipif(find_spec("aiohttp") is None, reason="the extra http is not installed")
@pytest.mark.server
def test_a_variable_holds_the_address_and_its_name_alone_is_recorded(
    site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = "${OUR_TRAINING}"
    monkeypatch.setenv("OUR_TRAINING", f"{site}/book.xlsx?token=secret")
    assert expand_locations([location, location]) == [location]
    found = local_file(location, tmp_path, 1)
    assert (found.read_bytes(), found.suffix) == (b"content", ".xlsx")
    assert shown(location) == location
    monkeypatch.setenv("OUR_TRAINING", f"{site}/private.xlsx?token=secret")
    with pytest.raises(WorkbookError, match="not permitted") as refused:
        local_file(location, tmp_path, 1)
    assert "secret" not in str(refused.value)
    book = tmp_path / "book.xlsx"
    book.write_bytes(b"local")
    monkeypatch.setenv("OUR_TRAINING", str(book))
    assert local_file(location, tmp_path, 1) == book
    monkeypatch.delenv("OUR_TRAINING")
    with pytest.raises(WorkbookError, match="OUR_TRAINING is not set"):
        local_file(location, tmp_path, 1)


@pytest.mark.skipif(find_spec("aiohttp") is None, reason="the extra http is not installed")
@pytest.mark.parametrize(
    "address",
    [
        "http://user:s3cret@127.0.0.1:1/book.xlsx",
        "http://user:s3/c?r#e@127.0.0.1:1/book.xlsx",
        "simplecache::http://user:s3cret@127.0.0.1:1/book.xlsx?token=s3cret",
        "zip://book.xlsx::http://user:s3cret@127.0.0.1:1/books.zip",
        "unknown://user:s3cret@host/book.xlsx",
        "http://user:s3cret/x@127.0.0.1:1/book.xlsx",  # the library takes the password for a port
        "zip://book.xlsx::http://user:s3cret/x@127.0.0.1:1/books.zip",
    ],
)
def test_no_error_nor_its_traceback_holds_a_secret(address: str, tmp_path: Path) -> None:
    with pytest.raises(WorkbookError) as failed:
        local_file(address, tmp_path, 1)
    printed = "".join(traceback.format_exception(failed.value))
    assert not {"s3cret", "s3/c", "r#e"} & {part for part in ("s3cret", "s3/c", "r#e") if part in printed}


def test_a_folder_of_thousands_of_files_is_refused_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for number in range(1001):
        (folder / f"{number}.xlsx").touch()
    for location in (str(folder), f"{folder}/*.xlsx", folder.as_uri()):
        with pytest.raises(WorkbookError, match="it holds more than 1,000 workbooks"):
            expand_locations(location)
    (folder / "0.xlsx").unlink()
    assert len(expand_locations(str(folder))) == 1000


@pytest.mark.skipif(find_spec("aiohttp") is None, reason="the extra http is not installed")
def test_a_web_server_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real socket that accepts connections, and nothing behind it: an error that another try may mend."""
    monkeypatch.setattr("storyflower.storage.remote._SECONDS_OF_SILENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listener:  # its backlog accepts connections that are never served
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/book.xlsx"
        with pytest.raises(WorkbookError) as given_up:
            local_file(address, tmp_path / "downloads", 1)
    assert given_up.value.retryable
    assert given_up.value.remedy


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_location_is_not_the_working_folder(blank: str, tmp_path: Path) -> None:
    for use in (expand_locations, require_file, lambda location: local_file(location, tmp_path, 1)):
        with pytest.raises(WorkbookError, match="an empty path was given") as refused:
            use(blank)
        assert "a variable of the shell may be unset" in refused.value.remedy


@pytest.fixture
def cp949(tmp_path: Path) -> Path:
    """A file as `unzip` leaves one of a Korean zip file, alone in a folder."""
    folder = tmp_path / "unpacked"
    folder.mkdir()
    file = folder / os.fsdecode("감정.csv".encode("cp949"))
    file.write_text("text,label", "utf-8")
    return file


def test_a_name_that_is_not_utf8_is_refused_and_shown_harmlessly(cp949: Path, tmp_path: Path) -> None:
    for use in (expand_locations, require_file, lambda location: local_file(location, tmp_path, 1)):
        with pytest.raises(WorkbookError, match="is not UTF-8") as refused:
            use(str(cp949))
        assert refused.value.where == rf"'{cp949.parent}/\xb0\xa8\xc1\xa4.csv'"
        assert "Rename it" in refused.value.remedy


def test_a_folder_or_glob_reports_a_name_that_is_not_utf8(cp949: Path, tmp_path: Path) -> None:
    for location in (str(cp949.parent), f"{tmp_path}/**/*.csv", cp949.parent.as_uri()):
        with pytest.raises(WorkbookError, match=r"\\xb0\\xa8\\xc1\\xa4\.csv'?: the name of the file"):
            expand_locations(location)
    cp949.rename(cp949.with_suffix(".txt"))
    (cp949.parent / "a.csv").touch()
    assert names(expand_locations(str(cp949.parent))) == ["a.csv"]  # what is not taken is not complained of


def test_a_missing_file_beside_a_name_that_is_not_utf8(cp949: Path) -> None:
    with pytest.raises(WorkbookError, match="there is no such file") as missing:
        require_file(f"{cp949.parent}/x.csv")
    str(missing.value).encode()
