#include "cli/serve/service_manager.hpp"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

namespace otatool::cli {
namespace {

files::Descriptor connected_socket(const char* name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = name == nullptr ? 0 : std::strlen(name);
  if (length < 2 || length >= sizeof(address.sun_path) || (*name != '/' && *name != '@')) {
    return files::Descriptor(-1);
  }
  std::memcpy(address.sun_path, name, length);
  if (*name == '@') {
    address.sun_path[0] = '\0';
  }
  files::Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  const bool connected =
      connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), size) == 0;
  return connected ? std::move(socket) : files::Descriptor(-1);
}

}  // namespace

ServiceManager::ServiceManager() : socket_(connected_socket(std::getenv("NOTIFY_SOCKET"))) {}

void ServiceManager::tell(std::string_view lines) const {
  if (socket_.valid()) {
    send(socket_.number(), lines.data(), lines.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
}

}  // namespace otatool::cli
