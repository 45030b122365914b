"""The problems a user can have when a file is scored, by code: (what is wrong, what to do)."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "score_no_text_column": {
        "ko": (
            "문장 열을 찾을 수 없습니다. 찾은 이름: {wanted}. 있는 열: {found}",
            "문장이 있는 열을 지정하세요: --column 열이름. "
            "머리글 없이 문장만 있는 파일이라면 첫 행에 `text`라는 머리글을 넣으세요.",
        ),
        "en": (
            "no text column was found. Looked for: {wanted}. Columns there are: {found}",
            "Name the column with the texts: --column NAME. Where the file has no header, put `text` above the texts.",
        ),
    },
    "score_named_column_missing": {
        "ko": (
            "열 {wanted}이(가) 모두 있는 시트가 없습니다. 있는 열: {found}",
            "--column에 위의 이름 가운데 하나를 쓰세요.",
        ),
        "en": (
            "no sheet has the columns {wanted}. Columns there are: {found}",
            "Give --column one of these names.",
        ),
    },
    "score_no_label": {
        "ko": (
            "비교할 라벨 열이 없습니다: {missing}. 있는 열: {found}",
            "--label 열이름으로 라벨 열을 지정하거나 --evaluate를 빼세요.",
        ),
        "en": (
            "the column of labels is missing: {missing}. Columns there are: {found}",
            "Name the column with --label NAME, or leave --evaluate out.",
        ),
    },
    "score_no_known_label": {
        "ko": (
            "라벨 열에 모델이 아는 라벨이 하나도 없습니다. 모델의 라벨: {labels}",
            "--label에 다른 열을 지정하거나 --evaluate를 빼세요.",
        ),
        "en": (
            "the column of labels holds none that the model knows. Its labels: {labels}",
            "Name another column with --label, or leave --evaluate out.",
        ),
    },
    "score_nothing_to_score": {
        "ko": ("예측할 문장이 하나도 없습니다.", "문장이 있는 열을 --column으로 지정했는지 확인하세요."),
        "en": ("there is no text to score.", "Check that --column names the column with the texts."),
    },
    "score_sheet_encoding": {
        "ko": (
            "이 시트는 UTF-8이 아니어서 열을 더할 수 없습니다.",
            "Excel에서 열어 '.xlsx'로 다시 저장한 뒤 실행하세요.",
        ),
        "en": (
            "the sheet is not in UTF-8, so columns cannot be added to it.",
            "Open it in Excel, save it again as .xlsx, and run again.",
        ),
    },
    "score_no_room": {
        "ko": ("시트에 열 {columns}개를 더할 자리가 없습니다.", "오른쪽 끝의 쓰지 않는 열을 지우세요."),
        "en": ("the sheet has no room for {columns} more columns.", "Remove unused columns at its right end."),
    },
    "score_shard_gone": {
        "ko": ("계산해 둔 답이 그사이 지워졌거나 손상되었습니다.", "같은 명령을 다시 실행하세요."),
        "en": ("answers that were computed have been removed or damaged meanwhile.", "Give the same command again."),
    },
    "score_input_changed": {
        "ko": ("예측하는 동안 원본이 바뀌었습니다.", "원본을 저장하고 닫은 뒤 다시 실행하세요."),
        "en": ("the source was changed while it was scored.", "Save and close it, then run again."),
    },
    "score_out_unwritable": {
        "ko": ("결과를 쓸 수 없습니다: {reason}", "쓰기 권한이 있는 폴더를 --out으로 지정하세요."),
        "en": ("the result cannot be written: {reason}", "Name a folder that you may write to in --out."),
    },
    "score_out_suffix": {
        "ko": ("결과 파일의 이름은 다음 가운데 하나로 끝나야 합니다: {suffixes}", "예: --out 결과.xlsx"),
        "en": ("the name of the result must end in one of {suffixes}", "For example: --out scored.xlsx"),
    },
    "score_out_folder": {
        "ko": ("결과 파일의 자리에 폴더가 있습니다.", "--out에 다른 이름을 쓰세요."),
        "en": ("there is a folder in the place of the result.", "Give --out another name."),
    },
    "score_out_is_input": {
        "ko": ("결과가 원본을 덮어쓰게 됩니다. 원본은 바꾸지 않습니다.", "--out에 다른 이름을 쓰세요."),
        "en": ("the result would replace the source, which is never changed.", "Give --out another name."),
    },
    "score_xlsx_to_xlsx": {
        "ko": (
            "시트가 있는 통합 문서의 결과는 {suffix}로만 저장할 수 있습니다.",
            "--out에 {suffix} 이름을 쓰거나, Excel에서 시트를 CSV로 저장한 뒤 그 파일을 예측하세요.",
        ),
        "en": (
            "the result of a workbook, which has sheets, can only be {suffix}.",
            "Give --out a name in {suffix}, or save the sheet as CSV in Excel and score that file.",
        ),
    },
    "score_json": {
        "ko": (
            "JSON 파일은 예측할 수 없습니다.",
            "통합 문서(.xlsx), CSV 또는 Parquet 파일을 지정하세요.",
        ),
        "en": ("JSON files cannot be scored.", "Give a workbook (.xlsx), a CSV file or a Parquet file."),
    },
    "score_broken_parquet": {
        "ko": ("Parquet 파일을 읽을 수 없습니다: {reason}", "파일을 다시 만들거나 원본을 다시 복사하세요."),
        "en": ("the Parquet file cannot be read: {reason}", "Write it again, or copy it again from its source."),
    },
    "score_too_many_rows": {
        "ko": (
            "{rows:,}행은 Excel 시트 하나에 들어가지 않습니다(최대 1,048,576행).",
            "--out에 .csv나 .parquet 이름을 쓰세요.",
        ),
        "en": (
            "{rows:,} rows do not fit into a sheet of Excel (1,048,576 at most).",
            "Give --out a name in .csv or .parquet.",
        ),
    },
    "score_texts_too_long": {
        "ko": (
            "Excel 셀 하나에 들어가지 않는 글이 {count:,}개 있습니다(최대 {most:,}자). 행(열): {cells}",
            "--out에 .csv나 .parquet 이름을 쓰세요.",
        ),
        "en": (
            "{count:,} texts do not fit into a cell of Excel ({most:,} characters at most). Row (column): {cells}",
            "Give --out a name in .csv or .parquet.",
        ),
    },
    "ray_missing": {
        "ko": ("Ray가 설치되어 있지 않습니다.", "설치: .venv/bin/pip install -c constraints.txt -e '.[ray]'"),
        "en": ("Ray is not installed.", "Install it: .venv/bin/pip install -c constraints.txt -e '.[ray]'"),
    },
    "ray_unreachable": {
        "ko": ("Ray 클러스터에 연결할 수 없습니다: {reason}", "주소를 확인하거나 --ray local을 쓰세요."),
        "en": ("the Ray cluster cannot be reached: {reason}", "Check its address, or use --ray local."),
    },
    "ray_failed": {
        "ko": ("Ray에서 계산하지 못했습니다: {reason}", "클러스터의 로그를 확인하고 같은 명령을 다시 실행하세요."),
        "en": ("Ray could not compute the answers: {reason}", "See the cluster's logs, then give the command again."),
    },
}
