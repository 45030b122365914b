"""Problems with a file: reaching it, and what kind of file it is, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    # -- reaching the file
    "location_blank": {
        "ko": (
            "빈 경로가 지정되었습니다.",
            "파일이나 폴더를 지정하세요. 셸 변수로 지정했다면 그 변수에 값이 없을 수 있습니다.",
        ),
        "en": ("an empty path was given.", "Name a file or folder; a variable of the shell may be unset."),
    },
    "name_not_utf8": {
        "ko": (
            "파일이나 폴더의 이름이 UTF-8이 아닙니다.",
            "이름을 바꾸세요. Windows에서 만든 zip 파일에서 나왔다면 다시 풀어도 됩니다: unzip -O cp949 파일.zip",
        ),
        "en": (
            "the name of the file, or of a folder above it, is not UTF-8.",
            "Rename it. If it comes from a zip file made on Windows, unpack that again: unzip -O cp949 FILE.zip",
        ),
    },
    "not_found": {
        "ko": ("이 주소에 파일이 없습니다.", "주소와 파일 이름을 확인하세요."),
        "en": ("there is no such file.", "Check the address and the file name."),
    },
    "folder": {
        "ko": ("파일이 아니라 폴더입니다.", "폴더 안에 있는 파일 하나를 지정하세요."),
        "en": ("this is a folder, not a file.", "Name one file inside it."),
    },
    "no_such_file": {
        "ko": ("파일을 찾을 수 없습니다. 찾아본 위치: {path}", "{advice}"),
        "en": ("there is no such file. Looked for: {path}", "{advice}"),
    },
    "no_match": {
        "ko": ("여기에 해당하는 통합 문서(.xlsx, .csv, .tsv)가 없습니다. 찾아본 위치: {path}", "{advice}"),
        "en": ("no workbook (.xlsx, .csv or .tsv) is found here. Looked for: {path}", "{advice}"),
    },
    "denied": {
        "ko": ("파일을 읽을 권한이 없습니다. ({reason})", "읽기 권한이나 접근 자격 증명을 확인하세요."),
        "en": ("reading it is not permitted. ({reason})", "Check the file's permissions or your credentials."),
    },
    "unreachable": {
        "ko": ("파일을 가져오지 못했습니다: {reason}", "주소와 연결 상태를 확인하고 다시 시도하세요."),
        "en": ("it could not be fetched: {reason}", "Check the address and the connection, then try again."),
    },
    "extra_missing": {
        "ko": (
            "'{scheme}://' 주소를 읽는 패키지가 설치되어 있지 않습니다.",
            "설치: .venv/bin/pip install -c constraints.txt -e '.[{extra}]'",
        ),
        "en": (
            "the package that reads '{scheme}://' is not installed.",
            "Install it: .venv/bin/pip install -c constraints.txt -e '.[{extra}]'",
        ),
    },
    "address_with_secret": {
        "ko": (
            "비밀번호, 토큰 또는 서명이 들어 있을 수 있는 주소입니다. Prefect가 그대로 저장하게 되므로 받지 않습니다.",
            "주소를 환경 변수에 넣고(export TRAINING='https://…') 그 이름을 대신 쓰세요: '${{TRAINING}}'. 배포에서는 "
            "`make worker`를 실행하는 환경에 두거나 fsspec 설정, Prefect Secret 블록을 쓰세요"
            "(docs/guides/security.ko.md).",
        ),
        "en": (
            "this address may hold a password, token or signature, and Prefect would store it as it is.",
            "Put the address into an environment variable (export TRAINING='https://…') and give its name instead: "
            "'${{TRAINING}}'. For a deployment, set it where `make worker` runs, or use fsspec's configuration or a "
            "Prefect Secret block (docs/guides/security.md).",
        ),
    },
    "variable_unset": {
        "ko": (
            "환경 변수 {name}에 값이 없습니다.",
            "통합 문서의 경로나 주소를 넣으세요: export {name}='https://…'. 배포에서는 `make worker`를 실행하는 환경에 "
            "두세요.",
        ),
        "en": (
            "the environment variable {name} is not set.",
            "Set it to the path or address of the workbook: export {name}='https://…'; for a deployment, where "
            "`make worker` runs.",
        ),
    },
    "scheme_unknown": {
        "ko": (
            "'{scheme}://' 주소는 읽을 수 없습니다. ({reason})",
            "파일 경로나 s3://, gs://, https:// 주소를 쓰세요.",
        ),
        "en": (
            "'{scheme}://' addresses cannot be read. ({reason})",
            "Give a path, or an s3://, gs:// or https:// address.",
        ),
    },
    # -- what kind of file it is
    "empty_file": {
        "ko": ("빈 파일입니다(0바이트).", "파일을 다시 내려받거나 다시 저장하세요."),
        "en": ("the file is empty (0 bytes).", "Download or save it again."),
    },
    "old_xls": {
        "ko": ("이전 형식(.xls)의 파일입니다.", "Excel에서 열어 'Excel 통합 문서(.xlsx)'로 저장하세요."),
        "en": ("this is an old-style .xls file.", "Open it in Excel and save it as 'Excel Workbook (.xlsx)'."),
    },
    "encrypted": {
        "ko": ("암호로 보호된 파일입니다.", "Excel에서 암호를 풀고 저장한 뒤 다시 시도하세요."),
        "en": ("the file is protected with a password.", "Remove the password in Excel, save, and try again."),
    },
    "other_office": {
        "ko": (
            "Excel 통합 문서가 아니라 다른 문서(한글, 이전 형식의 Word 등)입니다.",
            "표를 Excel 통합 문서(.xlsx)로 저장하세요.",
        ),
        "en": (
            "this is another kind of document (Hangul, old Word …).",
            "Save the table as an Excel workbook (.xlsx).",
        ),
    },
    "unknown_encoding": {
        "ko": (
            "텍스트의 인코딩을 알 수 없습니다(UTF-8, CP949, UTF-16 모두 아님). 처음 읽지 못한 곳: {line}번째 줄.",
            "Excel에서 열어 'CSV UTF-8(쉼표로 분리)'이나 '.xlsx'로 다시 저장하세요.",
        ),
        "en": (
            "the encoding is unknown (none of UTF-8, CP949 and UTF-16). First unreadable place: line {line}.",
            "Open it in Excel and save it again as 'CSV UTF-8 (Comma delimited)' or as .xlsx.",
        ),
    },
    "broken_csv": {
        "ko": (
            "CSV의 {line}번째 줄을 읽을 수 없습니다: {reason}.",
            "그 줄까지의 큰따옴표 짝이 맞는지 확인하거나, Excel에서 열어 '.xlsx'로 저장하세요.",
        ),
        "en": (
            "line {line} of the CSV file cannot be read: {reason}.",
            "Check that the double quotes up to that line are closed, or save the table from Excel as .xlsx.",
        ),
    },
    "csv_surplus_cells": {
        "ko": (
            "CSV의 {line}번째 줄에 셀이 {cells}개 있는데 머리글에는 열이 {titles}개뿐입니다(“{cell}” 뒤에 더 "
            "있습니다).",
            "구분 기호가 든 셀은 큰따옴표로 묶고, 이름 없는 열의 메모라면 머리글에 이름을 적으세요. "
            "Excel에서 '.xlsx'로 저장해도 됩니다.",
        ),
        "en": (
            "line {line} of the CSV file has {cells} cells where the header has {titles} (there is more after "
            "“{cell}”).",
            "Put a cell that holds the separator into double quotes; where the further cells are notes, give their "
            "column a title in the header; or save the table from Excel as .xlsx.",
        ),
    },
    "csv_joined_records": {
        "ko": (
            "CSV의 {first}번째 줄에서 열린 큰따옴표가 {last}번째 줄에서야 닫혀, 그 사이의 행들이 한 셀로 합쳐집니다.",
            "{first}번째 줄의 큰따옴표를 지우거나 같은 줄에서 닫고, {last}번째 줄의 남는 큰따옴표를 지우세요. "
            "정말 여러 줄로 된 셀이라면 Excel에서 '.xlsx'로 저장하세요.",
        ),
        "en": (
            "the double quote opened in line {first} of the CSV file is closed only in line {last}: the rows between "
            "become one cell.",
            "Remove the double quote in line {first}, or close it in the same line, and remove the one left over in "
            "line {last}; if this is one cell of several lines, save the table from Excel as .xlsx.",
        ),
    },
    "broken_json": {
        "ko": (
            "JSON으로 읽을 수 없습니다({line}번째 줄 {column}번째 글자: {reason}).",
            "파일이 잘리지 않았는지 확인하고 AI Hub에서 다시 내려받으세요.",
        ),
        "en": (
            "this is not valid JSON (line {line}, column {column}: {reason}).",
            "Check that the file is complete, or download it from AI Hub again.",
        ),
    },
    "json_no_list": {
        "ko": (
            "AI Hub 감성 대화 말뭉치의 JSON이 아닙니다: 대화의 목록([ … ])이 아니거나 비어 있습니다.",
            "'감성대화말뭉치(최종데이터)_Training.json'처럼 대화를 담은 파일을 지정하세요.",
        ),
        "en": (
            "this is not the JSON of AI Hub's 감성 대화 말뭉치: it is no list of dialogues ([ … ]), or an empty one.",
            "Give the file that holds the dialogues, such as '감성대화말뭉치(최종데이터)_Training.json'.",
        ),
    },
    "json_layout": {
        "ko": (
            "AI Hub 감성 대화 말뭉치의 JSON과 구조가 다릅니다: {number}번째 대화에 '{missing}' 항목이 없습니다.",
            "profile.emotion.type(E10~E69)과 talk.content(HS01, SS01, …)가 있는 파일을 지정하세요.",
        ),
        "en": (
            "the layout is not that of AI Hub's 감성 대화 말뭉치: record {number} has no '{missing}'.",
            "Give a file with profile.emotion.type (E10 to E69) and talk.content (HS01, SS01, …).",
        ),
    },
    "web_page": {
        "ko": (
            "Excel 통합 문서가 아니라 웹 문서(HTML 또는 XML)입니다.",
            "브라우저로 내용을 확인하고, 표라면 Excel에서 .xlsx로 저장하세요.",
        ),
        "en": (
            "this is a web page (HTML or XML), not a workbook.",
            "Look at it in a browser; if it is the table, save it from Excel as .xlsx.",
        ),
    },
    "unknown_type": {
        "ko": ("Excel 통합 문서(.xlsx)가 아닙니다.", "Excel에서 '.xlsx'로 저장한 파일을 지정하세요."),
        "en": ("this is not an Excel workbook (.xlsx).", "Give a file that Excel saved as .xlsx."),
    },
    "not_a_workbook": {
        "ko": ("압축 파일이지만 Excel 통합 문서가 아닙니다: {kind}.", "Excel에서 '.xlsx'로 저장한 파일을 지정하세요."),
        "en": ("a zip file, but not an Excel workbook: {kind}.", "Give a file that Excel saved as .xlsx."),
    },
    "unsupported": {
        "ko": ("{kind} 형식은 지원하지 않습니다.", "'Excel 통합 문서(.xlsx)'로 다시 저장하세요."),
        "en": ("{kind} files are not read.", "Save it again as 'Excel Workbook (.xlsx)'."),
    },
    "truncated": {
        "ko": ("파일이 잘렸거나 손상되었습니다.", "파일을 다시 내려받거나 원본을 다시 복사하세요."),
        "en": ("the file is cut off or damaged.", "Download it again, or copy it again from its source."),
    },
    "damaged": {
        "ko": (
            "파일 안의 '{part}' 부분이 손상되었습니다.",
            "원본을 다시 복사하거나 Excel의 '열기 및 복구'로 열어 저장하세요.",
        ),
        "en": (
            "the part '{part}' of the file is damaged.",
            "Copy it again, or mend it with Excel's 'Open and Repair'.",
        ),
    },
    "unreadable": {
        "ko": ("통합 문서의 내용을 읽을 수 없습니다: {reason}", "Excel에서 열어 '.xlsx'로 다시 저장하세요."),
        "en": ("the workbook's content cannot be read: {reason}", "Open it in Excel and save it again as .xlsx."),
    },
    "too_large": {
        "ko": (
            "압축을 풀면 {size_mb:,.0f}MB로, 한도 {limit_mb:,}MB를 넘습니다.",
            "맞는 파일인지 확인하세요. 맞다면 레시피의 max_uncompressed_mb를 올리세요.",
        ),
        "en": (
            "it unpacks to {size_mb:,.0f} MB, above the limit of {limit_mb:,} MB.",
            "Check that it is the right file; if so, raise max_uncompressed_mb in the recipe.",
        ),
    },
}
