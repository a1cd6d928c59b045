// The part of TlsResumption that OpenSSL calls.
#pragma once

#include <cstddef>
#include <vector>

#include <openssl/ssl.h>

#include "otatool/http/tls_resumption.hpp"

namespace otatool::http {

class TlsResumption::State {
 public:
  static constexpr std::size_t kMostNew = 1000;

  /// Uses keys and sessions for the connections of `context`; the last one attached gets the
  /// sessions of add().
  void attach(SSL_CTX* context);
  /// The context is about to be freed; its connections may go on.
  void detach(const SSL_CTX* context);

  void set_ticket_keys(std::vector<TicketKey> keys);
  void add(const TlsSession& session);
  [[nodiscard]] std::vector<TlsSession> take_new();

  /// As SSL_CTX_set_tlsext_ticket_key_evp_cb(3) describes.
  [[nodiscard]] int choose_key(unsigned char* name,
                               unsigned char* vector,
                               EVP_CIPHER_CTX* cipher,
                               EVP_MAC_CTX* mac,
                               bool encrypts) const;
  void on_new(SSL_SESSION* session);

 private:
  SSL_CTX* context_ = nullptr;
  std::vector<TicketKey> keys_;
  std::vector<TlsSession> new_;
};

}  // namespace otatool::http
