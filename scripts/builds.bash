# What scripts that time builds have in common; they source it. `root` is the repository, `work` a
# folder that goes away, with the target folder of all builds in it.
shopt -s inherit_errexit
export LC_ALL=C
unset CARGO_BUILD_TARGET RUSTFLAGS # programs are looked for where a plain build puts them

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CARGO_TARGET_DIR=$work/target

# whole NAME NUMBER: refuses what is no whole number from 1 on.
whole() {
    if [[ ! $2 =~ ^[1-9][0-9]*$ ]]; then
        echo "error: $1 is '$2'; it must be a whole number, from 1 on" >&2
        exit 1
    fi
}

# package NAME [DEPENDENCIES [PROFILES]]: an empty package, by lines of its manifest; its folder.
package() {
    local folder=$work/$1
    mkdir -p "$folder/src"
    {
        printf '[package]\nname = "%s"\nversion = "0.0.0"\nedition = "2024"\n\n' "$1"
        printf '[workspace]\n\n[profile.release]\nstrip = true\n\n%s\n' "${3-}"
        printf '[dependencies]\n%s\n' "${2-}"
    } >"$folder/Cargo.toml"
    echo "$folder"
}

# write_networks FOLDER SOURCE COUNT: a program of so many networks, no two of the same sizes.
write_networks() {
    local number names=()
    for ((number = 1; number <= $3; number++)); do
        names+=("network$number")
        sed -e "s/^const INPUTS: usize = .*/const INPUTS: usize = $((3 + number));/" \
            -e "s/^const HIDDEN: usize = .*/const HIDDEN: usize = $((24 + 8 * number));/" \
            "$2" >"$1/src/network$number.rs"
    done
    {
        printf 'mod %s;\n' "${names[@]}"
        printf '\nfn main() -> Result<(), Box<dyn std::error::Error>> {\n'
        printf '    %s::run()?;\n' "${names[@]}"
        printf '    Ok(())\n}\n'
    } >"$1/src/main.rs"
}

# quiet FOLDER COMMAND...: runs it there. What it says is shown if it fails.
quiet() {
    if ! (cd "$1" && "${@:2}") >"$work/log" 2>&1; then
        tail -n 20 "$work/log" >&2
        return 1
    fi
}

# timed FOLDER COMMAND...: the same; the line "WALL PROCESSORS", in seconds.
timed() {
    local TIMEFORMAT='%R %U %S'
    { time quiet "$@" 2>"$work/failure"; } 2>"$work/time" || { cat "$work/failure" >&2; return 1; }
    awk '{ print $1, $2 + $3 }' "$work/time"
}

# cold RUNS FOLDER COMMAND...: the median times of so many runs, each with an empty target folder.
cold() {
    for ((run = 0; run < $1; run++)); do
        rm -rf "$CARGO_TARGET_DIR"
        timed "${@:2}"
    done | medians
}

# edited RUNS FOLDER COMMAND...: the median times of so many runs, each after an edit of the program;
# what it depends on has been built.
edited() {
    for ((run = 0; run < $1; run++)); do
        echo "const _: usize = $run;" >>"$2/src/main.rs"
        timed "${@:2}"
    done | medians
}

# medians: of each column of the lines that come in.
medians() {
    local lines column
    mapfile -t lines
    for column in 1 2; do
        printf '%s\n' "${lines[@]}" | cut -d' ' -f$column | sort -n |
            sed -n "$(((${#lines[@]} + 1) / 2))p"
    done | paste -sd' ' -
}
