#!/bin/sh
# The Debian packages that the laboratory of `make test` needs: networks, PostgreSQL. Installs what is missing, as root
# or with sudo; says what to do where it cannot. None of them is started as a service, and no file of theirs is changed.
set -eu

# A program of each package, in the same order; /usr/sbin is not on everybody's PATH, PostgreSQL's folder on nobody's.
PATH="$PATH:/usr/sbin:/sbin"
for folder in /usr/lib/postgresql/*/bin; do PATH="$PATH:$folder"; done
missing=""
for pair in squid:squid-openssl tinyproxy:tinyproxy nginx:nginx htpasswd:apache2-utils ip:iproute2 openssl:openssl \
  initdb:postgresql promtool:prometheus redis-server:redis-server \
  systemd-analyze:systemd; do
  command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
done
# Only this build of squid can inspect TLS.
test -x /usr/lib/squid/security_file_certgen || case "$missing" in
  *squid-openssl*) ;;
  *) missing="$missing squid-openssl" ;;
esac
test -n "$missing" || exit 0

if ! command -v apt-get >/dev/null; then
  echo "make test needs these programs, and apt-get is not here to install them:$missing" >&2
  echo "  what to do: install squid (with OpenSSL and its helpers in /usr/lib/squid), tinyproxy, nginx, htpasswd, ip," \
    "PostgreSQL, promtool, redis-server, systemd-analyze" >&2
  exit 1
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
    echo "make test needs the Debian packages$missing, and installing them takes root." >&2
    echo "  what to do: sudo apt-get install --no-install-recommends$missing" >&2
    exit 1
  fi
  as_root="sudo -n"
fi

# Debian starts a service after installing it; this tells it not to, for this run only.
policy=/usr/sbin/policy-rc.d
ours=""
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod 755 "$policy"
  ours=yes
fi
trap 'test -z "$ours" || $as_root rm -f "$policy"' EXIT INT TERM

echo "installing the Debian packages$missing (once)" >&2
log="$(mktemp)"
# shellcheck disable=SC2086  # words are meant
if ! { $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1
then
  tail -n 20 "$log" >&2
  rm -f "$log"
  echo "apt-get could not install$missing; its own words stand above." >&2
  echo "  what to do: check the network and the package sources, then try again." >&2
  exit 1
fi
rm -f "$log"
