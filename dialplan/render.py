"""Fills the templates in (`render`, pure) and writes them for Asterisk (`write`).

Must not know where an installation keeps its things or how Asterisk is started.
"""

from __future__ import annotations

import os
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from dialplan import waiting
from dialplan.site import Member, Paths, Phone, Site, SiteUnfit
from dialplan.trunks import orders

__all__ = ["SECRET_FILES", "Member", "Paths", "Phone", "Site", "SiteUnfit", "render", "write"]

SECRET_FILES = frozenset({"pjsip.conf", "ari.conf", "manager.conf"})
"""Files that hold secrets; readable by their owner only."""

_TAIL = 9
"""Digits by which the dial plan compares numbers, whatever they begin with: a Taiwanese one without its 0 or +886."""

# Configuration is not HTML: escaping would corrupt it. What goes in is checked by `Site` instead.
_environment = Environment(
    loader=PackageLoader("dialplan"),
    autoescape=False,  # noqa: S701
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def render(site: Site) -> dict[str, str]:
    """Every configuration file of one Asterisk, file name -> text. The same site always gives the same texts.

    Raises:
        SiteUnfit: there is nobody to ring when the daemon is silent.
    """
    values = {name: getattr(site, name) for name in site.__slots__}
    values["trunks"], values["orders"], values["several"] = site.trunks, orders(site.trunks), bool(site.more_trunks)
    values["static_plan"] = site.static_plan
    values["company_tail"] = site.company_number.removeprefix("+")[-_TAIL:]
    values["static_comment"] = f"It rings {site.group_seconds} s."
    values["phones"] = sorted(site.phones, key=lambda phone: phone.extension)
    values["waiting_classes"], values["ring_seconds"] = waiting.music_classes(), waiting.RING_SECONDS
    values["hold_sound"] = waiting.HOLD
    names = (name for name in _environment.list_templates() if name.endswith(".conf.j2"))
    return {name.removesuffix(".j2"): _environment.get_template(name).render(values) for name in names}


def write(site: Site, directory: Path) -> list[str]:
    """Write the files into `directory`, each whole or not at all; returns the names of those that changed.

    Files with secrets get mode 0600, the others 0644. An unchanged file is left untouched, so that its time tells.

    Raises:
        SiteUnfit: as `render`; nothing was written.
        OSError: the directory cannot be written.
    """
    texts = render(site)
    directory.mkdir(parents=True, exist_ok=True)
    return [name for name, text in texts.items() if _replace(directory / name, text, name in SECRET_FILES)]


def _replace(path: Path, text: str, secret: bool) -> bool:
    mode = 0o600 if secret else 0o644
    if path.exists() and path.read_text(encoding="utf-8") == text:
        path.chmod(mode)
        return False
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(mode)
    draft.replace(path)
    return True
