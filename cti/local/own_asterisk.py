"""A site that has an Asterisk of its own: which of our files go beside its own, and what is missing there.

Reads and writes one configuration folder. Never touches a file that is not ours. Must not know a running Asterisk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dialplan.prompts import PROMPTS
from dialplan.render import render
from dialplan.site import Site

HOOK = "Gosub(ringward-route,s,1(${EXTEN}))"

INCLUDES = {
    "extensions.conf": "ringward.conf",
    "manager.conf": "ringward-manager.conf",
    "ari.conf": "ringward-ari.conf",
    "cel.conf": "ringward-cel.conf",
    "cel_custom.conf": "ringward-cel-custom.conf",
    "musiconhold.conf": "ringward-waiting.conf",
}
"""The site's file -> our file that it includes. The dial plan is the first; the others let the daemon watch."""

SECRETS = frozenset({"ringward-manager.conf", "ringward-ari.conf"})

MODULES = (
    "app_dial", "app_exec", "app_stack", "app_read", "app_userevent", "app_celgenuserevent", "res_agi", "chan_pjsip",
    "res_pjsip_header_funcs", "res_pjsip_diversion", "func_env", "func_groupcount", "func_talkdetect",
    "app_playback", "app_softhangup", "cel_custom", "pbx_loopback", "res_musiconhold",
    "func_callerid", "func_cdr", "func_channel", "func_cut", "func_db", "func_devstate", "func_global",
    "func_hangupcause",
    "func_logic", "func_sha1", "func_strings", "func_uri", "res_ari", "res_ari_channels", "res_ari_events",
)  # fmt: skip
"""What our dial plan and daemon use; a site that loads modules one by one may have left some out."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `what` and `advice` are sentences of the catalogue, `values` fill them in."""

    good: bool
    what: str
    advice: str
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a configuration file: `key` and `value` in a `[section]`; an include or context line has them too."""

    file: str
    section: str
    key: str
    value: str


def own_files(site: Site) -> dict[str, str]:
    """Our files for a site's own Asterisk, name -> text.

    Raises:
        SiteUnfit: as `dialplan.render.render`.
    """
    texts = render(site)
    return {
        "ringward.conf": texts["ringward.conf"],
        "ringward-manager.conf": _without_general(texts["manager.conf"]),
        "ringward-ari.conf": "[general](+)\nchannelvars = CHANNEL(linkedid)\n\n" + _without_general(texts["ari.conf"]),
        "ringward-cel.conf": texts["cel.conf"].replace("[general]", "[general](+)"),
        "ringward-waiting.conf": _without_general(texts["musiconhold.conf"]),
        "ringward-cel-custom.conf": texts["cel_custom.conf"].replace("[mappings]", "[mappings](+)"),
    }


def check(target: Path, site: Site) -> list[Finding]:
    """Everything a site's configuration folder needs so that its calls reach us, each as good or missing.

    Raises:
        OSError: a file of it cannot be read.
    """
    return [
        *_our_files(target, own_files(site)),
        *_includes(target),
        _hook(target),
        _manager(target),
        _ari(target),
        _http(target),
        *_modules(target),
        *(_trunk(target, trunk.name) for trunk in site.trunks),
        _prompt(site),
    ]


def read(target: Path, name: str, seen: frozenset[str] = frozenset()) -> Iterator[Entry]:
    """Every line of a configuration file and of what it includes, comments left out."""
    path = target / name
    if name in seen or not path.is_file():
        return
    section = ""
    text = re.sub(r";--.*?--;", "", path.read_text(encoding="utf-8", errors="replace"), flags=re.DOTALL)
    for raw in text.splitlines():
        line = re.split(r"(?<!\\);", raw)[0].strip()
        include = re.match(r'#(?:try)?include\s+["<]?([^">]+)[">]?', line)
        heading = re.match(r"\[([^\]]+)\]", line)
        if include:
            yield Entry(name, section, "#include", include[1].strip())
            wanted = include[1].strip()
            for found in sorted(target.glob(wanted.removeprefix(f"{target}/").lstrip("/"))):
                yield from read(target, str(found.relative_to(target)), seen | {name})
        elif heading:
            section = heading[1]
        elif "=" in line:
            key, _, value = line.partition("=")
            yield Entry(name, section, key.strip().lower(), value.lstrip(">").strip())


def _without_general(text: str) -> str:
    """A rendered file from its comment at the top on, without the [general] section, which the site has itself."""
    kept, inside = [], False
    for line in text.splitlines():
        if line.startswith("["):
            inside = line.startswith("[general]")
        if not inside:
            kept.append(line)
    return "\n".join(kept).strip() + "\n"


def _our_files(target: Path, files: dict[str, str]) -> Iterator[Finding]:
    for name, text in files.items():
        path = target / name
        if not path.is_file():
            yield Finding(False, "{file} is not there", "run `ringward dialplan install`", {"file": name})
        elif path.read_text(encoding="utf-8", errors="replace") != text:
            what = "{file} is not what this installation would write now"
            yield Finding(False, what, "run `ringward dialplan install` and reload Asterisk", {"file": name})
        else:
            yield Finding(True, "{file} is there", "", {"file": name})


def _includes(target: Path) -> Iterator[Finding]:
    for name, ours in INCLUDES.items():
        there = any(e.key == "#include" and e.value.rpartition("/")[2] == ours for e in read(target, name))
        values = {"file": name, "line": f'#include "{ours}"'}
        if there:
            yield Finding(True, "{file} has {line}", "", values)
        else:
            yield Finding(False, "{file} does not have {line}", "add this line at the end of {file}: {line}", values)


def _hook(target: Path) -> Finding:
    entries = [e for e in read(target, "extensions.conf") if e.file != "ringward.conf"]
    there = any(re.search(r"Gosub\(\s*ringward-route\s*,\s*s\s*,\s*1\(", e.value) for e in entries)
    values = {"line": f"same => n,{HOOK}"}
    if there:
        return Finding(True, "inbound calls are handed over to ringward-route", "", values)
    what = "no inbound call is handed over to ringward-route"
    return Finding(False, what, "in the context where the carrier's calls arrive, put {line}", values)


def _manager(target: Path) -> Finding:
    on = _switched_on(target, "manager.conf", "general", "enabled")
    values = {"file": "manager.conf", "line": "enabled = yes"}
    if on:
        return Finding(True, "{file} has {line}", "", values)
    return Finding(False, "{file} does not have {line}", "put {line} under [general] in {file}", values)


def _ari(target: Path) -> Finding:
    # ARI is on unless it is switched off, but only when its file is there at all.
    entries = list(read(target, "ari.conf"))
    off = any(e.section == "general" and e.key == "enabled" and not _is_yes(e.value) for e in entries)
    values = {"file": "ari.conf", "line": "enabled = yes"}
    if entries and not off:
        return Finding(True, "{file} has {line}", "", values)
    return Finding(False, "{file} does not have {line}", "put {line} under [general] in {file}", values)


def _http(target: Path) -> Finding:
    values = {"file": "http.conf", "line": "enabled = yes"}
    if _switched_on(target, "http.conf", "general", "enabled"):
        return Finding(True, "{file} has {line}", "", values)
    return Finding(False, "{file} does not have {line}", "put {line} under [general] in {file}", values)


def _modules(target: Path) -> Iterator[Finding]:
    entries = [e for e in read(target, "modules.conf") if e.section == "modules"]
    automatic = any(e.key == "autoload" and _is_yes(e.value) for e in entries)
    loaded = {_module(e.value) for e in entries if e.key in {"load", "require", "preload"}}
    refused = {_module(e.value) for e in entries if e.key == "noload"}
    missing = [name for name in MODULES if name in refused or not (automatic or name in loaded)]
    if not missing:
        yield Finding(True, "modules.conf loads every module that is used", "", {})
    for name in missing:
        values = {"module": f"{name}.so", "line": f"load = {name}.so"}
        advice = "put {line} under [modules] in modules.conf, and take out a noload of it"
        yield Finding(False, "modules.conf does not load {module}", advice, values)


def _trunk(target: Path, trunk: str) -> Finding:
    there = any(e.section == trunk and e.key == "type" and e.value == "endpoint" for e in read(target, "pjsip.conf"))
    values = {"trunk": trunk}
    if there:
        return Finding(True, "pjsip.conf has the endpoint {trunk}, over which mobiles are called", "", values)
    what = "pjsip.conf has no endpoint {trunk}, over which mobiles are called"
    return Finding(False, what, "name the endpoint of your carrier {trunk}, or make one of that name", values)


def _prompt(site: Site) -> Finding:
    paths = [Path(f"{site.paths.prompts}/{name}.wav") for name in PROMPTS]
    missing = next((path for path in paths if not path.is_file()), None)
    if missing is None:
        return Finding(True, "the prompt {file} is there", "", {"file": str(paths[0])})
    return Finding(False, "the prompt {file} is not there", "run `ringward dialplan install`", {"file": str(missing)})


def _switched_on(target: Path, name: str, section: str, key: str) -> bool:
    found = [e.value for e in read(target, name) if e.section == section and e.key == key]
    return bool(found) and _is_yes(found[-1])


def _is_yes(value: str) -> bool:
    return value.lower() in {"yes", "true", "on", "1", "y", "t"}


def _module(value: str) -> str:
    return value.strip().removesuffix(".so")
