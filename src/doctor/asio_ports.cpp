#include <algorithm>
#include <array>
#include <chrono>
#include <list>
#include <string>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "otatool/doctor/probe.hpp"
#include "otatool/wire/espota.hpp"

namespace otatool::doctor {
namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kPatience{1'000};

/// A response to a challenge that was never sent: receivers ignore it.
std::string stray_response() {
  const std::string digits(wire::kMd5HexLength, '0');
  std::string text(wire::kMaxResponseLength, '\0');
  text.resize(wire::format_response({digits.data(), digits.data(), digits.size()}, text.data()));
  return text;
}

class UdpTest {
 public:
  UdpTest(asio::io_context& context, const asio::ip::address& address, UdpProbe& probe)
      : socket_(context), probe_(probe) {
    error_code error;
    socket_.connect(udp::endpoint(address, probe.port), error);
    if (!error) {
      socket_.send(asio::buffer(stray_response()), 0, error);
    }
    if (error) {
      probe_.state = UdpState::Failed;
      return;
    }
    socket_.async_receive(asio::buffer(reply_), [this](error_code failure, std::size_t) {
      if (!failure) {
        probe_.state = UdpState::Answered;
      } else if (failure == asio::error::connection_refused) {
        probe_.state = UdpState::Closed;
      } else if (failure != asio::error::operation_aborted) {
        probe_.state = UdpState::Failed;
      }
    });
  }

 private:
  udp::socket socket_;
  UdpProbe& probe_;
  std::array<char, 512> reply_{};
};

class TcpTest {
 public:
  TcpTest(asio::io_context& context, const asio::ip::address& address, TcpProbe& probe)
      : socket_(context), probe_(probe) {
    socket_.async_connect(tcp::endpoint(address, probe.port), [this](error_code error) {
      if (!error) {
        probe_.state = TcpState::Open;
        error_code ignored;
        socket_.close(ignored);
      } else if (error == asio::error::connection_refused) {
        probe_.state = TcpState::Refused;
      } else if (error != asio::error::operation_aborted) {
        probe_.state = TcpState::Failed;
      }
    });
  }

 private:
  tcp::socket socket_;
  TcpProbe& probe_;
};

}  // namespace

PortProbes probe_ports(const std::string& address,
                       std::vector<std::uint16_t> udp_ports,
                       std::vector<std::uint16_t> tcp_ports) {
  PortProbes probes;
  for (const std::uint16_t port : udp_ports) {
    probes.udp.push_back({port, UdpState::Silent});
  }
  for (const std::uint16_t port : tcp_ports) {
    probes.tcp.push_back({port, TcpState::NoAnswer});
  }
  error_code error;
  const auto target = asio::ip::make_address(address, error);
  if (error) {
    return probes;
  }
  asio::io_context context(1);
  std::list<UdpTest> udp_tests;
  for (UdpProbe& probe : probes.udp) {
    udp_tests.emplace_back(context, target, probe);
  }
  std::list<TcpTest> tcp_tests;
  for (TcpProbe& probe : probes.tcp) {
    tcp_tests.emplace_back(context, target, probe);
  }
  context.run_for(kPatience);
  return probes;
}

ListenerTest test_listener(const std::string& address) {
  ListenerTest test{address, std::nullopt};
  asio::io_context context(1);
  tcp::acceptor acceptor(context);
  tcp::socket caller(context);
  error_code error;
  const auto own = asio::ip::make_address(address, error);
  const tcp::endpoint endpoint(own, 0);
  if (error || acceptor.open(endpoint.protocol(), error) || acceptor.bind(endpoint, error) ||
      acceptor.listen(1, error)) {
    test.failure = error.message();
    return test;
  }
  error_code outcome = asio::error::timed_out;
  caller.async_connect(acceptor.local_endpoint(), [&outcome](error_code done) { outcome = done; });
  context.run_for(kPatience);
  if (outcome) {
    test.failure = outcome.message();
  }
  return test;
}

}  // namespace otatool::doctor
