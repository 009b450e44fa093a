#!/usr/bin/env bash
# Makes the certificates again, good for a hundred years: a CA, a server's by it for crm.example.com, and a CA that has
# nothing to do with it. Their keys are thrown away, but for the server's.
set -euo pipefail
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cat >"$scratch/config" <<END
[ca]
default_ca = this
[this]
database = $scratch/index
serial = $scratch/serial
new_certs_dir = $scratch
default_md = sha256
policy = any
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
subjectAltName = DNS:crm.example.com
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
END
touch "$scratch/index"

# Name, file, kind, and who signs.
certificate() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" \
        -keyout "$scratch/$2.key" -out "$scratch/$2.csr"
    openssl ca -batch -notext -create_serial -config "$scratch/config" -extensions "$3" "${@:4}" \
        -startdate 20200101000000Z -enddate 21200101000000Z -in "$scratch/$2.csr" -out "$2.pem"
}
certificate "A company" ca authority -selfsign -keyfile "$scratch/ca.key"
certificate "Another company" other authority -selfsign -keyfile "$scratch/other.key"
certificate crm.example.com server server -keyfile "$scratch/ca.key" -cert ca.pem
cp "$scratch/server.key" server.key
