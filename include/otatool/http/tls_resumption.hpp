// What lets a client resume a TLS session at another server: the keys of tickets, and the sessions
// of clients that know only session IDs. For the thread of Server::run().
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "otatool/secret.hpp"

namespace otatool::http {

/// A key of session tickets (RFC 5077 4).
struct TicketKey {
  static constexpr std::size_t kNameBytes = 16;
  static constexpr std::size_t kSecretBytes = 64;
  std::string name;
  Secret secret;  ///< for AES-256-CBC, then for HMAC-SHA-256, 32 bytes each
};

/// A session of TLS 1.2.
struct TlsSession {
  std::string id;
  Secret content;  ///< as OpenSSL writes it
};

class TlsResumption {
 public:
  TlsResumption();
  TlsResumption(const TlsResumption&) = delete;
  TlsResumption& operator=(const TlsResumption&) = delete;
  ~TlsResumption();

  /// The first key is for new tickets. Keys of other lengths are left out. Before the first call,
  /// and without keys, clients get no tickets.
  void set_ticket_keys(std::vector<TicketKey> keys);
  /// A session of another server. One that OpenSSL cannot read is ignored.
  void add(const TlsSession& session);
  /// The sessions made since the last call; at most a thousand, others are left out.
  [[nodiscard]] std::vector<TlsSession> take_new();

  class State;
  /// For the server.
  [[nodiscard]] State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

}  // namespace otatool::http
