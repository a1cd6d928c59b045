#include "delivery/asio_shared_port.hpp"

#include <cerrno>
#include <sys/socket.h>

#include <boost/asio/error.hpp>

namespace otatool::delivery {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

bool turn_on(asio::ip::udp::socket& socket, int name) {
  const int on = 1;
  return setsockopt(socket.native_handle(), SOL_SOCKET, name, &on, sizeof on) == 0;
}

error_code last_error() {
  return {errno, boost::system::system_category()};
}

}  // namespace

error_code bind_shared(asio::ip::udp::socket& socket,
                       const asio::ip::udp::endpoint& local,
                       std::string_view interface) {
  error_code error;
  if (!turn_on(socket, SO_REUSEADDR)) {
    return last_error();
  }
  socket.bind(local, error);
  if (error != asio::error::address_in_use) {
    return error;
  }
  if (!interface.empty() && local.address().is_multicast()) {
    static_cast<void>(setsockopt(socket.native_handle(),
                                 SOL_SOCKET,
                                 SO_BINDTODEVICE,
                                 interface.data(),
                                 static_cast<socklen_t>(interface.size())));
  }
  if (!turn_on(socket, SO_REUSEPORT)) {
    return last_error();
  }
  socket.bind(local, error);
  return error;
}

}  // namespace otatool::delivery
