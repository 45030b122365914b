"""Files that are scored for the page: real files in a real process."""

import asyncio
import csv
import io
import time
from pathlib import Path
from typing import Any
from unicodedata import normalize

import httpx
import openpyxl
import pytest

from storyflower.app.access import Access
from storyflower.app.jobs import ScoringJobs
from storyflower.app.limits import Limits
from storyflower.app.replies import Refusal
from storyflower.app.scoring_job import safe_name
from storyflower.errors import InputError
from storyflower.messages import problem
from storyflower.processes import ProcessMark, this_process
from storyflower.storage.home import Home
from tests.unit.app.conftest import OPEN, Started, answering

BYTES = {"Content-Type": "application/octet-stream"}
TEXTS = ["오늘 정말 기뻤어", "=1+1 이라고 했어", "친구가 떠나서 슬퍼"]


def workbook(texts: list[str] = TEXTS) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "상담"
    for line in [("번호", "문장"), *enumerate(texts)]:
        sheet.append(line)
        sheet.cell(sheet.max_row, 2).data_type = "s"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def unsure(http: httpx.Client, job: dict[str, Any]) -> list[object]:
    """The column of the result that says which answers are below the threshold."""
    result = http.get(f"/jobs/{job['id']}/result").raise_for_status()
    titles, *rows = openpyxl.load_workbook(io.BytesIO(result.content))["상담"].iter_rows(values_only=True)
    return [row[titles.index("불확실")] for row in rows]


def send(http: httpx.Client, content: bytes, **asked: object) -> httpx.Response:
    given = {"name": "상담.xlsx", "threshold": 0.5} | asked
    params = {name: str(value) for name, value in given.items() if value is not None}
    return http.post("/jobs", params=params, content=content, headers=BYTES)


def ended(http: httpx.Client, sent: httpx.Response) -> dict[str, Any]:
    """The job, once it is over."""
    assert sent.status_code == 202, sent.text
    while True:
        job: dict[str, Any] = http.get(sent.headers["location"]).raise_for_status().json()
        if job["state"] in ("done", "failed"):
            return job
        time.sleep(0.1)


def test_a_workbook_comes_back_with_the_answers_while_single_texts_are_answered(
    http: httpx.Client, served_home: Home
) -> None:
    sent = send(http, workbook(), threshold=1)
    answers = http.post("/predict", json={"texts": TEXTS, "threshold": 1}).json()["predictions"]
    job = ended(http, sent)
    assert (job["state"], job["rows"], job["scored"], job["result"]) == ("done", 3, 3, "상담.scored.xlsx")
    expected = [[text, answer["best_guess"]] for text, answer in zip(TEXTS, answers, strict=True)]
    assert [row[:2] for row in job["preview"]["rows"]] == expected
    assert job["preview"]["columns"][:3] == ["문장", "감정", "확신도"]
    result = http.get(f"/jobs/{job['id']}/result").raise_for_status()
    titles, *rows = openpyxl.load_workbook(io.BytesIO(result.content))["상담"].iter_rows(values_only=True)
    assert titles[:4] == ("번호", "문장", "감정", "확신도")
    assert [list(row[1:3]) for row in rows] == expected
    assert "filename*=utf-8''" in result.headers["content-disposition"]
    assert http.delete(f"/jobs/{job['id']}").status_code == 204
    assert http.get(f"/jobs/{job['id']}/result").status_code == 409
    assert not [path for path in served_home.jobs.rglob("*상담*") if path.is_file()]


def test_a_csv_file_of_the_korean_excel_comes_back(
    http: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "storyflower").mkdir()
    (tmp_path / "storyflower" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)  # as MLflow does it with the code of a version that it loads
    content = "번호;문장\r\n1;오늘 정말 기뻤어\r\n2;\r\n3;친구가 떠나서 슬퍼\r\n".encode("cp949")
    job = ended(http, send(http, content, name="../상담 [1].CSV"))
    assert (job["state"], job["name"], job["rows"], job["scored"]) == ("done", "상담 (1).csv", 3, 2)
    text = http.get(f"/jobs/{job['id']}/result").content.decode("utf-8-sig")
    titles, *rows = csv.reader(io.StringIO(text), delimiter=";")
    assert titles[:4] == ["번호", "문장", "감정", "확신도"]
    assert [row[0] for row in rows] == ["1", "2", "3"]
    assert [row[0] for row in job["preview"]["rows"]] == ["오늘 정말 기뻤어", "친구가 떠나서 슬퍼"]
    assert job["preview"]["rows"][0][2].endswith("%")


def test_the_threshold_of_the_server_is_in_force_where_a_request_brings_none(service: Started) -> None:
    with answering(service(threshold=1.0)) as http:
        ours, theirs = (send(http, workbook(), threshold=threshold) for threshold in (None, 0))
        assert "threshold" not in str(ours.request.url)
        assert unsure(http, ended(http, ours)) == ["예"] * len(TEXTS)
        assert "예" not in unsure(http, ended(http, theirs))


def test_a_hostile_file_is_refused_in_words_that_name_the_file_alone(http: httpx.Client, served_home: Home) -> None:
    job = ended(http, send(http, b"PK\x03\x04" + b"\x00" * 200))
    assert job["state"] == "failed"
    assert job["error"]["message"].startswith("상담.xlsx: ")
    assert str(served_home.folder) not in str(job)


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"name": "상담.xls"}, 415, "upload_kind"),
        ({"name": ""}, 415, "upload_kind"),
        ({"threshold": "nan"}, 422, "threshold_unfit"),
        ({"threshold": "x"}, 422, "threshold_unfit"),
    ],
)
def test_what_cannot_be_scored_is_refused(http: httpx.Client, asked: dict[str, str], status: int, code: str) -> None:
    reply = send(http, b"x", **asked)
    assert (reply.status_code, reply.json()["error_code"]) == (status, code)


def test_addresses_without_a_job(http: httpx.Client) -> None:
    for reply in (http.get("/jobs/x"), http.delete("/jobs/x"), http.get("/jobs/x/result")):
        assert (reply.status_code, reply.json()["error_code"]) == (404, "job_unknown")
    assert http.post("/jobs", content=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
    assert http.post("/jobs", headers=BYTES | {"Origin": "http://evil.example"}).status_code == 403


def test_limits_and_the_end_of_the_server(service: Started, served_home: Home) -> None:
    of_others = set(served_home.jobs.glob("*"))
    with answering(service(upload_bytes=50_000, waiting_jobs=1)) as http:
        too_large = send(http, b"x" * 60_000)
        assert (too_large.status_code, too_large.json()["error_code"]) == (413, "upload_too_large")
        first = send(http, workbook())
        while http.get(first.headers["location"]).json()["state"] == "waiting":
            time.sleep(0.05)
        second = send(http, workbook())
        full = send(http, workbook())
        assert (full.status_code, full.json()["error_code"]) == (429, "jobs_full")
        assert http.delete(second.headers["location"]).status_code == 204
        assert "취소" in http.get(second.headers["location"]).json()["error"]["message"]
        assert http.delete(first.headers["location"]).status_code == 204
        assert "취소" in ended(http, first)["error"]["message"]
        third = send(http, workbook())
        assert third.status_code == 202
        assert set(served_home.jobs.glob("*")) > of_others
    assert set(served_home.jobs.glob("*")) == of_others


def test_a_process_that_cannot_be_started_fails_its_own_file_alone(
    served_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = ScoringJobs(served_home, "cpu", Limits())
    monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", out_of_processes)

    async def states() -> list[str]:
        submitted = [jobs.new("문장.csv", "1", 0.5, "ko") for _ in range(2)]
        for job in submitted:
            jobs.submit(job)
        running = asyncio.create_task(jobs.run())
        while any(job.ended is None for job in submitted):
            await asyncio.sleep(0.01)
        running.cancel()
        return [job.state for job in submitted]

    assert asyncio.run(states()) == ["failed", "failed"]
    jobs.close()


def out_of_processes(_: object) -> None:
    raise BlockingIOError("Resource temporarily unavailable")


def test_the_key_is_asked_for(service: Started) -> None:
    with answering(service(access=Access(OPEN.hosts, "secret"))) as http:
        assert send(http, b"x").status_code == 401
        assert http.get("/jobs/x").status_code == 401
        assert http.post("/corrections", json={}).status_code == 401
        assert http.get("/").status_code == 200
        assert http.get("/static/page.js").status_code == 200


async def _cleaned(jobs: ScoringJobs) -> None:
    task = asyncio.create_task(jobs.run())
    await asyncio.sleep(0)
    task.cancel()


def test_the_folders_of_servers_that_were_killed_are_removed(own_home: Path) -> None:
    home, ours = Home(own_home), this_process()
    for name, mark in {"dead": ProcessMark(ours.host, ours.pid, "other"), "alive": ours}.items():
        (home.jobs / name).mkdir(parents=True)
        (home.jobs / name / "server").write_text(str(mark), "utf-8")
    asyncio.run(_cleaned(ScoringJobs(home, "cpu", Limits())))
    assert [path.name for path in home.jobs.iterdir()] == ["alive"]


def test_files_are_removed_when_their_time_is_over(own_home: Path) -> None:
    jobs = ScoringJobs(Home(own_home), "cpu", Limits(seconds_kept=60))
    old, young = (jobs.new("상담.xlsx", "m/1", 0.5, "ko") for _ in range(2))
    for job, age in {old: 61, young: 1}.items():
        (job.folder / job.name).write_bytes(b"x")
        jobs.submit(job)
        job.end(problem(InputError, "job_died"))
        job.ended = time.monotonic() - age
    asyncio.run(_cleaned(jobs))
    assert (old.folder.exists(), young.folder.exists()) == (False, True)
    assert jobs.get(young.id) is young
    with pytest.raises(Refusal, match="job_unknown"):
        jobs.get(old.id)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("상담.xlsx", "상담.xlsx"),
        ("C:\\Users\\x\\상담.CSV", "상담.csv"),
        ("../../etc/passwd.csv", "passwd.csv"),
        ("~$상담*?.xlsx", "__상담__.xlsx"),
        ("--out.xlsx", "out.xlsx"),
        ("${HOME}.xlsx", "__HOME_.xlsx"),
        ("http://x/y.xlsx", "y.xlsx"),
        ("가" * 300 + ".xlsx", "가" * 66 + ".xlsx"),
        (normalize("NFD", "상담") + ".xlsx", "상담.xlsx"),
        ("..xlsx", "file.xlsx"),
    ],
)
def test_names_of_files_are_harmless(given: str, name: str) -> None:
    assert safe_name(given) == name
