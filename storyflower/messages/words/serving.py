"""Words of `storyflower serve` and of its API's documentation, by code, in Korean and in English."""

WORDS: dict[str, dict[str, str]] = {
    # -- the command
    "serve_help": {
        "ko": (
            "등록된 챔피언을 웹 페이지와 REST API로 제공합니다.\n"
            "\n"
            "브라우저로 / 를 열면 문장과 파일을 분석하고 틀린 답을 바로잡을 수 있습니다.\n"
            "\n"
            "POST /predict에 문장을 보내면 감정과 확률을 돌려줍니다. MLflow 서버의 /invocations 요청도 그대로 "
            "받습니다. API 문서는 /docs에 있습니다. 승격하거나 되돌리면 몇 초 안에 새 버전이 답합니다. 이 "
            "컴퓨터에서만 접속할 수 있으며, 다른 --host에는 STORYFLOWER_API_KEY가 필요합니다. Ctrl-C로 종료합니다."
        ),
        "en": (
            "Serve the registered champion as a page and by REST.\n"
            "\n"
            "The page at / takes sentences and files, and corrections of answers.\n"
            "\n"
            "POST /predict takes texts and returns emotions and probabilities; /invocations takes the requests of "
            "MLflow's server. /docs documents the API. A promotion or rollback is in force within seconds. Only this "
            "machine can connect; another --host needs STORYFLOWER_API_KEY. Ctrl-C ends it."
        ),
    },
    "serve_model": {
        "ko": (
            "모델 이름과 별칭(NAME@champion) 또는 버전(3, NAME/3). 별칭이면 승격을 따라가고, 버전이면 바뀌지 않습니다."
        ),
        "en": "Name and alias (NAME@champion) or version (3, NAME/3). An alias is followed, a version stays.",
    },
    "serve_host": {"ko": "접속을 받을 주소입니다.", "en": "Address at which connections are accepted."},
    "serve_port": {"ko": "포트 번호. 0이면 비어 있는 포트를 고릅니다.", "en": "Port; 0 chooses a free one."},
    "serve_threshold": {
        "ko": "확신도가 이보다 낮으면 '불확실'로 답합니다. 요청에 threshold가 있으면 그 값을 씁니다.",
        "en": "Answer 불확실 below this confidence, where a request brings no threshold of its own.",
    },
    "serve_open": {
        "ko": "화면이 있으면 브라우저에서 엽니다.",
        "en": "Open it in a browser, where there is a display.",
    },
    "serve.loading": {"ko": "{model} 모델을 불러오는 중입니다 ...", "en": "Loading the model {model} ..."},
    "serve.ready": {
        "ko": "{name} 버전 {version}: {url} 에서 답합니다",
        "en": "{name} version {version} answers at {url}",
    },
    "serve.try": {
        "ko": "  시험: {command}\n  문서: {url}/docs\n  종료: Ctrl-C",
        "en": "  try it: {command}\n  API:    {url}/docs\n  end it: Ctrl-C",
    },
    "serve.ended": {
        "ko": "받은 요청에 모두 답하고 종료했습니다.",
        "en": "All requests are answered; the server has ended.",
    },
    # -- its log
    "serve.swapped": {
        "ko": "이제 {name} 버전 {version}이(가) 답합니다(이전 버전 {former})",
        "en": "{name} version {version} answers from now on (before: version {former})",
    },
    "serve.kept": {
        "ko": "버전 {version}이(가) 계속 답합니다. 별칭을 따라갈 수 없습니다: {reason}",
        "en": "version {version} goes on answering; the alias cannot be followed: {reason}",
    },
    "serve.failed": {
        "ko": "요청에 답하지 못했습니다: {kind}\n{place}",
        "en": "a request failed: {kind}\n{place}",
    },
    # -- the documentation of the API: the title of an endpoint, and its text below
    "api_description": {
        "ko": (
            "한국어 문장의 감정을 예측합니다.\n\n"
            "오류는 모두 `error_code`와 `message`가 있는 JSON이며, `Accept-Language`에 따라 한국어나 영어로 답합니다. "
            "예측을 요청한 문장은 로그에 남기지 않습니다."
        ),
        "en": (
            "Predicts the emotion of Korean sentences.\n\n"
            "Every error is JSON with `error_code` and `message`, in Korean or English by `Accept-Language`. "
            "Texts to predict are not logged."
        ),
    },
    "endpoint.predict": {
        "ko": (
            "감정 예측\n"
            "문장의 목록을 보내면 순서대로 감정, 확신도, 모든 감정의 확률을 돌려줍니다. 확신도가 `threshold`보다 "
            "낮으면 `label`은 `불확실`이고 기준이 없을 때의 답은 `best_guess`에 있습니다. 모델이 앞부분만 읽은 긴 "
            "문장에는 `truncated`가 붙습니다."
        ),
        "en": (
            "Predict emotions\n"
            "Takes a list of texts and returns, in their order, emotion, confidence and the probability of every "
            "emotion. Below the `threshold` the `label` is `불확실`, and `best_guess` has the answer without it. A "
            "text of which the model read only the beginning is marked `truncated`."
        ),
    },
    "endpoint.invocations": {
        "ko": (
            "MLflow 형식의 예측\n"
            "`mlflow models serve`와 같은 요청을 받고 같은 모양으로 답합니다: `inputs`, `instances`, "
            "`dataframe_records`, `dataframe_split`. 확신도 기준은 `params.threshold`로 보냅니다."
        ),
        "en": (
            "Predict, in MLflow's protocol\n"
            "Takes what `mlflow models serve` takes, and answers in its shape: `inputs`, `instances`, "
            "`dataframe_records`, `dataframe_split`. `params.threshold` is the least confidence."
        ),
    },
    "endpoint.health": {
        "ko": (
            "상태\n"
            "서버가 살아 있는지(`live`), 요청을 받는지(`ready`), 어느 버전이 답하는지, 별칭을 따라가지 못한 이유가 "
            "무엇인지 알려 줍니다. 요청을 받지 않을 때의 상태 코드는 503입니다."
        ),
        "en": (
            "Health\n"
            "Whether the server lives (`live`) and takes requests (`ready`), which version answers, and why the alias "
            "could not be followed. Status 503 where it takes none."
        ),
    },
    "endpoint.ping": {
        "ko": "간단한 상태 확인\nMLflow 서버와 같습니다. 요청을 받으면 200, 받지 않으면 503입니다.",
        "en": "Short health check\nAs MLflow's server has it: 200 where requests are taken, else 503.",
    },
    "endpoint.version": {"ko": "버전\n서버와 모델의 버전입니다.", "en": "Versions\nOf the server and of its model."},
    "endpoint.metrics": {
        "ko": "지표\nPrometheus 텍스트 형식입니다. 문장은 들어 있지 않습니다.",
        "en": "Metrics\nIn Prometheus' text format, without any text.",
    },
}
