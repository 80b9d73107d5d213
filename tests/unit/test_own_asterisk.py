"""A site's own Asterisk: our files go beside its own, and what is missing is found and named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cti.local.own_asterisk import INCLUDES, MODULES, Entry, check, own_files, read
from dialplan.prompts import PROMPTS
from dialplan.site import Member, Paths, Phone, Site

SITE = Site(
    ami_secret="amisecret",
    ari_secret="arisecret",
    phones=(Phone("101", "phonesecret", "林小明"),),
    members=(Member("101", "101"),),
    company_number="0255501000",
)

OWN = {
    "extensions.conf": "[from-carrier]\nexten => _X.,1,NoOp()\n same => n,Gosub(ringward-route,s,1(${EXTEN}))\n",
    "manager.conf": "[general]\nenabled = yes\n",
    "ari.conf": "[general]\nenabled = yes\n",
    "http.conf": "[general]\nenabled=yes ; for ARI\n",
    "cel.conf": "[general]\nenable=no\n",
    "cel_custom.conf": "[mappings]\n",
    "musiconhold.conf": "[default]\nmode=files\ndirectory=moh\n",
    "modules.conf": "[modules]\nautoload=yes\n",
    "pjsip.conf": "[carrier]\ntype = endpoint\n[carrier]\ntype = aor\n",
}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site whose Asterisk has everything it needs, in `tmp_path`."""
    for name, text in OWN.items():
        include = f'#include "{INCLUDES[name]}"\n' if name in INCLUDES else ""
        (tmp_path / name).write_text(text + include, "utf-8")
    prompts = tmp_path / "sounds"
    prompts.mkdir()
    for name in PROMPTS:
        (prompts / f"{name}.wav").touch()
    whole = replace(SITE, paths=Paths(prompts=str(prompts)))
    for name, text in own_files(whole).items():
        (tmp_path / name).write_text(text, "utf-8")
    return whole


def missing(target: Path, site: Site) -> list[str]:
    return [one.what.format(**one.values) for one in check(target, site) if not one.good]


def test_a_site_that_has_everything_misses_nothing(site: Site, tmp_path: Path) -> None:
    assert missing(tmp_path, site) == []


def test_an_untouched_site_misses_all_of_it(tmp_path: Path) -> None:
    findings = check(tmp_path, SITE)
    assert not any(one.good for one in findings)
    assert all(one.advice for one in findings)
    assert len(findings) == 2 * len(INCLUDES) + 4 + len(MODULES) + 2


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("extensions.conf", "Gosub", ";Gosub", "no inbound call is handed over"),
        ("extensions.conf", "#include", ";#include", "extensions.conf does not have"),
        ("extensions.conf", "Gosub(", ";-- Gosub( --;", "no inbound call is handed over"),
        ("manager.conf", "yes", "no", "manager.conf does not have enabled = yes"),
        ("ari.conf", "yes", "no", "ari.conf does not have enabled = yes"),
        ("http.conf", "yes", "no", "http.conf does not have enabled = yes"),
        ("modules.conf", "autoload=yes", "autoload=yes\nnoload => res_agi.so", "modules.conf does not load res_agi.so"),
        ("pjsip.conf", "endpoint", "aor", "pjsip.conf has no endpoint carrier"),
        ("ringward.conf", "ringward-accept", "somewhere-else", "ringward.conf is not what this installation"),
    ],
)
def test_what_is_missing_is_named(site: Site, tmp_path: Path, file: str, old: str, new: str, says: str) -> None:
    path = tmp_path / file
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    (found,) = missing(tmp_path, site)
    assert says in found


def test_modules_loaded_one_by_one_are_counted(site: Site, tmp_path: Path) -> None:
    lines = [f"load = {name}.so" for name in MODULES if name != "app_dial"]
    (tmp_path / "modules.conf").write_text("[modules]\nautoload = no\n" + "\n".join(lines), "utf-8")
    assert missing(tmp_path, site) == ["modules.conf does not load app_dial.so"]


def test_includes_are_followed_once_even_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "extensions.conf").write_text('[a]\n#tryinclude "more/*.conf"\n#include nowhere.conf\n', "utf-8")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "b.conf").write_text('#include "extensions.conf"\n[b]\nkey => value ; words\n', "utf-8")
    assert Entry("more/b.conf", "b", "key", "value") in list(read(tmp_path, "extensions.conf"))


def test_our_files_bring_no_general_section_of_their_own() -> None:
    files = own_files(SITE)
    assert "[general]\n" not in files["ringward-manager.conf"]
    assert "[general](+)" in files["ringward-ari.conf"]
    assert "amisecret" in files["ringward-manager.conf"]
    assert "secret" not in files["ringward.conf"]
