"""Words of the page of `storyflower serve`, by code, in Korean and in English; gaps are filled in the browser."""

WORDS: dict[str, dict[str, str]] = {
    "web.skip": {"ko": "문장 입력으로 건너뛰기", "en": "Skip to the text field"},
    "web.subtitle": {"ko": "문장에 담긴 감정을 알려 드립니다.", "en": "The emotion in a Korean sentence."},
    "web.demo": {"ko": "데모 모델", "en": "Demo model"},
    "web.demo_note": {
        "ko": "문장 틀로 만든 예제로 학습했으므로 실제 대화에는 쓸 수 없습니다.",
        "en": "It was trained on made-up sentences; its answers about real dialogue mean nothing.",
    },
    "web.model": {
        "ko": "{name} · 버전 {version} · {date} 등록",
        "en": "{name} · version {version} · registered {date}",
    },
    "web.no_script": {"ko": "이 페이지에는 JavaScript가 필요합니다.", "en": "This page needs JavaScript."},
    # -- asking
    "web.ask_title": {"ko": "문장 분석", "en": "Ask about sentences"},
    "web.texts": {"ko": "문장", "en": "Sentences"},
    "web.placeholder": {
        "ko": "오늘 친구가 생일을 챙겨 줘서 정말 고마웠어.",
        "en": "오늘 친구가 생일을 챙겨 줘서 정말 고마웠어.",
    },
    "web.texts_hint": {
        "ko": "한 줄에 한 문장씩 쓰세요. Enter를 누르면 분석하고, Shift+Enter를 누르면 줄을 바꿉니다.",
        "en": "One sentence a line, in Korean. Enter asks; Shift+Enter begins a new line.",
    },
    "web.ask": {"ko": "분석하기", "en": "Ask"},
    "web.asking": {"ko": "분석하는 중입니다.", "en": "Asking the model."},
    "web.no_text": {"ko": "문장을 입력하세요.", "en": "Write a sentence first."},
    "web.threshold": {"ko": "확신도 기준", "en": "Least confidence"},
    "web.threshold_hint": {
        "ko": "확신도가 기준보다 낮은 답은 '불확실'로 표시합니다.",
        "en": "Answers with less confidence are shown as unsure.",
    },
    # -- answers
    "web.confidence": {"ko": "확신도 {share}", "en": "confidence {share}"},
    "web.guess": {"ko": "가장 가까운 감정: {label}", "en": "best guess: {label}"},
    "web.truncated": {
        "ko": "문장이 길어 모델이 앞부분만 읽었습니다",
        "en": "the model read only the beginning of this text",
    },
    "web.answered_by": {"ko": "모델 버전 {version}", "en": "model version {version}"},
    "web.wrong": {"ko": "틀렸어요", "en": "This is wrong"},
    "web.right_label": {"ko": "맞는 감정 선택", "en": "Choose the right emotion"},
    "web.save_correction": {"ko": "저장", "en": "Save"},
    "web.corrected": {
        "ko": "저장했습니다. 맞는 감정: {label}",
        "en": "Saved. The right emotion: {label}",
    },
    # -- files
    "web.file_title": {"ko": "파일 분석", "en": "Score a file"},
    "web.drop": {
        "ko": "Excel 통합 문서나 CSV 파일을 여기에 놓으면 문장마다 감정을 더한 파일로 돌려드립니다.",
        "en": "Drop an Excel workbook or a CSV file here to get it back with an emotion for every sentence.",
    },
    "web.choose_file": {"ko": "파일 선택", "en": "Choose a file"},
    "web.file_hint": {
        "ko": ".xlsx 또는 .csv, 최대 {most} MiB. 올린 파일과 결과는 한 시간 뒤에 지웁니다.",
        "en": ".xlsx or .csv, at most {most} MiB. File and result are removed after an hour.",
    },
    "web.other_file": {
        "ko": "{name} 파일은 분석할 수 없습니다.\n.xlsx 또는 .csv 파일을 선택하세요.",
        "en": "{name} cannot be scored.\nChoose an .xlsx or .csv file.",
    },
    "web.file_too_large": {
        "ko": "파일이 너무 큽니다. 최대 {most} MiB입니다.\n더 큰 파일은 storyflower score 명령으로 분석하세요.",
        "en": "The file is too large: it may have {most} MiB.\nScore larger ones with the command storyflower score.",
    },
    "web.one_at_a_time": {
        "ko": "파일을 분석하는 중입니다. 끝나거나 취소한 뒤에 다른 파일을 올리세요.",
        "en": "A file is being scored. Wait for its end, or cancel it, before the next one.",
    },
    "web.job_sending": {"ko": "{name}: 올리는 중입니다.", "en": "{name}: being sent."},
    "web.job_waiting": {"ko": "{name}: 순서를 기다리는 중입니다.", "en": "{name}: waiting for its turn."},
    "web.job_reading": {"ko": "{name}: 파일을 읽는 중입니다.", "en": "{name}: being read."},
    "web.job_scoring": {
        "ko": "{name}: 문장 {rows}개 가운데 {done}개를 분석했습니다.",
        "en": "{name}: {done} of {rows} sentences are scored.",
    },
    "web.job_done": {
        "ko": "{name}: {rows}행 가운데 {scored}행에 감정을 매겼습니다.",
        "en": "{name}: {scored} of {rows} rows have an emotion now.",
    },
    "web.job_failed": {"ko": "{name}: 분석하지 못했습니다.", "en": "{name}: not scored."},
    "web.cancel": {"ko": "취소", "en": "Cancel"},
    "web.download": {"ko": "결과 파일 받기", "en": "Download the result"},
    "web.first_rows": {"ko": "처음 {count}행({sheet})", "en": "The first {count} rows ({sheet})"},
    # -- the foot of the page, the key, errors
    "web.privacy": {
        "ko": "문장은 이 서버 밖으로 보내지 않으며, 여기 보이는 답은 페이지를 닫으면 사라집니다. "
        "'틀렸어요'로 저장한 문장만 서버의 corrections 폴더에 남습니다.",
        "en": "Sentences do not leave this server, and the answers above are gone when the page is closed. Only what "
        "you save as wrong is kept, in the server's folder corrections.",
    },
    "web.api": {"ko": "프로그램에서 쓰려면: API 문서", "en": "For programs: the API"},
    "web.key_title": {"ko": "API 키", "en": "API key"},
    "web.key_hint": {
        "ko": "이 서버를 쓰려면 키가 필요합니다. 키는 서버를 실행하는 사람에게 물어보세요. 이 탭을 닫으면 지워집니다.",
        "en": "This server asks for a key; whoever runs it has it. It is forgotten when this tab is closed.",
    },
    "web.key_field": {"ko": "키", "en": "Key"},
    "web.key_wrong": {"ko": "키가 맞지 않습니다.", "en": "The key is wrong."},
    "web.key_ok": {"ko": "확인", "en": "Use it"},
    "web.unreachable": {
        "ko": "서버에 연결할 수 없습니다. 서버가 실행 중인지 확인하고 다시 시도하세요.",
        "en": "The server cannot be reached. See whether it is running, and try again.",
    },
    "web.status": {"ko": "서버가 오류 {status}을(를) 돌려주었습니다.", "en": "The server replied with error {status}."},
    "web.line": {"ko": "{line}번째 문장", "en": "sentence {line}"},
    # -- the known labels
    "label_name.기쁨": {"ko": "기쁨", "en": "기쁨 (joy)"},
    "label_name.슬픔": {"ko": "슬픔", "en": "슬픔 (sadness)"},
    "label_name.분노": {"ko": "분노", "en": "분노 (anger)"},
    "label_name.불안": {"ko": "불안", "en": "불안 (anxiety)"},
    "label_name.당황": {"ko": "당황", "en": "당황 (confusion)"},
    "label_name.상처": {"ko": "상처", "en": "상처 (hurt)"},
    "label_name.불확실": {"ko": "불확실", "en": "불확실 (unsure)"},
}
