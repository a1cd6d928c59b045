#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "otatool/ascii.hpp"
#include "otatool/bytes.hpp"
#include "otatool/http/certificate.hpp"

#include "http/server/openssl_owned.hpp"

namespace otatool::http {
namespace {

/// Seconds since 1970. Days and seconds apart, since time_t ends in 2038 on 32-bit machines.
bool set_time(ASN1_TIME* time, std::int64_t unix_seconds) {
  constexpr std::int64_t kDay = 86'400;
  return ASN1_TIME_adj(time,
                       0,
                       static_cast<int>(unix_seconds / kDay),
                       static_cast<long>(unix_seconds % kDay)) != nullptr;
}

constexpr std::size_t kLongestHost = 253;
constexpr std::size_t kLongestCommonName = 64;
constexpr int kRsaBits = 2048;

void require(bool done) {
  if (!done) {
    ERR_clear_error();
    throw std::runtime_error("OpenSSL cannot make a certificate");
  }
}

/// Whether `host` is an address that clients can connect to; `::` and `0.0.0.0` are not.
bool is_address(const std::string& host) {
  const Owned<ASN1_OCTET_STRING> address(a2i_IPADDRESS(host.c_str()));
  if (address == nullptr) {
    return false;
  }
  const std::span<const unsigned char> bytes(
      ASN1_STRING_get0_data(address.get()),
      static_cast<std::size_t>(ASN1_STRING_length(address.get())));
  return std::ranges::any_of(bytes, [](unsigned char byte) { return byte != 0; });
}

/// Whether `host` has only letters, digits, hyphens, dots and `*`, so that it cannot end a value in
/// the syntax of OpenSSL's extensions. A last label of digits is rejected as a mistyped address.
bool is_name(const std::string& host) {
  const auto allowed = [](char letter) {
    return is_letter(letter) || is_digit(letter) || letter == '-' || letter == '.' || letter == '*';
  };
  return !host.empty() && host.size() <= kLongestHost && host.front() != '.' &&
         std::ranges::all_of(host, allowed) &&
         !std::ranges::all_of(host.substr(host.rfind('.') + 1), is_digit);
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

std::string alternative_names(const std::vector<std::string>& hosts) {
  std::string names;
  for (const std::string& host : hosts) {
    names += names.empty() ? "" : ",";
    // BearSSL and mbed TLS 2 compare addresses with dNSName entries only.
    if (is_address(host)) {
      names.append("IP:").append(host).append(",");
    }
    names.append("DNS:").append(host);
  }
  return names;
}

void set_names(X509* certificate, const std::vector<std::string>& hosts) {
  // Some device TLS stacks check only the CN (64 characters); longer names rely on subjectAltName.
  const std::string common = hosts.front().substr(0, kLongestCommonName);
  X509_NAME* const name = X509_get_subject_name(certificate);
  const auto* const text = reinterpret_cast<const unsigned char*>(common.c_str());
  require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1);
  require(X509_set_issuer_name(certificate, name) == 1);
}

void set_serial(X509* certificate) {
  std::array<unsigned char, 16> serial{};
  require(RAND_bytes(serial.data(), serial.size()) == 1);
  serial[0] = static_cast<unsigned char>((serial[0] & 0x7FU) | 0x40U);  // positive, full length
  BIGNUM* const number = BN_bin2bn(serial.data(), serial.size(), nullptr);
  const bool set = number != nullptr &&
                   BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  require(set);
}

std::string take_text(BIO* bio) {
  char* start = nullptr;
  const long length = BIO_get_mem_data(bio, &start);
  return {start, static_cast<std::size_t>(std::max(length, 0L))};
}

TlsIdentity as_pem(X509* certificate, EVP_PKEY* key) {
  const Owned<BIO> public_text(BIO_new(BIO_s_mem()));
  const Owned<BIO> private_text(BIO_new(BIO_s_secmem()));
  require(PEM_write_bio_X509(public_text.get(), certificate) == 1 &&
          PEM_write_bio_PrivateKey(
              private_text.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return {.certificates = take_text(public_text.get()),
          .private_key = Secret(take_text(private_text.get()))};
}

Owned<X509> read(const std::string& pem) {
  const Owned<BIO> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Owned<X509> certificate(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return certificate;
}

tl::unexpected<Error> no_certificate() {
  return fail(Errc::KeyUnusable, "no PEM certificate found");
}

}  // namespace

Result<TlsIdentity> make_self_signed(const CertificateOptions& options) {
  for (const std::string& host : options.hosts) {
    if (!is_address(host) && !is_name(host)) {
      ERR_clear_error();
      return fail(Errc::Usage, "'" + host + "' is not a host name or an IP address");
    }
  }
  ERR_clear_error();
  const Owned<EVP_PKEY> key(options.key == CertificateKey::Ec ? EVP_EC_gen("P-256")
                                                              : EVP_RSA_gen(kRsaBits));
  const Owned<X509> certificate(X509_new());
  require(key != nullptr && certificate != nullptr && X509_set_version(certificate.get(), 2) == 1);
  set_serial(certificate.get());
  set_names(certificate.get(), options.hosts);
  require(set_time(X509_getm_notBefore(certificate.get()), options.not_before) &&
          set_time(X509_getm_notAfter(certificate.get()), options.not_after) &&
          X509_set_pubkey(certificate.get(), key.get()) == 1);
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  // Clients limited to RSA key exchange require keyEncipherment.
  const bool rsa = options.key == CertificateKey::Rsa;
  add_extension(
      certificate.get(),
      NID_key_usage,
      std::string("critical,digitalSignature,keyCertSign") + (rsa ? ",keyEncipherment" : ""));
  add_extension(certificate.get(), NID_ext_key_usage, "serverAuth");
  add_extension(certificate.get(), NID_subject_key_identifier, "hash");
  add_extension(certificate.get(), NID_subject_alt_name, alternative_names(options.hosts));
  require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  return as_pem(certificate.get(), key.get());
}

Result<std::string> certificate_fingerprint(const std::string& pem) {
  const Owned<X509> certificate = read(pem);
  if (!certificate) {
    return no_certificate();
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  require(X509_digest(certificate.get(), EVP_sha256(), digest.data(), &length) == 1);
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    text += i == 0 ? "" : ":";
    text += kDigits[digest.at(i) >> 4U];
    text += kDigits[digest.at(i) & 0x0FU];
  }
  return text;
}

Result<std::int64_t> certificate_end(const std::string& pem) {
  const Owned<X509> certificate = read(pem);
  const std::unique_ptr<ASN1_TIME, void (*)(ASN1_TIME*)> epoch(ASN1_TIME_set(nullptr, 0),
                                                               ASN1_TIME_free);
  int days = 0;
  int seconds = 0;
  if (!certificate ||
      ASN1_TIME_diff(&days, &seconds, epoch.get(), X509_get0_notAfter(certificate.get())) != 1) {
    return no_certificate();
  }
  constexpr std::int64_t kDay = 86400;
  return days * kDay + seconds;
}

bool certificate_covers(const std::string& pem, const std::string& host) {
  const Owned<X509> certificate = read(pem);
  if (!certificate) {
    return false;
  }
  const bool covers =
      X509_check_ip_asc(certificate.get(), host.c_str(), 0) == 1 ||
      X509_check_host(certificate.get(), host.c_str(), host.size(), 0, nullptr) == 1;
  ERR_clear_error();
  return covers;
}

}  // namespace otatool::http
