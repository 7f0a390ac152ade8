# Sourced by ./run and ./test: installs the Debian packages that are named and missing.
need_packages() {
    local missing=()
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    if [ "${#missing[@]}" -eq 0 ]; then return; fi
    local sudo=""
    if [ "$(id -u)" -ne 0 ]; then sudo="sudo"; fi
    echo "installing ${missing[*]}"
    # A list that is a day old may name files that are gone: fetch it anew first.
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq "${missing[@]}" >/dev/null
}

need_swift() {
    if ! command -v swift >/dev/null; then
        echo "swift is not on the PATH: install the Swift 6.3 toolchain first" >&2
        exit 1
    fi
}
