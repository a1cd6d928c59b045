#include "tests/support/http_client.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/patience.hpp"

namespace otatool::test {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char letter) {
    return static_cast<char>(std::tolower(letter));
  });
  return result;
}

HttpReply read_head(std::string_view head) {
  HttpReply reply;
  const std::size_t end = head.find("\r\n");
  reply.status_line = head.substr(0, end);
  reply.status = static_cast<unsigned>(std::stoul("0" + reply.status_line.substr(9, 3)));
  for (std::size_t at = end + 2; at < head.size();) {
    const std::size_t line_end = std::min(head.find("\r\n", at), head.size());
    const std::string_view line = head.substr(at, line_end - at);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
      std::string_view value = line.substr(colon + 1);
      value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
      reply.fields[lower(line.substr(0, colon))] = value;
    }
    at = line_end + 2;
  }
  return reply;
}

}  // namespace

std::string HttpReply::field(const std::string& lower_case_name) const {
  const auto found = fields.find(lower_case_name);
  return found == fields.end() ? std::string() : found->second;
}

HttpClient::HttpClient(std::uint16_t port, const std::string& from)
    : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  const int no_port_yet = 1;
  setsockopt(socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &no_port_yet, sizeof(no_port_yet));
  inet_pton(AF_INET, from.c_str(), &address.sin_addr);
  static_cast<void>(bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)));
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval time{.tv_sec = kPatience.count(), .tv_usec = 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    reset();
  }
}

HttpClient::~HttpClient() {
  if (socket_ >= 0) {
    close(socket_);
  }
}

void HttpClient::set_receive_buffer(int bytes) const {
  setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

void HttpClient::reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  close(socket_);
  socket_ = -1;
}

void HttpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string HttpClient::read_some(std::size_t most) {
  if (!received_.empty()) {
    std::string taken = received_.substr(0, most);
    received_.erase(0, taken.size());
    return taken;
  }
  std::string buffer(most, '\0');
  const ssize_t got = recv(socket_, buffer.data(), buffer.size(), 0);
  buffer.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return buffer;
}

std::optional<HttpReply> HttpClient::read_reply(bool head_only) {
  constexpr std::size_t kPiece = 65536;
  std::string text;
  std::size_t head_end = std::string::npos;
  while ((head_end = text.find("\r\n\r\n")) == std::string::npos) {
    const std::string more = read_some(kPiece);
    if (more.empty()) {
      return std::nullopt;
    }
    text += more;
  }
  HttpReply reply = read_head(std::string_view(text).substr(0, head_end));
  reply.body = text.substr(head_end + 4);
  const bool without_body = head_only || reply.status == 304;
  const std::size_t length =
      without_body ? 0 : static_cast<std::size_t>(std::stoul("0" + reply.field("content-length")));
  while (reply.body.size() < length) {
    const std::string more = read_some(kPiece);
    if (more.empty()) {
      return std::nullopt;
    }
    reply.body += more;
  }
  received_ = reply.body.substr(length) + received_;
  reply.body.resize(length);
  return reply;
}

bool HttpClient::is_closed_within(std::chrono::milliseconds time) {
  pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
  if (poll(&waiting, 1, static_cast<int>(time.count())) <= 0) {
    return false;
  }
  char byte = 0;
  return recv(socket_, &byte, 1, MSG_PEEK) <= 0;
}

std::optional<HttpReply> fetch(std::uint16_t port,
                               std::string_view request,
                               const std::string& from) {
  HttpClient client(port, from);
  client.send(request);
  auto reply = client.read_reply(request.starts_with("HEAD"));
  if (reply) {
    reply->closed = client.is_closed_within(std::chrono::seconds(0));
  }
  return reply;
}

}  // namespace otatool::test
