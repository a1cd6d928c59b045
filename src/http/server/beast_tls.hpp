// TLS 1.2 and 1.3 for the server. OpenSSL works directly on the socket, so a connection needs no
// buffers besides OpenSSL's.
#pragma once

#include <memory>

#include "otatool/http/tls_resumption.hpp"
#include "otatool/http/tls_settings.hpp"
#include "otatool/result.hpp"

#include "http/server/beast_stream.hpp"

namespace otatool::http {

/// Certificate, key and settings shared by all connections. Its connections are no longer trusted()
/// after it is gone.
class TlsContext {
 public:
  /// KeyUnusable if certificate, key, client roots or revocation lists are unusable, do not match
  /// or (lists) have expired.
  /// `resumption` must outlive the connections; null: sessions resume at this server alone.
  [[nodiscard]] static Result<std::unique_ptr<TlsContext>> make(const TlsServerSettings& settings,
                                                                TlsResumption* resumption);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  [[nodiscard]] std::unique_ptr<Stream> make_stream(Stream::Socket socket,
                                                    Deadline& deadline) const;

 private:
  class State;
  explicit TlsContext(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace otatool::http
