# To be sourced: other people's Python programs, in a folder of their own under target/.

# python_with NAME REQUIREMENTS: $python then runs with what is required. Debian has venv and pip in packages of
# their own (python3-venv, python3-pip): either will do.
python_with() {
    local root folder
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
    folder=$root/target/outside/$1
    python=$folder/bin/python
    if cmp -s "$2" "$folder/installed" && "$python" -c ''; then return; fi
    rm -rf "$folder"
    mkdir -p "$root/target/outside"
    if python3 -m venv "$folder" >"$folder.log" 2>&1; then
        "$python" -m pip install --quiet --requirement "$2"
    elif python3 -m pip --version >>"$folder.log" 2>&1; then
        rm -rf "$folder"
        python3 -m pip install --quiet --target "$folder/lib" --requirement "$2"
        mkdir -p "$folder/bin"
        printf '#!/bin/sh\nPYTHONPATH=%q exec python3 "$@"\n' "$folder/lib" >"$python"
        chmod +x "$python"
    elif [ "$(id -u)" = 0 ] && apt-get install --yes python3-venv >>"$folder.log" 2>&1; then
        python3 -m venv "$folder"
        "$python" -m pip install --quiet --requirement "$2"
    else
        cat "$folder.log" >&2
        echo "$1: install python3-venv (or python3-pip) first" >&2
        return 1
    fi
    cp "$2" "$folder/installed"
}
