"""The notebook as a reader runs it: a kernel of its own, every cell, on small sample workbooks."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from storyflower.sample.corpus import write_sample_workbooks
from tests.waiting import GIVE_UP_S

pytestmark = [pytest.mark.server, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "docs" / "notebooks" / "storyflower.ipynb"


def read() -> NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=nbformat.NO_CONVERT)


def code_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    return {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}


def test_the_notebook_is_kept_without_outputs_in_the_format_of_cell_ids() -> None:
    notebook = read()
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert all(not cell.outputs and cell.execution_count is None for cell in code_cells(notebook).values())


NO_CHAMPION_YET = """
from storyflower.errors import StoryFlowerError

try:
    with notebook.serving(home):
        print("served")
except StoryFlowerError as error:
    print(error)
"""
AFTERWARDS = """
from storyflower.promotion.lineage import lineage_of, what_changed

print(what_changed(home, lineage_of(home, source, recipe)).reason)
other = notebook.begin(home.sample)
print(other.recipe.name, other.home.model, other.source.workbooks("training"), other.source.workbooks("validation"))
try:
    notebook.begin(home.folder)
except StoryFlowerError as error:
    print(error)
"""


def with_cells(notebook: NotebookNode) -> NotebookNode:
    """Insert parameters after the cell with that tag, as papermill does; checks before registering and last."""
    ids = [cell.id for cell in notebook.cells]
    inserted = {"settings": "EPOCHS = 2", "register-text": NO_CHAMPION_YET, "end": AFTERWARDS}
    assert "parameters" in notebook.cells[ids.index("settings")].metadata.tags
    for after, code in inserted.items():
        place = next(i for i, cell in enumerate(notebook.cells) if cell.id == after)
        notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(code.strip(), id=f"after-{after}"))
    return notebook


def shown(cell: NotebookNode) -> str:
    """The text of a cell's outputs; an image stands for itself."""
    texts = []
    for output in cell.outputs:
        assert output.get("name") != "stderr", output.text
        assert output.output_type != "error"
        texts.append(output.text if output.output_type == "stream" else f"{output.data.get('text/plain', '')}\n")
    return "".join(texts)


def test_every_cell_runs_without_a_warning_and_the_champion_answers(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sample_workbooks(own_home / "sample", training_rows=400, validation_rows=120)
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):  # not the user's own
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    notebook = with_cells(read())
    NotebookClient(notebook, timeout=int(GIVE_UP_S), resources={"metadata": {"path": str(tmp_path)}}).execute()

    said = {id: shown(cell) for id, cell in code_cells(notebook).items()}
    assert said["install"] == ""
    assert "통합 문서 2개에서 520행을 읽음" in said["workbooks"]
    table = said["labels"].splitlines()[-7:]
    assert table[0].split() == ["train", "dev", "validation"]
    assert [line.split()[0] for line in table[1:]] == ["기쁨", "슬픔", "분노", "불안", "당황", "상처"]
    assert "모르는 토큰" in said["tokens"]
    assert "에폭 1: 손실" in said["training"]
    assert "에폭 2: 손실" in said["training"]
    assert "macro-F1" in said["accuracy"]
    assert "Image" in said["plot"]
    assert "confidence" in said["ask"]
    assert "버전 1, 챔피언" in said["register"]
    assert "'name': 'storyflower-demo', 'version': '1'" in " ".join(said["serve"].split())
    assert "'best_guess'" in said["serve"]

    assert "서버가 시작되지 않았습니다" in said["after-register-text"]
    assert "storyflower-demo@champion" in said["after-register-text"]
    unchanged, other, refused = said["after-end"].splitlines()[:3]
    assert unchanged == "챔피언 버전 1을(를) 학습한 이후 바뀐 것이 없습니다"
    assert other.startswith(f"best storyflower-kobert ['{own_home}/sample/sample_Training.xlsx'] ")
    assert "Training" in refused
