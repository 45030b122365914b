"""No secret survives in an address, whatever characters it is made of; all else stays as it is."""

import string
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from storyflower.errors import StoryFlowerError
from storyflower.messages import say
from storyflower.redaction import holds_secret, redacted, split_login, without_secrets

MARKS = "/#?@:&=+%;,~!$()*'\"[]{}|\\^<>`"
PASSWORDS = st.text(string.ascii_letters + string.digits + MARKS + "비밀", min_size=1, max_size=12).map(
    lambda text: f"S3{text}cR"
)
"""Every password, token and signature begins and ends alike, so that what is left of one is found."""
WORDS = st.text(string.ascii_lowercase, min_size=1, max_size=8)
HOSTS = st.one_of(
    st.builds("{}.example".format, WORDS),
    st.builds("{}.example:{}".format, WORDS, st.integers(1, 65535)),
    st.just("127.0.0.1:9000"),
    st.just("[::1]:81"),
)
PATHS = st.lists(st.text("abc가나 -_.%20", min_size=1, max_size=6), max_size=3).map(lambda parts: "/" + "/".join(parts))
SCHEMES = st.sampled_from(["http", "https", "s3", "gs", "ftp", "sftp", "postgresql", "abfs", "HTTPS", "mysql+pymysql"])
WRAPPERS = st.lists(
    st.sampled_from(
        ["simplecache::", "filecache::", "zip://*.xlsx::", "zip://폴더/a.xlsx::", "tar://a/b.csv::", "my::"]
    ),
    max_size=3,
).map("".join)


@st.composite
def secret_addresses(draw: st.DrawFn) -> str:
    host, path = draw(HOSTS), draw(PATHS)
    password, token = draw(PASSWORDS), draw(PASSWORDS)
    login = draw(st.sampled_from(["user:{}@", ":{}@", "{}:@", ""]))
    if login.startswith("{"):  # the user's name is the token, in which a slash would begin the path
        password = quote(password, safe="")
    query = draw(st.sampled_from(["?token={}", "?X-Amz-Signature={}&x=1", "?a=1&sig={}", ""]))
    assume(login or query)
    address = f"{draw(SCHEMES)}://{login.format(password)}{host}{path}{query.format(token)}"
    return draw(WRAPPERS) + address


@given(secret_addresses())
def test_no_secret_part_survives(address: str) -> None:
    shown = without_secrets(address)
    assert "S3" not in shown
    assert "cR" not in shown
    assert holds_secret(address)
    assert without_secrets(shown) == shown


TEXTS = st.sampled_from(["{}", "cannot read {}", "GET {} failed, 404 (see {}).", "FileNotFoundError('{}')"])


@given(secret_addresses(), TEXTS)
def test_nor_in_text_around_it(address: str, text: str) -> None:
    legal = quote(address, safe=string.punctuation.translate(str.maketrans("", "", "'\"<>`")))  # as libraries write it
    shown = redacted(text.replace("{}", legal))
    assert "S3" not in shown
    assert "cR" not in shown


@given(WRAPPERS, SCHEMES, HOSTS, PATHS)
def test_addresses_without_secrets_stay_as_they_are(wrappers: str, scheme: str, host: str, path: str) -> None:
    address = f"{wrappers}{scheme}://{host}{path}"
    assert without_secrets(address) == address
    assert not holds_secret(address)


@given(st.text())
def test_ordinary_text_and_paths_stay_as_they_are(text: str) -> None:
    assume("://" not in text)
    assert without_secrets(text) == text
    assert redacted(text) == text


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://user:word@host:81/a/b c.xlsx?X-Signature=abc&b=1#part", "https://host:81/a/b c.xlsx"),
        ("http://u:pa/ss:w@rd@host/a.xlsx", "http://host/a.xlsx"),
        ("s3://u:pa/s#s@host/a.xlsx", "s3://host/a.xlsx"),
        ("http://u:pa/ss#w?o@rd@host/a.xlsx", "http://…"),
        ("http://u:p@host/a.xlsx?token=x@y", "http://…"),
        ("http://u:1/2@host/a.xlsx", "http://host/a.xlsx"),
        ("simplecache::http://u:p@h/a.xlsx", "simplecache::http://h/a.xlsx"),
        ("zip://x.xlsx::http://u:p@h/a.zip?sig=1", "zip://x.xlsx::http://h/a.zip"),
        ("zip://u:p@x::/a.zip", "zip://x::/a.zip"),
        ("http://u:p::q@h/a", "http://h/a"),
        ("https://proxy/https://u:p@h/a", "https://proxy/https://h/a"),
        ("https://host/@user/a@b.xlsx", "https://host/@user/a@b.xlsx"),
        ("s3://bucket/kim@example.com/a#1.xlsx", "s3://bucket/kim@example.com/a#1.xlsx"),
        ("abfs://container@account.dfs.example/a.xlsx?sas", "abfs://container@account.dfs.example/a.xlsx"),
        ("sftp://kim:p@host/a", "sftp://host/a"),
        ("file:///data/뭐야?.xlsx", "file:///data/뭐야?.xlsx"),
        ("sqlite:////home/a@b/ml.db", "sqlite:////home/a@b/ml.db"),
        ("${TRAINING}", "${TRAINING}"),
        ("C:\\data\\a@b.xlsx", "C:\\data\\a@b.xlsx"),
    ],
)
def test_addresses_as_people_write_them(address: str, shown: str) -> None:
    assert without_secrets(address) == shown


def test_a_login_is_split_off() -> None:
    assert split_login("http://me:p/w#?@x@host:5000/a") == ("me", "p/w#?@x", "http://host:5000/a")
    assert split_login("http://token@host") == ("token", None, "http://host")
    assert split_login("https://host:5000") == ("", None, "https://host:5000")
    assert split_login("mlruns") == ("", None, "mlruns")


def test_errors_and_sentences_hold_no_secret() -> None:
    raw = "http://u:s3cret/x@host/a?token=s3cret"
    error = StoryFlowerError(f"cannot read {raw}", where=raw, remedy=f"Look at {raw}.")
    assert "s3cret" not in str(error) + error.where + error.remedy + error.problem + repr(error)
    assert str(error).startswith("http://host/a: cannot read http://host/a")
    assert "s3cret" not in say("serve.kept", version="1", reason=OSError(raw))
