#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>

#include "tests/support/chip_tls.hpp"

namespace otatool::test {
namespace {

struct Client {
  Client() {
    mbedtls_net_init(&socket);
    mbedtls_ssl_init(&ssl);
    mbedtls_ssl_config_init(&config);
    mbedtls_x509_crt_init(&authority);
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&random);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    mbedtls_ssl_free(&ssl);
    mbedtls_ssl_config_free(&config);
    mbedtls_x509_crt_free(&authority);
    mbedtls_ctr_drbg_free(&random);
    mbedtls_entropy_free(&entropy);
    mbedtls_net_free(&socket);
  }

  /// As WiFiClientSecure with setCACert(): 0 after the handshake.
  int connect(const std::string& pem, std::uint16_t port, const std::string& name) {
    mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, nullptr, 0);
    const auto* const text = reinterpret_cast<const unsigned char*>(pem.c_str());
    int error = mbedtls_x509_crt_parse(&authority, text, pem.size() + 1);
    if (error == 0) {
      error = mbedtls_ssl_config_defaults(
          &config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    }
    mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&config, &authority, nullptr);
    mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random);
    const std::string text_port = std::to_string(port);
    if (error == 0) {
      error = mbedtls_net_connect(&socket, "127.0.0.1", text_port.c_str(), MBEDTLS_NET_PROTO_TCP);
    }
    if (error == 0) {
      error = mbedtls_ssl_setup(&ssl, &config);
    }
    if (error == 0) {
      error = mbedtls_ssl_set_hostname(&ssl, name.c_str());
    }
    mbedtls_ssl_set_bio(&ssl, &socket, mbedtls_net_send, mbedtls_net_recv, nullptr);
    return error == 0 ? mbedtls_ssl_handshake(&ssl) : error;
  }

  mbedtls_net_context socket;
  mbedtls_ssl_context ssl;
  mbedtls_ssl_config config;
  mbedtls_x509_crt authority;
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context random;
};

}  // namespace

ChipTlsReply mbedtls_get(const std::string& authority,
                         std::uint16_t port,
                         const std::string& name) {
  Client client;
  ChipTlsReply reply;
  reply.error = client.connect(authority, port, name);
  if (reply.error != 0) {
    return reply;
  }
  const std::string request = "GET / HTTP/1.0\r\nHost: x\r\n\r\n";
  mbedtls_ssl_write(
      &client.ssl, reinterpret_cast<const unsigned char*>(request.data()), request.size());
  unsigned char letter = 0;
  while (mbedtls_ssl_read(&client.ssl, &letter, 1) == 1 && letter != '\r') {
    reply.status_line.push_back(static_cast<char>(letter));
  }
  return reply;
}

}  // namespace otatool::test
