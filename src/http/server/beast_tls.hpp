// The server's end of TLS 1.2 and 1.3 on a socket of our own, so that a connection costs no more
// memory than OpenSSL itself needs.
#pragma once

#include <memory>

#include "otatool/http/tls_settings.hpp"
#include "otatool/result.hpp"

#include "http/server/beast_stream.hpp"

namespace otatool::http {

/// Certificate, key and rules that all connections share.
class TlsContext {
 public:
  /// KeyUnusable when certificate, key or client roots are no good or do not belong together.
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
