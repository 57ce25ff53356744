#!/bin/sh
# Makes an authority and certificates for compose.tls.yaml, in the folder
# certificates beside this file. Run it once; whoever has ca.key can make more.
#
#   ./certificates.sh
#   docker compose -f compose.yaml -f compose.tls.yaml up --build
set -eu
cd "$(dirname "$0")"
mkdir -p certificates
cd certificates
umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=Cohort example authority" \
  -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout ca.key -out ca.pem 2>/dev/null
for name in node1 node2 node3 postgres balancer; do
  names="DNS:$name"
  if [ "$name" = balancer ]; then names="DNS:localhost,IP:127.0.0.1"; fi
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" -keyout "$name.key" -out "$name.csr" 2>/dev/null
  printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$names" > "$name.ext"
  openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 825 -extfile "$name.ext" -out "$name.crt" 2>/dev/null
  rm "$name.csr" "$name.ext"
done
# HAProxy reads certificate and key from one file. Each program runs as a user of its own, in a
# container that sees its own files only.
cat balancer.crt balancer.key > balancer.pem
chmod 644 ./*.pem ./*.crt node*.key
chmod 755 .
