#!/usr/bin/env bash
# Makes key files of every common kind with openssl. The passphrase is "open sesame".
# make_keys.sh FOLDER
set -euo pipefail
mkdir -p "$1"
cd "$1"
export PASSPHRASE="open sesame"

quietly() { "$@" 2>/dev/null; }

for bits in 1024 1025 1536 2047 2048 3072 4096; do
  quietly openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:$bits" -out "rsa-$bits.pem"
  quietly openssl pkey -in "rsa-$bits.pem" -pubout -out "rsa-$bits.pub.pem"
done
quietly openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out stranger.pem
quietly openssl pkey -in stranger.pem -pubout -out stranger.pub.pem

key=rsa-2048.pem
quietly openssl rsa -in $key -traditional -out rsa-2048.pkcs1.pem
quietly openssl rsa -in $key -traditional -outform DER -out rsa-2048.pkcs1.der
quietly openssl pkcs8 -topk8 -nocrypt -in $key -outform DER -out rsa-2048.pkcs8.der
quietly openssl pkey -in $key -pubout -outform DER -out rsa-2048.pub.der
quietly openssl rsa -in $key -RSAPublicKey_out -out rsa-2048.pub.pkcs1.pem
quietly openssl rsa -in $key -RSAPublicKey_out -outform DER -out rsa-2048.pub.pkcs1.der
quietly openssl rsa -in $key -traditional -aes256 -passout env:PASSPHRASE -out rsa-2048.aes.pkcs1.pem
quietly openssl pkcs8 -topk8 -in $key -v2 aes256 -passout env:PASSPHRASE -out rsa-2048.aes.pem
quietly openssl pkcs8 -topk8 -in $key -v2 aes256 -passout env:PASSPHRASE -outform DER -out rsa-2048.aes.der
quietly openssl pkcs8 -topk8 -in $key -v1 PBE-MD5-DES -passout env:PASSPHRASE -out rsa-2048.des.pem \
  -provider legacy -provider default
quietly openssl req -x509 -key $key -subj /CN=test -days 2 -out certificate.pem
quietly openssl x509 -in certificate.pem -outform DER -out certificate.der
quietly openssl pkcs12 -export -inkey $key -in certificate.pem -passout env:PASSPHRASE -out rsa-2048.p12
quietly openssl pkcs12 -export -inkey $key -in certificate.pem -passout env:PASSPHRASE -nomac \
  -out rsa-2048.nomac.p12
quietly openssl pkcs12 -export -inkey $key -in certificate.pem -passout env:PASSPHRASE \
  -certpbe PBE-SHA1-RC2-40 -keypbe PBE-SHA1-3DES -macalg sha1 -provider legacy -provider default \
  -out rsa-2048.rc2.p12
quietly openssl pkcs12 -export -inkey $key -in certificate.pem -passout pass: -out rsa-2048.open.p12
quietly openssl pkcs12 -export -nokeys -in certificate.pem -passout env:PASSPHRASE -out certificate.p12

quietly openssl ecparam -name prime256v1 -genkey -out p256.sec1.pem # with the curve in front
quietly openssl pkcs8 -topk8 -nocrypt -in p256.sec1.pem -out p256.pem
quietly openssl ec -in p256.pem -outform DER -out p256.sec1.der
quietly openssl pkey -in p256.pem -pubout -out p256.pub.pem
quietly openssl ec -in p256.pem -pubout -conv_form compressed -out p256.compressed.pub.pem
quietly openssl ec -in p256.pem -param_enc explicit -out p256.explicit.sec1.pem
quietly openssl pkcs8 -topk8 -nocrypt -in p256.explicit.sec1.pem -out p256.explicit.pem
quietly openssl ec -in p256.pem -param_enc explicit -pubout -out p256.explicit.pub.pem
quietly openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp384r1 -out p384.pem
quietly openssl pkey -in p384.pem -pubout -out p384.pub.pem
quietly openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp521r1 -out p521.pem
quietly openssl genpkey -algorithm ED25519 -out ed25519.pem
quietly openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out rsa-pss.pem
quietly openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:768 -out rsa-768.pem
quietly openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:4104 -out rsa-4104.pem
