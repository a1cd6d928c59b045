#include "cli/serve/serve_tls.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "otatool/http/certificate.hpp"
#include "otatool/unix_time.hpp"

#include "cli/frame/option_reader.hpp"
#include "cli/io/messages.hpp"
#include "cli/serve/own_hosts.hpp"
#include "files/files.hpp"
#include "files/output_file.hpp"

namespace otatool::cli {
namespace {

constexpr std::int64_t kDay = 86400;
/// A device gets a new certificate only with an update, so the certificate is valid for long.
constexpr std::int64_t kValidDays = 3650;
constexpr std::int64_t kWarnDays = 90;

Result<http::TlsIdentity> read_identity(const std::string& certificate, const std::string& key) {
  TRY(std::string certificates, files::read_text_file(certificate, files::kLargestText));
  TRY(std::string private_key, files::read_text_file(key, files::kLargestText));
  return http::TlsIdentity{.certificates = std::move(certificates),
                           .private_key = Secret(std::move(private_key))};
}

/// Names and addresses under which devices may reach this computer.
std::vector<std::string> own_hosts(const std::string& listen) {
  if (listen != "0.0.0.0" && listen != "::") {
    return {listen};
  }
  std::vector<std::string> hosts = own_names();
  for (const OwnAddress& address : own_addresses()) {
    hosts.push_back(address.text);
  }
  return hosts;
}

std::string key_path_of(const std::string& certificate) {
  return std::filesystem::path(certificate).replace_extension(".key").string();
}

Result<void> check_existing(const Invocation& invocation,
                            const std::string& path,
                            const std::string& certificate) {
  for (const std::string& host : invocation.values("host")) {
    if (!http::certificate_covers(certificate, host)) {
      return fail(
          Errc::OutputExists,
          fmt::format("the certificate in '{}' is not for '{}', and devices may already trust it",
                      path,
                      host));
    }
  }
  const auto end = http::certificate_end(certificate);
  if (!end) {
    return fail(end.error().with_context(path));
  }
  if (*end < unix_time() + kWarnDays * kDay) {
    invocation.messages().warning(
        fmt::format("the certificate in '{}' expires on {:%Y-%m-%d}; give devices a new one before",
                    path,
                    utc_time(*end)));
  }
  return {};
}

http::CertificateKey read_key_type(OptionReader& read) {
  return read.choice("key-type",
                     {{"ec", http::CertificateKey::Ec}, {"rsa", http::CertificateKey::Rsa}},
                     http::CertificateKey::Ec);
}

Result<void> make_identity(Invocation& invocation,
                           const std::string& path,
                           const ServePlace& place) {
  OptionReader read(invocation);
  http::CertificateOptions options;
  options.hosts = invocation.values("host");
  if (options.hosts.empty()) {
    options.hosts = own_hosts(place.listen);
    if (!place.announced.empty()) {
      options.hosts.push_back(place.announced + ".local");
    }
  }
  options.key = read_key_type(read);
  // A device without a clock starts in 1970.
  options.not_before = 0;
  options.not_after = unix_time() + kValidDays * kDay;
  TRY_VOID(read.finish());
  TRY(http::TlsIdentity identity, http::make_self_signed(options));
  const std::array<files::OutputFile, 2> files = {
      files::OutputFile{.path = key_path_of(path),
                        .content = as_bytes(identity.private_key.reveal()),
                        .kind = files::ContentKind::Text,
                        .mode = files::kPrivateFile},
      files::OutputFile{.path = path,
                        .content = as_bytes(identity.certificates),
                        .kind = files::ContentKind::Text}};
  TRY_VOID(files::write_files(files));
  invocation.messages().note(
      fmt::format("made a certificate for {}: '{}' is for the devices, keep '{}' secret",
                  fmt::join(options.hosts, ", "),
                  path,
                  key_path_of(path)));
  return {};
}

/// Makes certificate and key unless they exist.
Result<void> self_signed(Invocation& invocation, const std::string& path, const ServePlace& place) {
  std::error_code error;
  const bool exists = std::filesystem::exists(path, error);
  const bool key_exists = std::filesystem::exists(key_path_of(path), error);
  if (invocation.flag("renew") || (!exists && !key_exists)) {
    return make_identity(invocation, path, place);
  }
  TRY(const http::TlsIdentity identity, read_identity(path, key_path_of(path)));
  return check_existing(invocation, path, identity.certificates);
}

Result<void> check_combination(Invocation& invocation) {
  const bool self_signed = invocation.flag("self-signed");
  const bool certificate = invocation.value("cert").has_value();
  if (self_signed && certificate) {
    return fail(Errc::Usage, "--cert and --self-signed exclude each other");
  }
  if (certificate && !invocation.value("key")) {
    return fail(Errc::Usage, "--cert requires --key");
  }
  const bool typed_key = invocation.origin("key") == Origin::CommandLine;
  if (!certificate && typed_key) {
    return fail(Errc::Usage, "--key requires --cert");
  }
  const auto typed = [&invocation](std::string_view option) {
    return invocation.origin(option) == Origin::CommandLine;
  };
  if (!self_signed && (typed("host") || typed("renew") || typed("key-type") || typed("ca-out"))) {
    return fail(Errc::Usage, "--host, --renew, --key-type and --ca-out require --self-signed");
  }
  OptionReader read(invocation);
  static_cast<void>(read_key_type(read));
  TRY_VOID(read.finish());
  if (!self_signed && !certificate && invocation.value("client-ca")) {
    return fail(Errc::Usage, "--client-ca requires --cert or --self-signed");
  }
  if (invocation.value("crl") && !invocation.value("client-ca")) {
    return fail(Errc::Usage, "--crl requires --client-ca");
  }
  if (!self_signed && !certificate && typed("tls-compat")) {
    return fail(Errc::Usage, "--tls-compat requires --cert or --self-signed");
  }
  return {};
}

}  // namespace

Result<http::TlsServerSettings> read_tls_files(const TlsFiles& files) {
  http::TlsServerSettings settings;
  settings.compatible = files.compatible;
  TRY(settings.identity, read_identity(files.certificate, files.key));
  if (!files.client_roots.empty()) {
    TRY(settings.client_roots, files::read_text_file(files.client_roots, files::kLargestText));
  }
  if (!files.revocations.empty()) {
    TRY(settings.revocations, files::read_text_file(files.revocations, files::kLargestText));
  }
  return settings;
}

Result<std::optional<ServeTls>> serve_tls(Invocation& invocation, const ServePlace& place) {
  TRY_VOID(check_combination(invocation));
  const auto certificate = invocation.value("cert");
  if (!certificate && !invocation.flag("self-signed")) {
    return std::nullopt;
  }
  const std::string path =
      certificate ? *certificate : invocation.value("ca-out").value_or("ca_cert.pem");
  ServeTls tls;
  tls.files = {.certificate = path,
               .key = certificate ? *invocation.value("key") : key_path_of(path),
               .client_roots = invocation.value("client-ca").value_or(""),
               .revocations = invocation.value("crl").value_or(""),
               .compatible = invocation.flag("tls-compat")};
  if (!certificate && tls.files.key == path) {
    return fail(Errc::Usage,
                fmt::format("option '--ca-out': '{}' is the path of the private key", path));
  }
  if (!certificate) {
    TRY_VOID(self_signed(invocation, path, place));
  }
  TRY(tls.settings, read_tls_files(tls.files));
  const auto fingerprint = http::certificate_fingerprint(tls.settings.identity.certificates);
  if (!fingerprint) {
    return fail(fingerprint.error().with_context(path));
  }
  tls.fingerprint = *fingerprint;
  const auto hosts = invocation.values("host");
  tls.name = hosts.empty() ? std::string() : hosts.front();
  return tls;
}

}  // namespace otatool::cli
