#include "http/server/beast_tls.hpp"

#include <algorithm>
#include <array>
#include <netinet/tcp.h>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "http/server/openssl_owned.hpp"
#include "http/server/openssl_resumption.hpp"

namespace otatool::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// TLS 1.2 with authenticated encryption and forward secrecy. In OpenSSL's language SHA1, SHA256
/// and SHA384 are the suites with CBC and a MAC.
constexpr const char* kCiphers = "DEFAULT:!kRSA:!SHA1:!SHA256:!SHA384";
/// BearSSL's "basic" suites of the ESP8266 (setCiphersLessSecure, BEARSSL_SSL_BASIC) exchange the
/// key by RSA and encrypt with AES-CBC.
constexpr const char* kCompatibleCiphers = "DEFAULT";

/// Sessions kept for resumption, about 500 bytes each.
constexpr long kMostSessions = 10'000;
/// A device that polls once a day should find its session.
constexpr long kSessionSeconds = 172'800;
/// Bytes read at once during a handshake.
constexpr std::size_t kHandshakeRead = 4096;
/// Largest content of a TLS record.
constexpr std::size_t kRecord = std::size_t{16} << 10U;

Owned<BIO> reader_of(std::string_view text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Owned<X509> next_certificate(BIO* reader) {
  return Owned<X509>(PEM_read_bio_X509(reader, nullptr, nullptr, nullptr));
}

/// Stops OpenSSL from asking for a passphrase at the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) {
  return -1;
}

tl::unexpected<Error> unusable(const std::string& what) {
  ERR_clear_error();
  return fail(Errc::KeyUnusable, what);
}

Result<void> use_identity(SSL_CTX* context, const TlsIdentity& identity) {
  const Owned<BIO> certificates = reader_of(identity.certificates);
  const Owned<X509> own = next_certificate(certificates.get());
  if (!own) {
    return unusable("no PEM certificate found");
  }
  if (SSL_CTX_use_certificate(context, own.get()) != 1) {
    return unusable("the certificate's key is too weak or of an unsupported kind");
  }
  while (Owned<X509> other = next_certificate(certificates.get())) {
    if (SSL_CTX_add0_chain_cert(context, other.get()) == 1) {
      // The context owns it now: NOLINTNEXTLINE(bugprone-unused-return-value)
      static_cast<void>(other.release());
    }
  }
  const Owned<BIO> text = reader_of(identity.private_key.reveal());
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, nullptr));
  if (!key) {
    return unusable("no PEM private key without a passphrase found");
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return unusable("private key and certificate do not match");
  }
  ERR_clear_error();
  return {};
}

Result<void> require_client_certificates(SSL_CTX* context, const std::string& roots) {
  const Owned<BIO> reader = reader_of(roots);
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  int count = 0;
  while (const Owned<X509> root = next_certificate(reader.get())) {
    if (X509_STORE_add_cert(store, root.get()) == 1 &&
        SSL_CTX_add_client_CA(context, root.get()) == 1) {
      ++count;
    }
  }
  if (count == 0) {
    return unusable("no PEM certificate found to check clients with");
  }
  ERR_clear_error();
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return {};
}

Result<void> use_revocations(SSL_CTX* context, const std::string& lists) {
  const Owned<BIO> reader = reader_of(lists);
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  int count = 0;
  while (
      const Owned<X509_CRL> list{PEM_read_bio_X509_CRL(reader.get(), nullptr, nullptr, nullptr)}) {
    const ASN1_TIME* const end = X509_CRL_get0_nextUpdate(list.get());
    if (end != nullptr && X509_cmp_current_time(end) <= 0) {
      return unusable("a revocation list has expired, so it would refuse every client");
    }
    count += X509_STORE_add_crl(store, list.get()) == 1 ? 1 : 0;
  }
  if (count == 0) {
    return unusable("no PEM revocation list found");
  }
  ERR_clear_error();
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
  return {};
}

/// OpenSSL does not check the client's certificate again when a session is resumed, and every
/// resumption may renew the session: expired and revoked certificates would stay in use.
void forbid_resumption(SSL_CTX* context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
}

class TlsStream final : public Stream {
 public:
  /// `settings` expires when the server replaces them.
  TlsStream(Socket socket, Deadline& deadline, SSL_CTX* context, std::weak_ptr<const void> settings)
      : Stream(std::move(socket), deadline),
        connection_(SSL_new(context)),
        settings_(std::move(settings)) {
    // One read of the socket takes all that came; OpenSSL alone would read the head and the content
    // of each record, and once more to see that nothing is left.
    BIO_set_mem_eof_return(received_, -1);
    BIO* const sender =
        BIO_new_socket(static_cast<int>(this->socket().native_handle()), BIO_NOCLOSE);
    SSL_set_bio(connection_.get(), received_, sender);
    SSL_set_accept_state(connection_.get());
  }

  Task<bool> open() override {
    std::array<char, kHandshakeRead> buffer{};
    while (true) {
      ERR_clear_error();
      const int result = SSL_do_handshake(connection_.get());
      if (result == 1) {
        co_return true;
      }
      if (!co_await wait_after(result, buffer)) {
        co_return false;
      }
    }
  }

  [[nodiscard]] bool trusted() const override {
    if (settings_.expired()) {
      return false;
    }
    const STACK_OF(X509)* const chain = SSL_get0_verified_chain(connection_.get());
    for (int i = 0; i < sk_X509_num(chain); ++i) {
      if (X509_cmp_current_time(X509_get0_notAfter(sk_X509_value(chain, i))) <= 0) {
        return false;
      }
    }
    return true;
  }

  Task<std::size_t> read_some(std::span<char> buffer) override {
    while (true) {
      std::size_t got = 0;
      ERR_clear_error();
      const int result = SSL_read_ex(connection_.get(), buffer.data(), buffer.size(), &got);
      if (result == 1) {
        co_return got;
      }
      if (SSL_get_error(connection_.get(), result) == SSL_ERROR_ZERO_RETURN ||
          !co_await wait_after(result, buffer)) {
        co_return 0;
      }
    }
  }

  Task<bool> write(std::string_view text, bool more) override {
    if (more) {
      cork(true);
    }
    co_return co_await write_bytes(as_bytes(text)) == text.size();
  }

  Task<std::uint64_t> send(const Content& content,
                           std::uint64_t first,
                           std::uint64_t length) override {
    const Bytes part =
        content.bytes().subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(length));
    cork(true);
    const std::size_t written = co_await write_bytes(part);
    cork(false);
    co_return written;
  }

  void finish() override {
    ERR_clear_error();
    SSL_shutdown(connection_.get());
    socket().shutdown(Socket::shutdown_send, ignored_);
  }

  [[nodiscard]] std::uint64_t written() const override {
    return BIO_number_written(SSL_get_wbio(connection_.get()));
  }

 private:
  /// TCP_CORK combines OpenSSL's records into full packets.
  void cork(bool hold) {
    const int on = hold ? 1 : 0;
    setsockopt(socket().native_handle(), IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
  }

  Task<std::size_t> write_bytes(Bytes bytes) {
    // Without renegotiation OpenSSL never reads in order to write.
    constexpr std::span<char> kNoBuffer;
    std::size_t done = 0;
    while (done < bytes.size()) {
      std::size_t written = 0;
      const Bytes piece = bytes.subspan(done, std::min(kRecord, bytes.size() - done));
      ERR_clear_error();
      const int result = SSL_write_ex(connection_.get(), piece.data(), piece.size(), &written);
      if (result == 1) {
        done += written;
        deadline().on_progress();
      } else if (!co_await wait_after(result, kNoBuffer)) {
        break;
      }
    }
    co_return done;
  }

  /// Waits until OpenSSL can continue; false if the connection failed. `buffer` is for what the
  /// socket receives meanwhile.
  Task<bool> wait_after(int result, std::span<char> buffer) {
    const int reason = SSL_get_error(connection_.get(), result);
    if (reason == SSL_ERROR_WANT_WRITE) {
      co_return co_await wait(Wait::ToWrite);
    }
    if (reason == SSL_ERROR_WANT_READ && !buffer.empty()) {
      co_return co_await receive(buffer);
    }
    set_broken();
    co_return false;
  }

  /// False if the connection failed. Its end is left to OpenSSL.
  Task<bool> receive(std::span<char> buffer) {
    if (cancelled()) {
      co_return false;
    }
    error_code error;
    const std::size_t got =
        co_await socket().async_read_some(asio::buffer(buffer.data(), buffer.size()),
                                          asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::eof) {
      BIO_set_mem_eof_return(received_, 0);
      co_return true;
    }
    if (error && error != asio::error::operation_aborted) {
      set_broken();
    }
    co_return !error && !cancelled() &&
        BIO_write(received_, buffer.data(), static_cast<int>(got)) == static_cast<int>(got);
  }

  BIO* received_ = BIO_new(BIO_s_mem());  ///< from the socket, for OpenSSL; connection_ owns it
  Owned<SSL> connection_;
  std::weak_ptr<const void> settings_;
  error_code ignored_;
};

/// Selects http/1.1 for clients that use ALPN; without it they get no_application_protocol
/// (RFC 7301 3.2).
// The signature is OpenSSL's: NOLINTNEXTLINE(readability-function-size)
int choose_protocol(SSL* /*connection*/,
                    const unsigned char** chosen,
                    unsigned char* chosen_length,
                    const unsigned char* offered,
                    unsigned offered_length,
                    void* /*context*/) {
  static constexpr std::array<unsigned char, 9> kHttp11 = {
      8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(
          &found, chosen_length, kHttp11.data(), kHttp11.size(), offered, offered_length) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

class TlsContext::State {
 public:
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (resumption != nullptr) {
      resumption->state().detach(context.get());
    }
  }

  Owned<SSL_CTX> context;
  TlsResumption* resumption = nullptr;
};

TlsContext::TlsContext(std::shared_ptr<State> state) : state_(std::move(state)) {}
TlsContext::~TlsContext() = default;

Result<std::unique_ptr<TlsContext>> TlsContext::make(const TlsServerSettings& settings,
                                                     TlsResumption* resumption) {
  auto state = std::make_shared<State>();
  state->context.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = state->context.get();
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
    return fail(Errc::Internal, "OpenSSL cannot serve TLS");
  }
  const char* const ciphers = settings.compatible ? kCompatibleCiphers : kCiphers;
  if (SSL_CTX_set_cipher_list(context, ciphers) != 1) {
    return fail(Errc::Internal, "OpenSSL has none of the cipher suites");
  }
  // Many devices close without close_notify after the last byte; HTTP marks the end of its
  // messages.
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                       SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  constexpr std::array<unsigned char, 7> kSessions = {'o', 't', 'a', 't', 'o', 'o', 'l'};
  SSL_CTX_set_session_id_context(context, kSessions.data(), kSessions.size());
  // Besides tickets: BearSSL resumes sessions by their ID only.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
  SSL_CTX_sess_set_cache_size(context, kMostSessions);
  SSL_CTX_set_timeout(context, kSessionSeconds);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  TRY_VOID(use_identity(context, settings.identity));
  if (settings.client_roots) {
    TRY_VOID(require_client_certificates(context, *settings.client_roots));
    forbid_resumption(context);
  } else if (resumption != nullptr) {
    resumption->state().attach(context);
    state->resumption = resumption;
  }
  if (settings.client_roots && settings.revocations) {
    TRY_VOID(use_revocations(context, *settings.revocations));
  }
  return std::unique_ptr<TlsContext>(new TlsContext(std::move(state)));
}

std::unique_ptr<Stream> TlsContext::make_stream(Stream::Socket socket, Deadline& deadline) const {
  return std::make_unique<TlsStream>(std::move(socket), deadline, state_->context.get(), state_);
}

}  // namespace otatool::http
