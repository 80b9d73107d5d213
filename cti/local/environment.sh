# What ./run, ./test and ./bench share: system packages, and the checkout's own Python environment.
# Sourced with ROOT (the checkout) set. Says one clear sentence when it cannot go on, and heals what an
# earlier, interrupted start left half done. Must not know what is started afterwards.

STATE="${RINGWARD_HOME:-$ROOT/var}"
INSTALL_LOG="$STATE/log/install.log"
VENV="$ROOT/.venv"

say() { printf '%s\n' "$*"; }

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# Runs this script again as root when it is not; never asks for a password.
become_root() {
    [ "$(id -u)" -eq 0 ] && return
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        exec sudo -n --preserve-env=RINGWARD_HOME,RINGWARD_SIP_PORT,RINGWARD_AMI_PORT,RINGWARD_ARI_PORT,RINGWARD_AGI_PORT,RINGWARD_WEB_PORT,RINGWARD_RTP_START,RINGWARD_RTP_END,RINGWARD_CARRIER_HOST,RINGWARD_CARRIER_PORT,RINGWARD_DATABASE_URL,RINGWARD_PYTHON,XDG_CACHE_HOME,HOME "$0" "$@"
    fi
    fail "this needs root, to install packages and to start Asterisk in its own root: run it as root, or give this user sudo without a password."
}

# install_packages COMMAND-OR-FILE:PACKAGE...  Installs the packages whose command or file is not there; dpkg:PACKAGE
# stands for packages with neither.
install_packages() {
    local need probe package missing=()
    for need in "$@"; do
        probe="${need%%:*}"
        package="${need#*:}"
        case "$probe" in
        dpkg) dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q ^ii || missing+=("$package") ;;
        /*) [ -e "$probe" ] || missing+=("$package") ;;
        *) command -v "$probe" >/dev/null || missing+=("$package") ;;
        esac
    done
    [ "${#missing[@]}" -eq 0 ] && return
    command -v apt-get >/dev/null ||
        fail "this machine has no apt-get: Ringward installs itself on Debian and Ubuntu; elsewhere install ${missing[*]} by hand."
    mkdir -p "$(dirname "$INSTALL_LOG")"
    say "Installing system packages / 安裝系統套件: ${missing[*]} …"
    # An update can fail for one third-party list alone; what counts is whether the packages can be had.
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 update </dev/null >>"$INSTALL_LOG" 2>&1 || true
    # A package manager that was interrupted refuses everything until it is told to finish.
    DEBIAN_FRONTEND=noninteractive dpkg --configure -a </dev/null >>"$INSTALL_LOG" 2>&1 || true
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends \
        "${missing[@]}" </dev/null >>"$INSTALL_LOG" 2>&1 ||
        fail "the packages ${missing[*]} could not be installed: check the network and the package lists, then start again ($INSTALL_LOG says more)."
}

python_fits() {
    "$1" -c 'import sys, venv, ensurepip, ssl, sqlite3; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# Prints a Python 3.11 or newer that can make environments; the distribution's before any other.
choose_python() {
    local candidate
    for candidate in ${RINGWARD_PYTHON:-} /usr/bin/python3 python3 python3.13 python3.12 python3.11 python3.14; do
        if command -v "$candidate" >/dev/null && python_fits "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

fingerprint() { { cat "$1" "$ROOT/pyproject.toml" && printf '%s\n' "$ROOT"; } | sha256sum | cut -d' ' -f1; }

environment_is_ready() { [ "$(cat "$VENV/.complete-$1" 2>/dev/null)" = "$(fingerprint "$ROOT/$2")" ]; }

# make_environment NAME LOCK [STAMP:LOCK...]  The environment from a lock file. The stamp is written last, so that
# an installation that was cut off is never taken for a whole one. Further stamps: what this lock file includes.
make_environment() {
    local name="$1" lock="$2" python also
    shift 2
    environment_is_ready "$name" "$lock" && return
    exec 9<"$ROOT/pyproject.toml"
    flock 9 # two starts from one checkout at the same moment: the second waits and finds it made
    if ! environment_is_ready "$name" "$lock"; then
        mkdir -p "$(dirname "$INSTALL_LOG")"
        python="$(choose_python)" ||
            fail "no Python 3.11 or newer with venv was found: install python3.11 and python3.11-venv, or set RINGWARD_PYTHON to one."
        if [ -e "$VENV/.unfinished" ] || ! python_fits "$VENV/bin/python" || ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
            rm -rf "$VENV"
        fi
        if [ ! -e "$VENV" ]; then
            say "Making the Python environment / 建立 Python 環境 …"
            "$python" -m venv "$VENV" >>"$INSTALL_LOG" 2>&1 ||
                fail "the environment $VENV could not be made: see $INSTALL_LOG, then start again."
        fi
        : >"$VENV/.unfinished"
        rm -f "$VENV"/.complete-*
        say "Installing Python packages / 安裝 Python 套件 ($(grep -c '==' "$ROOT/$lock")) …"
        pip_install --require-hashes -r "$ROOT/$lock"
        pip_install --no-deps --no-build-isolation -e "$ROOT"
        fingerprint "$ROOT/$lock" >"$VENV/.complete-$name"
        for also in "$@"; do
            fingerprint "$ROOT/${also#*:}" >"$VENV/.complete-${also%%:*}"
        done
        rm -f "$VENV/.unfinished"
    fi
    exec 9<&-
}

pip_install() {
    "$VENV/bin/python" -m pip install --quiet --no-input --disable-pip-version-check "$@" </dev/null >>"$INSTALL_LOG" 2>&1 ||
        fail "the Python packages could not be installed: check the network, then start again; it goes on where it stopped ($INSTALL_LOG says more)."
}

need_run_packages() {
    install_packages python3:python3 dpkg:python3-venv mmdebstrap:mmdebstrap \
        espeak-ng:espeak-ng sox:sox unshare:util-linux flock:util-linux setpriv:util-linux \
        /usr/share/keyrings/debian-archive-keyring.gpg:debian-archive-keyring \
        /etc/ssl/certs/ca-certificates.crt:ca-certificates /usr/share/zoneinfo/Asia/Taipei:tzdata
}
