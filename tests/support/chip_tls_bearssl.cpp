#include <arpa/inet.h>
#include <array>
#include <bearssl.h>
#include <cstring>
#include <memory>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "tests/support/chip_tls.hpp"

namespace otatool::test {
namespace {

/// Days from year 0 to 1970-01-01.
constexpr std::uint32_t kEpochDays = 719528;

constexpr std::array<std::uint16_t, 4> kBasicSuites = {BR_TLS_RSA_WITH_AES_256_CBC_SHA256,
                                                       BR_TLS_RSA_WITH_AES_128_CBC_SHA256,
                                                       BR_TLS_RSA_WITH_AES_256_CBC_SHA,
                                                       BR_TLS_RSA_WITH_AES_128_CBC_SHA};
constexpr std::array<std::uint16_t, 2> kEcCbcSuites = {BR_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
                                                       BR_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA};

using Blob = std::vector<unsigned char>;

void append(void* blob, const void* bytes, std::size_t length) {
  const auto* const first = static_cast<const unsigned char*>(bytes);
  static_cast<Blob*>(blob)->insert(static_cast<Blob*>(blob)->end(), first, first + length);
}

Blob decode_pem(const std::string& text) {
  Blob der;
  br_pem_decoder_context pem;
  br_pem_decoder_init(&pem);
  for (std::size_t at = 0; at < text.size();) {
    at += br_pem_decoder_push(&pem, text.data() + at, text.size() - at);
    const int event = br_pem_decoder_event(&pem);
    if (event == BR_PEM_BEGIN_OBJ) {
      br_pem_decoder_setdest(&pem, append, &der);
    } else if (event == BR_PEM_END_OBJ) {
      break;
    }
  }
  return der;
}

int receive_bytes(void* socket, unsigned char* bytes, std::size_t length) {
  const ssize_t got = recv(*static_cast<int*>(socket), bytes, length, 0);
  return got <= 0 ? -1 : static_cast<int>(got);
}

int send_bytes(void* socket, const unsigned char* bytes, std::size_t length) {
  const ssize_t sent = send(*static_cast<int*>(socket), bytes, length, MSG_NOSIGNAL);
  return sent <= 0 ? -1 : static_cast<int>(sent);
}

int connect_to(std::uint16_t port) {
  const int handle = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connect(handle, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
  return handle;
}

}  // namespace

class BearsslDevice::State {
 public:
  State(const std::string& authority, ChipSuites suites) : certificate_(decode_pem(authority)) {
    br_x509_decoder_init(&decoder_, append, &name_);
    br_x509_decoder_push(&decoder_, certificate_.data(), certificate_.size());
    anchor_.dn = {name_.data(), name_.size()};
    anchor_.flags = BR_X509_TA_CA;
    anchor_.pkey = *br_x509_decoder_get_pkey(&decoder_);
    br_ssl_client_init_full(&client_, &x509_, &anchor_, 1);
    if (suites == ChipSuites::Basic) {
      br_ssl_engine_set_suites(&client_.eng, kBasicSuites.data(), kBasicSuites.size());
    } else if (suites == ChipSuites::EcCbc) {
      br_ssl_engine_set_suites(&client_.eng, kEcCbcSuites.data(), kEcCbcSuites.size());
    }
    br_x509_minimal_set_time(&x509_, kEpochDays, 5);
    br_ssl_engine_set_buffer(&client_.eng, buffer_.data(), buffer_.size(), 1);
  }

  ChipTlsReply get(std::uint16_t port, const std::string& name) {
    ChipTlsReply reply;
    int socket = connect_to(port);
    br_ssl_session_parameters before{};
    br_ssl_engine_get_session_parameters(&client_.eng, &before);
    br_ssl_client_reset(&client_, name.c_str(), 1);
    br_sslio_context io;
    br_sslio_init(&io, &client_.eng, receive_bytes, &socket, send_bytes, &socket);
    const std::string request = "GET / HTTP/1.0\r\nHost: x\r\n\r\n";
    br_sslio_write_all(&io, request.data(), request.size());
    br_sslio_flush(&io);
    std::string response;
    for (char letter = 0; br_sslio_read(&io, &letter, 1) == 1;) {
      response.push_back(letter);
    }
    reply.status_line = response.substr(0, response.find('\r'));
    br_ssl_session_parameters after{};
    br_ssl_engine_get_session_parameters(&client_.eng, &after);
    reply.error = br_ssl_engine_last_error(&client_.eng);
    reply.resumed = before.session_id_len > 0 && before.session_id_len == after.session_id_len &&
                    memcmp(before.session_id, after.session_id, before.session_id_len) == 0;
    close(socket);
    return reply;
  }

 private:
  Blob certificate_;
  Blob name_;
  Blob buffer_ = Blob(BR_SSL_BUFSIZE_BIDI);
  br_x509_decoder_context decoder_{};
  br_x509_trust_anchor anchor_{};
  br_ssl_client_context client_{};
  br_x509_minimal_context x509_{};
};

BearsslDevice::BearsslDevice(const std::string& authority, ChipSuites suites)
    : state_(std::make_unique<State>(authority, suites)) {}
BearsslDevice::~BearsslDevice() = default;

ChipTlsReply BearsslDevice::get(std::uint16_t port, const std::string& name) {
  return state_->get(port, name);
}

}  // namespace otatool::test
