import pytest
import torch

from storyflower.errors import StoryFlowerError
from storyflower.model.devices import Hardware, autocast, choose_precision, find_hardware

pytestmark = pytest.mark.usefixtures("in_english")

T4 = Hardware("cuda", ("Tesla T4",), (7, 5))
H100S = Hardware("cuda", ("NVIDIA H100", "NVIDIA H100"), (9, 0))


def test_the_cpu_is_found_when_it_is_requested():
    assert find_hardware("cpu") == Hardware("cpu")
    assert find_hardware("cpu").count == 0


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_a_gpu_auto_takes_the_cpu_and_cuda_is_refused():
    assert find_hardware("auto").device == "cpu"
    with pytest.raises(StoryFlowerError, match="sees no GPU"):
        find_hardware("cuda")


@pytest.mark.gpu
def test_gpus_are_found_by_name_and_number():
    found = find_hardware("auto")
    assert found.count == torch.cuda.device_count()
    assert found.gpus[0] == torch.cuda.get_device_name(0)


def test_gpus_are_reported_by_name_and_number():
    assert H100S.describe("en") == H100S.recorded == "2 GPUs: 0 NVIDIA H100, 1 NVIDIA H100"
    assert T4.describe("en") == "1 GPU: 0 Tesla T4"
    assert T4.describe("ko") == "GPU 1개: 0 Tesla T4"
    threads = torch.get_num_threads()
    assert find_hardware("cpu").describe("ko") == f"CPU, 스레드 {threads}개"
    assert find_hardware("cpu").recorded == f"CPU, {threads} thread{'s' if threads > 1 else ''}"


@pytest.mark.parametrize(
    ("hardware", "wanted", "chosen"),
    [
        (H100S, "auto", "bf16"),
        (T4, "auto", "fp16"),
        (H100S, "fp32", "fp32"),
        (T4, "fp16", "fp16"),
        (Hardware("cpu"), "fp32", "fp32"),
        (Hardware("cpu"), "bf16", "bf16"),
    ],
)
def test_precision(hardware: Hardware, wanted, chosen):
    assert choose_precision(hardware, wanted) == chosen


def test_on_a_cpu_auto_is_bf16_only_where_the_processor_computes_in_it():
    capabilities = torch.cpu.get_capabilities()
    has_it = any(capabilities.get(name) for name in ("amx_bf16", "avx512_bf16", "bf16", "sve_bf16"))
    assert choose_precision(Hardware("cpu"), "auto") == ("bf16" if has_it else "fp32")


@pytest.mark.parametrize(("hardware", "wanted"), [(T4, "bf16"), (Hardware("cpu"), "fp16")])
def test_a_precision_that_the_hardware_lacks_is_refused(hardware: Hardware, wanted):
    with pytest.raises(StoryFlowerError, match=wanted):
        choose_precision(hardware, wanted)


def test_autocast_sets_the_type_of_products_and_leaves_fp32_alone():
    a = torch.ones(2, 2)
    with autocast("cpu", "bf16"):
        assert (a @ a).dtype == torch.bfloat16
    with autocast("cpu", "fp32"):
        assert (a @ a).dtype == torch.float32
