"""Words and sentences of `storyflower export` and of what it writes, by code, in Korean and in English."""

_EXAMPLE = """```python
from pathlib import Path
from storyflower.serving.predictor import load_predictor

predictor = load_predictor(Path("."))
print(predictor.predict(["오늘 정말 기뻤어."]))
```"""
_PLAIN_EXAMPLE = """```python
import numpy as np
from onnxruntime import InferenceSession
from tokenizers import Tokenizer

labels, weights = {labels}, {weights}
tokenizer = Tokenizer.from_file("tokenizer.json")
tokenizer.encode_special_tokens = True
tokenizer.enable_truncation({max_len})
tokenizer.enable_padding()
encoded = tokenizer.encode_batch(["오늘 정말 기뻤어."])
ids = np.array([text.ids for text in encoded], np.int64)
mask = np.array([text.attention_mask for text in encoded], np.int64)
(logits,) = InferenceSession("model.onnx").run(["{logits}"], dict({ids}=ids, {mask}=mask))
powers = np.exp((logits - logits.max(axis=1, keepdims=True)) / {temperature})
probabilities = powers / powers.sum(axis=1, keepdims=True)
for row in probabilities:
    answer = int(np.argmax(row * weights))
    print(labels[answer], row[answer])
```"""

WORDS: dict[str, dict[str, str]] = {
    "export_help": {
        "ko": (
            "등록된 버전을 PyTorch 없이 예측할 수 있는 폴더로 내보냅니다.\n\n"
            "storyflower export --out ./모델 --model @champion\n\n"
            "ONNX 형식의 모델, 토크나이저, 설명서(README.md), 필요한 패키지 목록(requirements.txt)을 씁니다. "
            "내보낸 모델의 출력이 PyTorch와 같은지 확인한 뒤에만 폴더가 생깁니다."
        ),
        "en": (
            "Export a registered version to a folder that predicts without PyTorch.\n\n"
            "storyflower export --out ./model --model @champion\n\n"
            "It writes the model in ONNX's format, the tokenizer, a README.md and the required packages "
            "(requirements.txt). The folder appears only after the output of the exported model was compared with "
            "PyTorch's."
        ),
    },
    "export_out": {
        "ko": "새로 만들 폴더. 이전에 내보낸 폴더는 바꾸고, 다른 파일이 있는 폴더에는 쓰지 않습니다.",
        "en": "The folder to make. An earlier export is replaced; a folder with other files is refused.",
    },
    "export_model": {
        "ko": "등록된 모델의 버전(`3`) 또는 별칭(`@champion`). 다른 이름의 모델은 `이름@champion`.",
        "en": "Version (`3`) or alias (`@champion`); of another registered model: `NAME@champion`.",
    },
    "export_format": {"ko": "내보낼 형식.", "en": "The format."},
    "export.done": {
        "ko": "{name} 버전 {version}을(를) {folder}에 내보냈습니다.",
        "en": "Exported {name} version {version} to {folder}.",
    },
    "export.facts": {
        "ko": "model.onnx: {size:,.1f} MB, opset {opset}. PyTorch와 로짓의 최대 차이 {difference:.1e}.",
        "en": "model.onnx: {size:,.1f} MB, opset {opset}. Largest difference of a logit from PyTorch's: "
        "{difference:.1e}.",
    },
    "export.install": {
        "ko": "사용할 컴퓨터에서: pip install -r {requirements} && pip install --no-deps STORYFLOWER_소스_폴더 "
        "(README.md 참고)",
        "en": "Where it is used: pip install -r {requirements} && pip install --no-deps STORYFLOWER_SOURCE "
        "(see README.md)",
    },
    "export.source": {
        "ko": "`{name}` 버전 {version} (파일의 다이제스트 {digest})",
        "en": "`{name}` version {version} (digest of its files {digest})",
    },
    "export.card": {
        "ko": """## 내보낸 모델 (ONNX)

{source}을(를) 내보낸 폴더입니다. `model.onnx`는 opset {opset}, 32비트 부동소수점이며, PyTorch와 로짓의 최대 차이는
{difference:.1e}입니다.

### StoryFlower로 사용하기 (PyTorch와 Transformers는 필요 없습니다)

```console
$ pip install -r requirements.txt
$ pip install --no-deps STORYFLOWER     # StoryFlower 소스 폴더의 경로
```

"""
        + _EXAMPLE
        + """

### 다른 프로그램에서 사용하기

- 입력 `{ids}`, `{mask}`: (문장, 토큰) int64. 짧은 문장은 오른쪽을 채우고 `{mask}`를 0으로 둡니다. 채운 자리의 id는
  어휘 안의 아무 값이나 됩니다.
- 출력 `{logits}`: (문장, 라벨) float32. 라벨의 순서: {labels}.
- 확률은 `softmax({logits} / {temperature})`입니다. {decision}
- {tokens}
""",
        "en": """## Exported model (ONNX)

An export of {source}. `model.onnx` has opset {opset} and 32-bit floating-point numbers; the largest difference of a
logit from PyTorch's is {difference:.1e}.

### With StoryFlower (PyTorch and Transformers are not needed)

```console
$ pip install -r requirements.txt
$ pip install --no-deps STORYFLOWER     # the path of StoryFlower's source
```

"""
        + _EXAMPLE
        + """

### From other programs

- Inputs `{ids}` and `{mask}`: (texts, tokens) int64. Shorter texts are padded at the right, where `{mask}` is 0; any id
  of the vocabulary serves as padding.
- Output `{logits}`: (texts, labels) float32. The order of the labels: {labels}.
- Probabilities are `softmax({logits} / {temperature})`. {decision}
- {tokens}
""",
    },
    "export.tokens": {
        "ko": "토큰은 `tokenizer.json`(`tokenizers` 패키지)으로 만들고, 문장마다 `[CLS]`와 `[SEP]`를 포함해 최대 "
        "{max_len}개입니다. 글 안에 `[CLS]` 같은 글자가 있어도 글자로 읽도록 `encode_special_tokens`를 켜세요.\n\n"
        + _PLAIN_EXAMPLE,
        "en": "`tokenizer.json` makes the tokens (package `tokenizers`), at most {max_len} a text, `[CLS]` and `[SEP]` "
        "included. Set `encode_special_tokens`, so that a `[CLS]` written in a text is read as text.\n\n"
        + _PLAIN_EXAMPLE,
    },
    "export.no_tokens": {
        "ko": "토큰(`[CLS]`와 `[SEP]`를 포함해 최대 {max_len}개)은 StoryFlower의 토크나이저로 만드세요. 이 어휘는 같은 "
        "토큰을 출력하는 `tokenizer.json`으로 변환할 수 없습니다.",
        "en": "StoryFlower's tokenizer makes the tokens, at most {max_len} a text, `[CLS]` and `[SEP]` included: this "
        "vocabulary cannot be converted to a `tokenizer.json` that gives the same tokens.",
    },
    "export.unweighted": {
        "ko": "확률이 가장 높은 라벨이 답입니다.",
        "en": "The most probable label is the answer.",
    },
    "export.weighted": {
        "ko": "확률에 라벨의 가중치를 곱한 값이 가장 큰 라벨이 답입니다. 가중치(라벨과 같은 순서): {weights}.",
        "en": "The answer is the label with the highest probability times weight. The weights, in the order of the "
        "labels: {weights}.",
    },
}
