"""Words and sentences of scoring: columns, the summary sheet, the command, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    # -- the command
    "score_help": {
        "ko": """통합 문서, CSV, Parquet 파일의 모든 문장에 감정을 매겨 새 파일로 저장합니다.

storyflower score 상담.xlsx

storyflower score 상담.xlsx --column 문장 --out 결과.xlsx --threshold 0.6

storyflower score 로그.parquet --model storyflower-demo@champion

원본은 바뀌지 않습니다. 마지막 열 뒤에 '감정', '확신도', '둘째 감정' 열을 더하고, 통합 문서에는 요약 시트도 더합니다.
CSV 결과는 Excel에서 한글이 보이도록 BOM이 있는 UTF-8로 저장합니다. 중단된 작업은 같은 명령을 다시 실행하면
이어집니다.""",
        "en": """Score every text of a workbook, a CSV file or a Parquet file, into a new file.

storyflower score 상담.xlsx

storyflower score 상담.xlsx --column 문장 --out 결과.xlsx --threshold 0.6

storyflower score 로그.parquet --model storyflower-demo@champion

The source stays as it is. The columns 'emotion', 'confidence' and 'second emotion' are put behind the last column, and
a workbook gets a summary sheet. A CSV result is in UTF-8 with a BOM, so that Excel shows Korean. Work that was
interrupted goes on when the same command is given again.""",
    },
    "score_input": {
        "ko": "문장이 있는 파일(.xlsx, .csv, .parquet) 또는 s3://, gs://, https:// 주소.",
        "en": "File with the texts (.xlsx, .csv, .parquet), or an s3://, gs://, https:// address.",
    },
    "score_column": {
        "ko": "문장 열. 여러 번 쓰면 공백으로 이어 붙입니다. 지정하지 않으면 모델이 학습한 열, 'text', '문장', "
        "또는 하나뿐인 문장 열을 씁니다.",
        "en": "Text column; several are joined with a blank. By default those that the model was trained on, 'text', "
        "'문장', or the only column of texts.",
    },
    "score_out": {
        "ko": "결과 파일(.xlsx, .csv, .parquet). 기본값은 원본 옆의 '이름.scored.확장자'.",
        "en": "File to write (.xlsx, .csv, .parquet); by default 'NAME.scored.SUFFIX' beside the source.",
    },
    "score_threshold": {
        "ko": "이 확신도(0~1)보다 낮은 답을 '불확실' 열에 표시하고, 통합 문서에서는 색도 칠합니다.",
        "en": "Mark answers below this confidence (0 to 1) in a column 'unsure', and by colour in workbooks.",
    },
    "score_model": {
        "ko": "모델: @champion, 버전 번호, 이름@champion 또는 이름/버전.",
        "en": "Model: @champion, a version's number, NAME@champion or NAME/VERSION.",
    },
    "score_all": {"ko": "감정마다 확률 열을 더합니다.", "en": "Add a column of probabilities for every label."},
    "score_evaluate": {
        "ko": "문장 옆에 있는 라벨과 비교해 정확도와 macro-F1을 보고합니다.",
        "en": "Compare with the labels beside the texts, and report accuracy and macro-F1.",
    },
    "score_label": {
        "ko": "--evaluate에서 비교할 라벨 열. 기본값은 '감정_대분류'.",
        "en": "Column of the labels that --evaluate compares with; '감정_대분류' by default.",
    },
    "score_ray": {
        "ko": "Ray에서 계산합니다: 클러스터 주소, 또는 이 컴퓨터에서 시작하려면 'local'. 추가 설치 ray가 필요합니다.",
        "en": "Compute on Ray: the address of a cluster, or 'local' to start one here. Needs the extra ray.",
    },
    "score_progress": {"ko": "문장", "en": "texts"},
    # -- columns
    "score.label": {"ko": "감정", "en": "emotion"},
    "score.confidence": {"ko": "확신도", "en": "confidence"},
    "score.second": {"ko": "둘째 감정", "en": "second emotion"},
    "score.unsure": {"ko": "불확실", "en": "unsure"},
    "score.untitled": {"ko": "열 {number}", "en": "column {number}"},
    "score.yes": {"ko": "예", "en": "yes"},
    # -- the summary
    "score.summary_sheet": {"ko": "감정 요약", "en": "emotion summary"},
    "score.model": {"ko": "모델", "en": "model"},
    "score.version": {"ko": "버전", "en": "version"},
    "score.digest": {"ko": "모델 파일의 SHA-256", "en": "SHA-256 of the model"},
    "score.created": {"ko": "모델 등록일", "en": "model registered"},
    "score.date": {"ko": "예측한 때", "en": "scored at"},
    "score.source": {"ko": "원본", "en": "source"},
    "score.threshold": {"ko": "확신도 기준", "en": "threshold"},
    "score.none": {"ko": "없음", "en": "none"},
    "score.rows": {"ko": "행", "en": "rows"},
    "score.scored": {"ko": "예측한 행", "en": "rows scored"},
    "score.mean_confidence": {"ko": "평균 확신도", "en": "mean confidence"},
    "score.count": {"ko": "행 수", "en": "rows"},
    "score.share": {"ko": "비율", "en": "share"},
    "score.sheet": {"ko": "시트", "en": "sheet"},
    "score.text_columns": {"ko": "문장 열", "en": "text columns"},
    "score.added_columns": {"ko": "더한 열", "en": "columns added"},
    "score.against": {"ko": "라벨과 비교", "en": "against the labels"},
    "score.figure": {"ko": "값", "en": "figure"},
    "score.low": {"ko": "95% 구간 아래", "en": "95 % low"},
    "score.high": {"ko": "95% 구간 위", "en": "95 % high"},
    "score.accuracy": {"ko": "정확도", "en": "accuracy"},
    "score.macro_f1": {"ko": "macro-F1", "en": "macro-F1"},
    "score.compared": {"ko": "비교한 행", "en": "rows compared"},
    "score.unlabelled": {"ko": "라벨이 없거나 알 수 없는 행", "en": "rows without a known label"},
    "score.not_scored": {"ko": "예측하지 않은 행", "en": "rows not scored"},
    "score.row": {"ko": "행 번호", "en": "row"},
    "score.why": {"ko": "이유", "en": "why"},
    "score.more_rows": {"ko": "그 밖에 {count:,}행", "en": "and {count:,} more rows"},
    "score.or": {"ko": " 또는 ", "en": " or "},
    "unscored.no_text": {"ko": "문장이 비어 있음", "en": "no text"},
    "unscored.not_text": {"ko": "문장이 아님(숫자, 날짜 등)", "en": "not a text (a number, a date …)"},
    "unscored.formula_failed": {"ko": "오류가 난 수식", "en": "a formula that failed"},
    "unscored.formula_without_value": {"ko": "계산되지 않은 수식", "en": "a formula without a value"},
    "sheet_without_texts": {"ko": "문장 열이 없어 그대로 둠", "en": "left as it is: no text column"},
    "sheet_hidden": {"ko": "숨겨진 시트라 그대로 둠", "en": "left as it is: hidden"},
    "sheet_empty": {"ko": "빈 시트", "en": "empty"},
    "sheet_beyond": {"ko": "처음 100개 시트가 아니라 그대로 둠", "en": "left as it is: beyond the first 100 sheets"},
    "score.artifact": {"ko": "파일에 매긴 감정", "en": "emotions of a file"},
    # -- what the command prints
    "score.written": {
        "ko": "{out}에 저장했습니다: {rows:,}행 중 {scored:,}행에 감정을 매겼습니다({name} 버전 {version}).",
        "en": "Wrote {out}: {scored:,} of {rows:,} rows scored ({name} version {version}).",
    },
    "score.up_to_date": {
        "ko": "{out}은(는) 이미 최신입니다. 원본, 모델, 옵션이 모두 그대로라 다시 하지 않았습니다.",
        "en": "{out} is up to date: source, model and options are the same, so nothing was done.",
    },
    "score.part": {
        "ko": "[{sheet}] 문장 열의 머리글: {columns}. 더한 열: {added}. {counts}",
        "en": "[{sheet}] header of the text columns: {columns}. Columns added: {added}. {counts}",
    },
    "score.part_rows": {"ko": "{rows:,}행 중 {scored:,}행.", "en": "{scored:,} of {rows:,} rows."},
    "score.renamed": {
        "ko": "[{sheet}] 이미 같은 이름의 열이 있어 '{label}' 대신 '{title}'(으)로 더했습니다.",
        "en": "[{sheet}] has a column of one of these names already, so '{title}' was added instead of '{label}'.",
    },
    "score.part_left": {"ko": "[{sheet}] {reason}.", "en": "[{sheet}] {reason}."},
    "score.reused": {
        "ko": "{shards:,}묶음 중 {reused:,}묶음은 전에 계산해 둔 답을 썼습니다.",
        "en": "{reused:,} of {shards:,} shards had been answered before.",
    },
    "score.rows_left": {"ko": "예측하지 않은 행: {reasons}.", "en": "Rows not scored: {reasons}."},
    "score.csv_encoding": {
        "ko": "CSV는 Excel에서 한글이 보이도록 BOM이 있는 UTF-8로 저장했습니다.",
        "en": "The CSV file is in UTF-8 with a BOM, so that Excel shows Korean.",
    },
    "score.evaluated": {
        "ko": "라벨이 있는 {rows:,}행과 비교: 정확도 {accuracy:.1%} (95% {alow:.1%}~{ahigh:.1%}), "
        "macro-F1 {f1:.1%} ({flow:.1%}~{fhigh:.1%}). 라벨이 없거나 알 수 없는 행: {unlabelled:,}.",
        "en": "Against {rows:,} labelled rows: accuracy {accuracy:.1%} (95 % {alow:.1%} to {ahigh:.1%}), "
        "macro-F1 {f1:.1%} ({flow:.1%} to {fhigh:.1%}). Rows without a known label: {unlabelled:,}.",
    },
    "log.score_up_to_date": {"ko": "{out}은(는) 이미 최신입니다.", "en": "{out} is up to date."},
}
