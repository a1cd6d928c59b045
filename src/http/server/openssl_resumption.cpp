#include "http/server/openssl_resumption.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "http/server/openssl_owned.hpp"

namespace otatool::http {
namespace {

constexpr std::size_t kCipherKey = 32;
constexpr int kVectorBytes = 16;

TlsResumption::State* state_of(const SSL* connection) {
  return static_cast<TlsResumption::State*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(connection)));
}

// The signature is OpenSSL's: NOLINTNEXTLINE(readability-function-size)
int choose_ticket_key(SSL* connection,
                      unsigned char* name,
                      unsigned char* vector,
                      EVP_CIPHER_CTX* cipher,
                      EVP_MAC_CTX* mac,
                      int encrypts) {
  return state_of(connection)->choose_key(name, vector, cipher, mac, encrypts == 1);
}

int on_new_session(SSL* connection, SSL_SESSION* session) {
  state_of(connection)->on_new(session);
  return 0;  // no reference is kept
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bool use_mac_key(EVP_MAC_CTX* mac, std::string_view key) {
  std::string copy(key);
  std::string digest = "SHA256";
  const std::array<OSSL_PARAM, 3> parameters = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, copy.data(), copy.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end()};
  const bool used = EVP_MAC_CTX_set_params(mac, parameters.data()) == 1;
  Secret::cleanse(copy);
  return used;
}

}  // namespace

void TlsResumption::State::attach(SSL_CTX* context) {
  context_ = context;
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, choose_ticket_key);
  SSL_CTX_sess_set_new_cb(context, on_new_session);
}

void TlsResumption::State::detach(const SSL_CTX* context) {
  context_ = context_ == context ? nullptr : context_;
}

void TlsResumption::State::set_ticket_keys(std::vector<TicketKey> keys) {
  std::erase_if(keys, [](const TicketKey& key) {
    return key.name.size() != TicketKey::kNameBytes ||
           key.secret.reveal().size() != TicketKey::kSecretBytes;
  });
  keys_ = std::move(keys);
}

int TlsResumption::State::choose_key(unsigned char* name,
                                     unsigned char* vector,
                                     EVP_CIPHER_CTX* cipher,
                                     EVP_MAC_CTX* mac,
                                     bool encrypts) const {
  const std::string_view wanted(reinterpret_cast<const char*>(name), TicketKey::kNameBytes);
  const auto key = encrypts ? keys_.begin() : std::ranges::find(keys_, wanted, &TicketKey::name);
  if (key == keys_.end()) {
    return 0;
  }
  const std::string_view secret = key->secret.reveal();
  if (encrypts) {
    std::ranges::copy(key->name, name);
    if (RAND_bytes(vector, kVectorBytes) != 1) {
      return -1;
    }
  }
  const int begun = EVP_CipherInit_ex(
      cipher, EVP_aes_256_cbc(), nullptr, bytes_of(secret), vector, encrypts ? 1 : 0);
  if (begun != 1 || !use_mac_key(mac, secret.substr(kCipherKey))) {
    return -1;
  }
  // 2: the client gets a ticket of the newest key.
  return encrypts || key == keys_.begin() ? 1 : 2;
}

void TlsResumption::State::on_new(SSL_SESSION* session) {
  if (new_.size() >= kMostNew || SSL_SESSION_has_ticket(session) == 1 ||
      SSL_SESSION_get_protocol_version(session) > TLS1_2_VERSION) {
    return;
  }
  unsigned length = 0;
  const unsigned char* const id = SSL_SESSION_get_id(session, &length);
  const int size = i2d_SSL_SESSION(session, nullptr);
  if (length == 0 || size <= 0) {
    return;
  }
  std::string content(static_cast<std::size_t>(size), '\0');
  auto* end = reinterpret_cast<unsigned char*>(content.data());
  i2d_SSL_SESSION(session, &end);
  new_.push_back({.id = std::string(reinterpret_cast<const char*>(id), length),
                  .content = Secret(std::move(content))});
}

void TlsResumption::State::add(const TlsSession& session) {
  const std::string_view content = session.content.reveal();
  const unsigned char* at = bytes_of(content);
  const Owned<SSL_SESSION> read(d2i_SSL_SESSION(nullptr, &at, static_cast<long>(content.size())));
  if (read && context_ != nullptr) {
    SSL_CTX_add_session(context_, read.get());
  }
  ERR_clear_error();
}

std::vector<TlsSession> TlsResumption::State::take_new() {
  return std::exchange(new_, {});
}

TlsResumption::TlsResumption() : state_(std::make_unique<State>()) {}
TlsResumption::~TlsResumption() = default;

void TlsResumption::set_ticket_keys(std::vector<TicketKey> keys) {
  state_->set_ticket_keys(std::move(keys));
}

void TlsResumption::add(const TlsSession& session) {
  state_->add(session);
}

std::vector<TlsSession> TlsResumption::take_new() {
  return state_->take_new();
}

}  // namespace otatool::http
