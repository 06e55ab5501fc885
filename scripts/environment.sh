# Sourced by ./run and ./test: where things are built, and what the system must have.
# shellcheck shell=bash

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/haven-target}"
export GDK_BACKEND="${GDK_BACKEND:-x11}"

BUILD_PACKAGES=(build-essential pkg-config file libwebkit2gtk-4.1-dev libgtk-3-dev librsvg2-dev libssl-dev)
DISPLAY_PACKAGES=(xvfb xauth dbus dbus-x11 webkit2gtk-driver imagemagick fonts-noto-core fonts-dejavu-core)
SCREEN_PACKAGES=(chromium)
# The store's fault suites record a process's calls and refuse them.
FAULT_PACKAGES=(strace)

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

# Installs the Debian packages named, those that are missing only.
need_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    say "Installing system packages: ${missing[*]}"
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

need_tools() {
    local tool
    for tool in cargo node npm; do
        command -v "$tool" >/dev/null || {
            echo "Haven needs $tool on the PATH (Rust 1.95 or newer, Node 20 or newer)." >&2
            exit 1
        }
    done
}

# npm packages by lock file, only when the lock file changed since the last time.
need_npm() {
    local folder=$1 stamp
    stamp="$folder/node_modules/.haven-lock"
    if ! cmp -s "$folder/package-lock.json" "$stamp" 2>/dev/null; then
        say "Installing npm packages in $folder"
        (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error)
        cp "$folder/package-lock.json" "$stamp"
    fi
}

# The window's pages, only when a source is newer than what was built.
build_ui() {
    if [ ! -f ui/dist/.built ] || [ -n "$(find ui/src ui/index.html ui/package-lock.json ui/vite.config.ts -newer ui/dist/.built -print -quit)" ]; then
        say "Building the window's pages"
        (cd ui && npm run --silent build)
        touch ui/dist/.built
    fi
}

# A display of its own, a session bus of its own, folders of its own.
under_display() {
    local home status=0
    home=$(mktemp -d)
    mkdir -p "$home"/{data,config,cache,runtime}
    chmod 700 "$home/runtime"
    XDG_DATA_HOME="$home/data" XDG_CONFIG_HOME="$home/config" XDG_CACHE_HOME="$home/cache" \
        XDG_RUNTIME_DIR="$home/runtime" GDK_BACKEND=x11 LIBGL_ALWAYS_SOFTWARE=1 NO_AT_BRIDGE=1 LC_ALL=C.UTF-8 \
        xvfb-run -a -s "-screen 0 1366x768x24 -nolisten tcp" dbus-run-session -- "$@" || status=$?
    rm -rf "$home"
    return $status
}
