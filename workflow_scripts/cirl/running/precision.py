"""Mixed precision where the device computes in it natively."""

from typing import Literal

import torch

Precision = Literal["bf16-mixed", "32-true"]


def device_has_bf16() -> bool:
    """Return whether the device that would be used multiplies bfloat16 numbers natively."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_capability() >= (8, 0)
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def lightning_precision(name: str) -> Precision:
    """Return Lightning's name of a precision: ``auto``, ``float32`` or ``bfloat16``."""
    wanted = device_has_bf16() if name == "auto" else name == "bfloat16"
    return "bf16-mixed" if wanted else "32-true"


def device() -> torch.device:
    """Return the device to compute on."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(name: str) -> torch.autocast:
    """Return the context in which a network predicts with a precision."""
    return torch.autocast(
        device().type, torch.bfloat16, enabled=lightning_precision(name) == "bf16-mixed"
    )
