"""CSV and JSON files that are too wide, too deep, or broken."""

from random import Random

from benchmarks.hostile_files.workbook import ROWS, TITLES


def _csv_wide(draw: Random) -> bytes:
    wide = b"," * draw.randrange(100_000, 900_000)
    return ",".join(TITLES).encode() + b"\n" + wide + b"\n" + b"x\n" * draw.randrange(10_000, 200_000)


def _csv_broken(draw: Random) -> bytes:
    line = ",".join(ROWS[0])
    bad = draw.choice(['"' + "x" * 200_000, '"a"b,c', "\0" * 50, "\r" * 1000, '"""', "\ufeff" * 9, line * 3000])
    return f"{','.join(TITLES)}\n{line}\n{bad}\n{line}\n".encode()


def _json_deep(draw: Random) -> bytes:
    deep = draw.randrange(5000, 1_000_000)
    opening, closing = draw.choice([("[", "]"), ('{"a":', "}")])
    return (opening * deep + "1" + closing * draw.choice([deep, 0])).encode()


def _json_strange(draw: Random) -> bytes:
    value = draw.choice(
        ["9" * 200_000, "1e999999", "NaN", "-Infinity", '"\\ud800"', '"' + "가" * 300_000 + '"', "null", "[]"]
    )
    emotion = draw.choice([f'{{"type": {value}}}', value])
    record = f'{{"profile": {{"emotion": {emotion}}}, "talk": {{"content": {{"HS01": {value}}}}}}}'
    return f"[{record}]".encode()


KINDS = (
    _csv_wide,
    _csv_broken,
    _json_deep,
    _json_strange,
)
