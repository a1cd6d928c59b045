// TLS 1.2 and 1.3 for the server. OpenSSL works directly on the socket, so a connection needs no
// buffers besides OpenSSL's.
#pragma once

#include <memory>

#include "otatool/http/tls_settings.hpp"
#include "otatool/result.hpp"

#include "http/server/beast_stream.hpp"

namespace otatool::http {

/// Certificate, key and settings shared by all connections.
class TlsContext {
 public:
  /// KeyUnusable if certificate, key or client roots are unusable or do not match.
  [[nodiscard]] static Result<std::unique_ptr<TlsContext>> make(const TlsServerSettings& settings);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  [[nodiscard]] std::unique_ptr<Stream> make_stream(Stream::Socket socket,
                                                    Deadline& deadline) const;

 private:
  class State;
  explicit TlsContext(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace otatool::http
