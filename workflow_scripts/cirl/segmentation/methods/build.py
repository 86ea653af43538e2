"""What an arm does beside minimising the loss of all crops, built from its settings."""

from pkgutil import resolve_name

from cirl.configuration.registries.arm_methods import ARM_METHODS
from cirl.configuration.registries.rows import RowSettings
from cirl.segmentation.methods.base import DomainTask, Method
from cirl.segmentation.network import Parts


def build_arm_method(settings: RowSettings | None, parts: Parts, task: DomainTask) -> Method:
    """Build an arm's method; plain training without settings."""
    if settings is None:
        return Method()
    row = next(row for row in ARM_METHODS.values() if row.settings is type(settings))
    method: Method = resolve_name(row.implementation)(settings, parts, task)
    return method
