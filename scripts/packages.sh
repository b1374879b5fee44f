# SPDX-License-Identifier: EUPL-1.2
# shellcheck shell=bash
# Sourced by run.sh and test.sh: what Pegel needs from Debian 12, and how to get what is missing.

# shellcheck disable=SC2034 # the lists are for who sources this
BUILD_PACKAGES=(gcc libc6-dev cmake ninja-build pkg-config python3 ca-certificates curl tzdata
  libuv1-dev libjemalloc-dev libzstd-dev zlib1g-dev libcjson-dev
  libsodium-dev libexpat1-dev libcurl4-openssl-dev
  libxlsxwriter-dev libcairo2-dev libpango1.0-dev)
# What the program needs where it runs and is not built: libraries, time zones, and fonts for PDF.
# shellcheck disable=SC2034
RUN_PACKAGES=(libuv1 libjemalloc2 libzstd1 zlib1g libcjson1 libsodium23 libexpat1 libcurl4
  libxlsxwriter4 libcairo2 libpangocairo-1.0-0 tzdata fonts-noto-core)
# shellcheck disable=SC2034
TEST_PACKAGES=(git clang clang-format clang-tidy libclang-rt-14-dev llvm chromium fonts-noto-core zstd r-base-core r-cran-survival
  libreoffice-calc-nogui poppler-utils)

say() { printf '\n== %s\n' "$*"; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else echo "this step needs root, and there is no sudo: $*" >&2; return 1
  fi
}

# Installs those of the named packages that are missing; says nothing when there is nothing to do.
need_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  say "installing ${#missing[@]} Debian packages (a minute or two): ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null
}

# Node.js and npm build the pages; whatever version of 18 or newer is there is taken as it is.
need_node() {
  if command -v node >/dev/null && command -v npm >/dev/null; then
    [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ] && return 0
    echo "the node on PATH is older than 18; Pegel's pages need 18 or newer" >&2
    return 1
  fi
  need_packages nodejs npm
}

# npm_install FOLDER [install]: makes node_modules what the lock file says, unless it is already.
# `install` for packages whose builds for other systems are not in every registry: `npm ci` insists
# on those too.
npm_install() {
  local folder=$1 verb=${2:-ci} stamp=$1/node_modules/.pegel-lock
  if [ -f "$stamp" ] && cmp -s "$stamp" "$folder/package-lock.json"; then return 0; fi
  say "npm packages of $folder (about half a minute)"
  (cd "$folder" && npm "$verb" --no-save --no-audit --no-fund --loglevel=error)
  cp "$folder/package-lock.json" "$stamp"
}

# Builds the pages unless nothing has changed since they were built.
build_pages() {
  local folder=dashboard/web
  npm_install "$folder"
  if [ -f "$folder/dist/index.html" ] &&
     [ -z "$(find "$folder/src" "$folder/index.html" "$folder/package-lock.json" \
        "$folder"/vite.config.* -newer "$folder/dist/index.html" -print -quit)" ]; then return 0; fi
  say "building the pages"
  (cd "$folder" && npm run --silent build)
}

# build_preset PRESET [TARGET...]
build_preset() {
  local preset=$1
  shift
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" -- --quiet "$@"
}
