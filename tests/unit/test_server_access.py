"""The secret of the Prefect server of a home: made once, readable by its owner alone, given to that server only."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from storyflower.errors import StorageError
from storyflower.server_access import LOGIN_PAGE, SECRET_FILE, auth_for, registered, secret_of

RACE = "import sys; from pathlib import Path; from storyflower.server_access import secret_of; sys.stdin.readline(); "
RACE += "print(secret_of(Path(sys.argv[1])))"


def test_processes_that_race_make_one_secret(tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-c", RACE, str(home)]
    racing = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for process in racing:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    secrets = {process.communicate()[0] for process in racing}
    assert len(secrets) == 1
    (secret,) = secrets
    user, _, password = secret.strip().partition(":")
    assert user == "storyflower"
    assert len(password) >= 43  # 256 bits
    assert [file.name for file in home.iterdir() if file.name.startswith(".")] == []


def test_the_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        secret_of(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / SECRET_FILE).stat().st_mode) == 0o600


@pytest.mark.usefixtures("in_english")
def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    secret_of(tmp_path)
    (tmp_path / SECRET_FILE).chmod(0o640)
    with pytest.raises(StorageError, match="other users may read"):
        secret_of(tmp_path)


def test_only_the_living_server_of_this_home_is_given_it(tmp_path: Path) -> None:
    home, secret = tmp_path, secret_of(tmp_path)
    assert auth_for("http://127.0.0.1:4200/api", home) is None
    with registered(4200, secret, home) as page:
        assert auth_for("http://127.0.0.1:4200/api", home) == secret
        assert auth_for("http://localhost:4200/api", home) == secret
        assert auth_for("http://127.0.0.1:4201/api", home) is None
        assert auth_for("http://server.example:4200/api", home) is None
        assert stat.S_IMODE(page.stat().st_mode) == 0o600
        record = home / "prefect-server.json"
        dead = subprocess.run(
            [sys.executable, "-c", "from storyflower.processes import this_process; print(this_process())"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        known = record.read_text("utf-8")
        record.write_text(json.dumps({"port": 4200, "process": dead}), "utf-8")
        assert auth_for("http://127.0.0.1:4200/api", home) is None
        record.write_text(known, "utf-8")
    assert sorted(file.name for file in home.iterdir()) == [SECRET_FILE, f"{SECRET_FILE}.lock"]


def test_a_secret_of_the_users_own_is_not_mistaken_for_the_homes(tmp_path: Path) -> None:
    with registered(4200, 'me:"own"', tmp_path) as page:
        assert page == tmp_path / LOGIN_PAGE
        assert 'value="me:&quot;own&quot;"' in page.read_text("utf-8")
        assert auth_for("http://127.0.0.1:4200/api", tmp_path) is None
    assert not page.exists()
