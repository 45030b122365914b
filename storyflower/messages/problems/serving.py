"""Refusals of the REST API, and problems of `storyflower serve`, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    # -- the body
    "not_json": {
        "ko": (
            "본문이 JSON이 아닙니다: {reason}",
            'UTF-8로 된 JSON을 보내세요. 예: {{"texts": ["오늘 정말 기뻤어."]}}',
        ),
        "en": ("the body is not JSON: {reason}", 'Send JSON in UTF-8, such as {{"texts": ["오늘 정말 기뻤어."]}}.'),
    },
    "content_type_unread": {
        "ko": ("이 형식의 본문은 읽을 수 없습니다.", "Content-Type 헤더를 {known}(으)로 지정하세요."),
        "en": ("a body of this type cannot be read.", "Set the header Content-Type to {known}."),
    },
    "charset_unread": {
        "ko": ("문자 인코딩 {charset}은(는) 읽을 수 없습니다.", "본문을 UTF-8로 보내세요."),
        "en": ("the encoding {charset} cannot be read.", "Send the body in UTF-8."),
    },
    "body_too_large": {
        "ko": (
            "본문이 너무 큽니다. 최대 {most}바이트입니다.",
            "문장을 여러 요청으로 나누어 보내세요.",
        ),
        "en": ("the body is too large: it may have {most} bytes.", "Send the texts in several requests."),
    },
    # -- its parts
    "request_form": {
        "ko": (
            "요청의 형식이 맞지 않습니다: {kind}.",
            '문장의 목록이 든 객체를 보내세요. 예: {{"texts": ["오늘 정말 기뻤어."]}}',
        ),
        "en": (
            "the request has another form: {kind}.",
            'Send an object with a list of texts, such as {{"texts": ["오늘 정말 기뻤어."]}}.',
        ),
    },
    "field_missing": {
        "ko": ("필드가 없습니다.", '예: {{"texts": ["오늘 정말 기뻤어."]}}'),
        "en": ("this field is missing.", 'For example: {{"texts": ["오늘 정말 기뻤어."]}}'),
    },
    "request_field_unknown": {
        "ko": ("알 수 없는 필드입니다.", "쓸 수 있는 필드: {known}"),
        "en": ("there is no such field.", "The fields are: {known}."),
    },
    "texts_none": {
        "ko": ("문장이 하나도 없습니다.", "문장을 하나 이상 보내세요."),
        "en": ("there is no text.", "Send at least one text."),
    },
    "texts_too_many": {
        "ko": ("문장이 너무 많습니다. 한 요청에 최대 {most}개입니다.", "여러 요청으로 나누어 보내세요."),
        "en": ("there are too many texts: a request may have {most}.", "Send them in several requests."),
    },
    "text_wrong_type": {
        "ko": ("값이 문장(문자열)이 아닙니다: {kind}.", "이 위치의 값을 문장으로 바꾸거나 빼고 다시 보내세요."),
        "en": ("this is not a text (a string): {kind}.", "Put a text there, or leave it out."),
    },
    "text_over_long": {
        "ko": ("문장이 너무 깁니다: {length}자. 최대 {most}자입니다.", "문장을 줄이거나 나누어 보내세요."),
        "en": ("the text is too long: {length} characters of {most} allowed.", "Shorten it, or split it."),
    },
    "threshold_unfit": {
        "ko": (
            "확신도 기준은 0과 1 사이의 수여야 합니다.",
            "예: 0.6. 모든 문장의 감정을 예측하려면 기준을 보내지 마세요.",
        ),
        "en": (
            "a confidence threshold is a number between 0 and 1.",
            "Send a share such as 0.6, or none to have every text answered.",
        ),
    },
    "invocation_form": {
        "ko": (
            "MLflow 요청의 형식이 아닙니다.",
            "다음 필드 중 정확히 하나가 든 객체를 보내세요: {known}",
        ),
        "en": ("this is not a request of MLflow's protocol.", "Send an object with exactly one of the fields {known}."),
    },
    "records_form": {
        "ko": ("행의 목록이 아닙니다.", '예: [{{"text": "오늘 정말 기뻤어."}}]'),
        "en": ("this is not a list of rows.", 'For example: [{{"text": "오늘 정말 기뻤어."}}]'),
    },
    "instances_form": {
        "ko": ("행마다 필드가 다릅니다.", "모든 행에 같은 필드를 넣거나 dataframe_records로 보내세요."),
        "en": ("its rows have different fields.", "Give all rows the same fields, or send them as dataframe_records."),
    },
    "split_form": {
        "ko": ("표의 형식이 아닙니다.", '예: {{"columns": ["text"], "data": [["오늘 정말 기뻤어."]]}}'),
        "en": ("this is not a table.", 'For example: {{"columns": ["text"], "data": [["오늘 정말 기뻤어."]]}}'),
    },
    "params_form": {
        "ko": ("객체가 아닙니다.", '예: {{"threshold": 0.6}}'),
        "en": ("this is not an object.", 'For example: {{"threshold": 0.6}}'),
    },
    # -- the server
    "queue_full": {
        "ko": (
            "지금은 요청이 너무 많습니다. 문장 {waiting}개가 기다리고 있습니다.",
            "Retry-After 헤더의 시간(초)이 지난 뒤 다시 보내세요.",
        ),
        "en": (
            "there are too many requests now: {waiting} texts are waiting.",
            "Send it again after the seconds in the header Retry-After.",
        ),
    },
    "too_slow": {
        "ko": ("{seconds:.0f}초 안에 답하지 못했습니다.", "잠시 뒤에 문장을 나누어 다시 보내세요."),
        "en": (
            "there was no answer within {seconds:.0f} seconds.",
            "Send it again later, in several requests.",
        ),
    },
    "stopping": {
        "ko": ("서버를 종료하는 중이라 새 요청을 받지 않습니다.", "잠시 뒤에 다시 보내세요."),
        "en": ("the server is being stopped and takes no new requests.", "Send it again in a moment."),
    },
    "key_wrong": {
        "ko": (
            "API 키가 없거나 맞지 않습니다.",
            "'Authorization: Bearer 키' 헤더를 보내세요. 키는 서버를 실행하는 사람이 STORYFLOWER_API_KEY로 정합니다.",
        ),
        "en": (
            "the API key is missing or wrong.",
            "Send the header 'Authorization: Bearer KEY'; whoever runs the server sets the key as STORYFLOWER_API_KEY.",
        ),
    },
    "host_foreign": {
        "ko": (
            "이 서버의 주소가 아닌 이름으로 보낸 요청입니다.",
            "서버가 출력한 주소로 보내세요. 터널이나 프록시의 주소는 STORYFLOWER_SERVER_ADDRESSES에 추가합니다.",
        ),
        "en": (
            "the request names another host than this server.",
            "Use the address that the server has printed; STORYFLOWER_SERVER_ADDRESSES takes those of a tunnel or "
            "proxy.",
        ),
    },
    "origin_foreign": {
        "ko": ("다른 사이트의 웹 페이지에서 보낸 요청은 받지 않습니다.", "이 서버의 페이지나 프로그램에서 보내세요."),
        "en": (
            "requests from web pages of other sites are refused.",
            "Send it from a page of this server, or from a program.",
        ),
    },
    "address_unknown": {
        "ko": ("그런 주소가 없습니다.", "주소의 목록은 /docs에 있습니다."),
        "en": ("there is no such address.", "/docs lists them."),
    },
    "method_not_allowed": {
        "ko": ("이 주소에는 이 메서드를 쓸 수 없습니다.", "쓸 수 있는 메서드는 Allow 헤더에 있습니다."),
        "en": ("this address does not take this method.", "The header Allow lists those that it takes."),
    },
    "request_refused": {
        "ko": ("요청을 처리할 수 없습니다.", "주소와 메서드를 확인하세요. 목록은 /docs에 있습니다."),
        "en": ("the request cannot be answered.", "Check its address and method; /docs lists them."),
    },
    "internal_error": {
        "ko": ("서버에서 예상하지 못한 오류가 발생했습니다.", "서버의 로그에 오류의 위치가 기록되었습니다."),
        "en": ("the server met an unexpected error.", "The log of the server names its place."),
    },
    # -- the command
    "serve_key_needed": {
        "ko": (
            "{host}에서는 다른 컴퓨터도 접속할 수 있으므로 API 키가 필요합니다.",
            "키를 정하고 다시 실행하세요: "
            "export STORYFLOWER_API_KEY=\"$(python3 -c 'import secrets; print(secrets.token_urlsafe(32))')\"",
        ),
        "en": (
            "on {host} other machines can reach the server, so that it needs an API key.",
            "Set one and run the command again: "
            "export STORYFLOWER_API_KEY=\"$(python3 -c 'import secrets; print(secrets.token_urlsafe(32))')\"",
        ),
    },
    "serve_port_taken": {
        "ko": (
            "다른 프로그램이 이 포트를 이미 쓰고 있습니다.",
            "그 포트를 쓰는 프로그램을 끝내거나 `--port 8001`처럼 다른 포트를 지정하세요.",
        ),
        "en": (
            "another program uses this port.",
            "End the program that uses the port, or choose another one, such as `--port 8001`.",
        ),
    },
    "notebook_not_served": {
        "ko": (
            "서버가 시작되지 않았습니다. 서버의 메시지는 다음과 같습니다.\n{reason}",
            "메시지에 적힌 대로 고친 뒤 셀을 다시 실행하세요.",
        ),
        "en": (
            "the server did not start. Its message:\n{reason}",
            "Do what the message says, and run the cell again.",
        ),
    },
}
