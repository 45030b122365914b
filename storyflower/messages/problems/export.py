"""Problems with exporting models and with exported models, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "onnx_absent": {
        "ko": (
            "{package} 패키지가 설치되어 있지 않습니다.",
            "내보내려면 .venv/bin/pip install -c constraints.txt -e '.[onnx]'를 실행하고, 내보낸 모델을 쓰기만 "
            "하려면 그 폴더의 requirements.txt를 설치하세요.",
        ),
        "en": (
            "the package {package} is not installed.",
            "To export, run .venv/bin/pip install -c constraints.txt -e '.[onnx]'; to use an exported model, install "
            "its requirements.txt.",
        ),
    },
    "onnx_on_a_gpu": {
        "ko": (
            "내보낸 모델은 CPU에서만 계산합니다.",
            "STORYFLOWER_DEVICE=cpu로 두거나, GPU에서는 등록된 버전을 사용하세요.",
        ),
        "en": (
            "exported models are computed on the CPU only.",
            "Set STORYFLOWER_DEVICE=cpu, or use the registered version on a GPU.",
        ),
    },
    "no_exported_network": {
        "ko": (
            "내보낸 모델의 파일을 읽을 수 없습니다. ({reason})",
            "폴더를 다시 복사하거나 storyflower export로 다시 내보내세요.",
        ),
        "en": (
            "the file of the exported model cannot be read ({reason}).",
            "Copy the folder again, or export the model again with storyflower export.",
        ),
    },
    "export_files_broken": {
        "ko": (
            "내보낸 모델의 파일이 내보낼 때와 다릅니다: {files}",
            "폴더를 다시 복사하거나 storyflower export로 다시 내보내세요.",
        ),
        "en": (
            "files of the exported model are not as they were exported: {files}",
            "Copy the folder again, or export the model again with storyflower export.",
        ),
    },
    "onnx_differs": {
        "ko": (
            "내보낸 모델의 로짓이 PyTorch와 {difference:.1e}만큼 다릅니다(허용 {tolerance:.0e}). "
            "아무것도 쓰지 않았습니다.",
            "onnxruntime, onnx, torch를 constraints.txt의 버전으로 설치하고 다시 실행하세요.",
        ),
        "en": (
            "the logits of the exported model differ from PyTorch's by {difference:.1e} (allowed: {tolerance:.0e}); "
            "nothing was written.",
            "Install onnxruntime, onnx and torch at the versions of constraints.txt, and run the command again.",
        ),
    },
    "too_large_for_onnx": {
        "ko": (
            "모델의 가중치가 {size:.1f} GB입니다. ONNX 파일 하나에는 2 GB까지만 담을 수 있습니다.",
            "더 작은 인코더로 학습한 버전을 내보내세요.",
        ),
        "en": (
            "the weights of the model have {size:.1f} GB, and one ONNX file holds up to 2 GB.",
            "Export a version that was trained from a smaller encoder.",
        ),
    },
    "export_onto_a_file": {
        "ko": ("같은 이름의 파일이 있습니다.", "다른 폴더를 지정하세요."),
        "en": ("there is a file of this name.", "Name another folder."),
    },
    "export_folder_taken": {
        "ko": (
            "폴더에 내보내기가 만들지 않은 파일이 있습니다: {names}",
            "없는 폴더나 빈 폴더를 지정하세요. 이전에 내보낸 폴더라면 다른 파일을 옮기고 다시 실행하세요.",
        ),
        "en": (
            "the folder has files that no export wrote: {names}",
            "Name a folder that is empty or does not exist; move these files out of an earlier export.",
        ),
    },
}
