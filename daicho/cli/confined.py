"""What holds the processes that read files, in words."""

from __future__ import annotations

from daicho.cli.console import _
from scanners.sandbox import Confinement


def confined(held: Confinement) -> str:
    """Return one line: what workers cannot do, by which means, and what could not be kept from them."""
    told = []
    if held.network:
        if "ports" in held.network:
            template = _("TCP は調べる対象のポートだけ、UDP とローカルソケットは制限なし（{means}）")
        elif "port" in held.network:
            template = _("TCP、UDP、ローカルソケットは宛先の制限なし（{means}）")
        else:
            template = _("通信できない（{means}）")
        told.append(template.format(means=held.network))
    if held.writes:
        told.append(_("作業用のフォルダにだけ書ける（{means}）", means=held.writes))
    if held.system:
        told.append(_("ほかの隔離なし（{system}）", system=held.system))
    return _("、").join(told)
