"""Finds or makes an Asterisk for this installation, and says how to start it, talk to it and wait for it.

Two kinds serve: a system's own (PATH, version 20 or newer), or a private root folder made once and shared by every
copy on the machine. From the private root each copy runs in a mount namespace of its own, where its folder appears as
`/ringward`: nothing stays mounted when it ends. Must not know what stands in the configuration, nor how processes are
supervised.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cti.errors import Refused, SwitchUnavailable
from dialplan.site import Paths

OLDEST = (20,)
"""Asterisk 20 is the oldest whose dial plan functions and ARI are what `dialplan/` uses."""

SECURE = (22, 10, 1)
"""Older ones miss security fixes: they are used, with a warning."""

SUITE = "sid"
"""The Debian suite that carries Asterisk; Debian 12 and 13 do not."""

DEBIAN_KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

STAMP = "ringward-root.stamp"
"""Written last into a finished root: a root without it was interrupted and is made again."""

INSIDE = "/ringward"
"""Where a copy's folder appears in the private root: short, since a Unix socket's path may have 107 bytes only."""

FOLDERS = ("etc", "lib", "spool", "run", "log/cel-custom", "log/cdr-csv", "sounds")

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SystemAsterisk:
    """The machine's own Asterisk: its program and its version."""

    program: Path
    version: tuple[int, ...]


def ensure_root(progress: Progress = lambda _: None) -> Path:
    """The private root, made when it is missing or unfinished (about half a minute, 350 MB). Needs root's rights.

    Raises:
        SwitchUnavailable: `mmdebstrap` is missing or failed; the sentence says what to do. The next call starts afresh.
    """
    root = root_folder()
    if (root / STAMP).is_file():
        return root
    if _complete(root):
        # Made by an earlier version, or by hand with the same command: whole, only the stamp is missing.
        _finish(root)
        return root
    program = shutil.which("mmdebstrap")
    if program is None:
        raise SwitchUnavailable("mmdebstrap is missing: install it with `apt-get install mmdebstrap` and start again")
    root.parent.mkdir(parents=True, exist_ok=True)
    for leftover in root.parent.glob(f"{root.name}.making-*"):
        if not _running(leftover.name.rpartition("-")[2]):
            shutil.rmtree(leftover, ignore_errors=True)
    draft = root.with_name(f"{root.name}.making-{os.getpid()}")
    progress(f"making Asterisk's private root in {root} (about 350 MB, half a minute)")
    try:
        _debootstrap(program, draft)
        _finish(draft)
        if root.exists():
            shutil.rmtree(root)
        draft.rename(root)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return root


def root_folder() -> Path:
    """Where the private root belongs: outside the checkout, so that a second clone finds it made."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache).absolute() / "ringward" / "asterisk-root"


def find_system() -> SystemAsterisk | None:
    """The machine's own Asterisk when it is new enough to be used, else None."""
    program = shutil.which("asterisk", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        return None
    version = _version([program, "-V"])
    return SystemAsterisk(Path(program), version) if version >= OLDEST else None


def version_warning(version: tuple[int, ...]) -> str | None:
    """A sentence when this version misses security fixes, else None."""
    if version >= SECURE:
        return None
    shown, wanted = ".".join(map(str, version)), ".".join(map(str, SECURE))
    return f"Asterisk {shown} misses security fixes: {wanted} or newer is recommended"


class Asterisk:
    """One copy: `root` is a private root, or None for the system's own; `home` holds this copy's files.

    `home` is the folder of the installation's Asterisk (`var/asterisk`): `etc`, `lib`, `spool`, `run`, `log` and
    `sounds` lie below it. `config_dir` is where the configuration was written; it must be `home/etc`.

    Raises:
        Refused: `config_dir` is another folder.
    """

    def __init__(self, root: Path | None, home: Path, config_dir: Path | None = None) -> None:
        self._root = root
        self._home = home.absolute()
        if config_dir is not None and config_dir.absolute() != self._home / "etc":
            raise Refused(f"the configuration of a private Asterisk must stand in {self._home / 'etc'}")

    @property
    def paths(self) -> Paths:
        """The folders as this Asterisk sees them: what `Site.paths` must be."""
        base = INSIDE if self._root else str(self._home)
        run = f"{INSIDE}/run" if self._root else self._run_folder()
        return Paths(
            config=f"{base}/etc",
            state=f"{base}/lib",
            spool=f"{base}/spool",
            run=run,
            log=f"{base}/log",
            prompts=f"{base}/sounds",
        )

    def prepare(self) -> None:
        """Make the folders and the two scripts `start` and `cli`. Harmless to repeat."""
        for folder in FOLDERS:
            (self._home / folder).mkdir(parents=True, exist_ok=True)
        Path(self.paths.run if self._root is None else self._home / "run").mkdir(parents=True, exist_ok=True)
        name = socket.gethostname()
        hosts = f"127.0.0.1 localhost {name}\n::1 localhost ip6-localhost\n"
        (self._home / "hosts").write_text(hosts, encoding="ascii", errors="ignore")
        _write_script(self._home / "start", self._script("-f"))
        _write_script(self._home / "cli", self._script('-rx "$1"'))

    def command(self) -> list[str]:
        """What to spawn: Asterisk in the foreground, as this very process; SIGTERM ends it and all its calls at once.

        Raises:
            SwitchUnavailable: there is no configuration; without one Asterisk would run on its built-in defaults.
        """
        if not (self._home / "etc" / "asterisk.conf").is_file():
            raise SwitchUnavailable(f"{self._home / 'etc'} holds no asterisk.conf: write the configuration first")
        self.prepare()
        return ["/bin/sh", str(self._home / "start")]

    def cli_command(self) -> str:
        """A command line that runs on this PBX the one CLI command that follows it, quoted. For root, from anywhere."""
        return f"/bin/sh {shlex.quote(str(self._home / 'cli'))}"

    def run_cli(self, command: str, timeout: float = 10.0) -> str:
        """Run one CLI command and return what it printed.

        Raises:
            SwitchUnavailable: Asterisk does not run, or did not answer within `timeout` seconds.
        """
        script = ["/bin/sh", str(self._home / "cli"), command]
        try:
            done = subprocess.run(script, capture_output=True, timeout=timeout, check=False)  # noqa: S603 - our script
        except subprocess.TimeoutExpired as error:
            raise SwitchUnavailable(f"Asterisk did not answer `{command}` within {timeout:g} s") from error
        text = done.stdout.decode(errors="replace")
        if done.returncode != 0 and not text:
            raise SwitchUnavailable(f"Asterisk does not run: {done.stderr.decode(errors='replace').strip()}")
        return text

    def wait_booted(self, timeout: float = 30.0) -> None:
        """Return when everything is loaded.

        Raises:
            SwitchUnavailable: it was not within `timeout` seconds; the sentence names the log to read.
        """
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            if self._socket_exists():
                try:
                    if "fully booted" in self.run_cli("core waitfullybooted", timeout=left):
                        return
                except SwitchUnavailable:
                    pass  # It has made its socket, and does not listen on it yet; or it is ending.
            time.sleep(0.02)
        log = self._home / "log" / "messages.log"
        raise SwitchUnavailable(f"Asterisk was not ready within {timeout:g} s: see {log}")

    def version(self) -> tuple[int, ...]:
        """The version of the program that `command` starts; empty when it cannot be told."""
        if self._root is not None:
            return _version(["chroot", str(self._root), "/usr/sbin/asterisk", "-V"])
        found = find_system()
        return found.version if found else ()

    def _socket_exists(self) -> bool:
        run = self._home / "run" if self._root else Path(self.paths.run)
        return (run / "asterisk.ctl").exists()

    def _run_folder(self) -> str:
        """A system's Asterisk sees real paths: one too long for a Unix socket is replaced by a short one of ours."""
        folder = str(self._home / "run")
        if len(folder) <= 90:
            return folder
        return f"{tempfile.gettempdir()}/ringward-{os.stat(self._home).st_ino:x}"

    def _script(self, arguments: str) -> str:
        if self._root is None:
            found = find_system()
            program = shlex.quote(str(found.program if found else "asterisk"))
            return f"#!/bin/sh\nexec {program} -C {shlex.quote(self.paths.config)}/asterisk.conf {arguments}\n"
        return _IN_ROOT.format(
            root=shlex.quote(str(self._root)), home=shlex.quote(str(self._home)), inside=INSIDE, arguments=arguments
        )


_IN_ROOT = """\
#!/bin/sh
# Written by Ringward. Runs Asterisk from the private root, seeing this copy's files only. The mounts belong to the
# process and vanish with it. No name server: a host name that does not resolve would cost seconds a call.
ROOT={root}
HOME_HERE={home}
if [ -z "$RINGWARD_UNSHARED" ]; then
    RINGWARD_UNSHARED=1 exec unshare --mount --propagation private -- /bin/sh "$0" "$@"
fi
unset RINGWARD_UNSHARED
set -e
mount --bind "$HOME_HERE" "$ROOT{inside}"
mount --bind "$HOME_HERE/hosts" "$ROOT/etc/hosts"
mount --bind /dev/null "$ROOT/etc/resolv.conf"
mount --rbind /dev "$ROOT/dev"
mount --bind /proc "$ROOT/proc"
exec chroot "$ROOT" /usr/sbin/asterisk -C {inside}/etc/asterisk.conf {arguments}
"""


def _debootstrap(program: str, target: Path) -> None:
    command = [
        program,
        "--variant=minbase",
        # The suite's index may be a snapshot older than its own promise; signatures are still checked.
        '--aptopt=Acquire::Check-Valid-Until "false"',
        "--include=asterisk,asterisk-core-sounds-en-gsm",
        # Ubuntu has Debian's keys, but does not look at them by itself.
        *([f"--keyring={DEBIAN_KEYS}"] if DEBIAN_KEYS.exists() else []),
        SUITE,
        str(target),
    ]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - fixed arguments
    if done.returncode != 0:
        tail = done.stderr.decode(errors="replace").strip().splitlines()[-3:]
        raise SwitchUnavailable(f"mmdebstrap could not make Asterisk's root (is there a network?): {' / '.join(tail)}")


def _complete(root: Path) -> bool:
    """Whether Asterisk starts from there at all: a folder cut short does not."""
    return (root / "usr/sbin/asterisk").is_file() and bool(_version(["chroot", str(root), "/usr/sbin/asterisk", "-V"]))


def _finish(root: Path) -> None:
    """The places that every copy mounts over; then the stamp, last."""
    (root / INSIDE.lstrip("/")).mkdir(exist_ok=True)
    (root / "proc").mkdir(exist_ok=True)
    for name in ("etc/hosts", "etc/resolv.conf"):
        path = root / name
        if path.is_symlink():
            path.unlink()
        path.touch()
    (root / STAMP).write_text(".".join(map(str, _version(["chroot", str(root), "/usr/sbin/asterisk", "-V"]))))


def _version(command: list[str]) -> tuple[int, ...]:
    """`Asterisk 22.10.1+dfsg…` -> (22, 10, 1); empty when it cannot be run or read."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=20, check=False)  # noqa: S603 - our own arguments
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.match(r"Asterisk (?:certified/)?(\d+(?:\.\d+)*)", done.stdout.decode(errors="replace"))
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def _running(pid: str) -> bool:
    return pid.isdigit() and Path("/proc", pid).exists()


def _write_script(path: Path, text: str) -> None:
    if path.exists() and path.read_text() == text:
        return
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text)
    draft.chmod(0o755)
    draft.replace(path)
