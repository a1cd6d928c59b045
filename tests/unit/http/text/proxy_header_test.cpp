#include "http/text/proxy_header.hpp"

#include <string>

#include <gtest/gtest.h>

namespace otatool::http {
namespace {

using Kind = ProxyHeader::Kind;
using namespace std::string_literals;

const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string binary(const std::string& command_and_family, const std::string& addresses) {
  const auto size = static_cast<unsigned>(addresses.size());
  return kSignature + command_and_family + static_cast<char>(size >> 8U) +
         static_cast<char>(size & 0xFFU) + addresses;
}

const std::string kFour = "\xCB\0\x71\x05\xC0\0\2\1\x12\x34\0\x50"s;
const std::string kSix =
    "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\1\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\2\x12\x34\0\x50"s;

void expect_client(const std::string& header, const std::string& client) {
  const ProxyHeader read = read_proxy_header(header + "GET / HTTP/1.1\r\n");
  EXPECT_EQ(read.kind, Kind::Complete) << header;
  EXPECT_EQ(read.length, header.size()) << header;
  EXPECT_EQ(read.client, client) << header;
  for (std::size_t length = 0; length < header.size(); ++length) {
    EXPECT_EQ(read_proxy_header(header.substr(0, length)).kind, Kind::Partial) << length;
  }
}

TEST(ProxyHeaderText, NamesTheClientOfVersion1) {
  expect_client("PROXY TCP4 203.0.113.5 192.0.2.1 56324 80\r\n", "203.0.113.5");
  expect_client("PROXY TCP6 2001:db8::1 2001:DB8::2 0 65535\r\n", "2001:db8::1");
  expect_client("PROXY TCP6 ::ffff:203.0.113.5 ::1 1 2\r\n", "::ffff:203.0.113.5");
}

TEST(ProxyHeaderText, NamesTheClientOfVersion2) {
  expect_client(binary("\x21\x11", kFour), "203.0.113.5");
  expect_client(binary("\x21\x21", kSix), "2001:0db8:0000:0000:0000:0000:0000:0001");
  // Further values (TLV) follow the addresses.
  expect_client(binary("\x21\x11", kFour + "\x04\0\1x"s), "203.0.113.5");
}

TEST(ProxyHeaderText, AConnectionOfTheProxyItselfNamesNobody) {
  expect_client("PROXY UNKNOWN\r\n", "");
  expect_client("PROXY UNKNOWN ffff:f ffff:f 65535 65535\r\n", "");
  expect_client(binary("\x20\0"s, ""), "");
  expect_client(binary("\x20\x11", kFour), "");
  expect_client(binary("\x21\x31", std::string(216, '\0')), "");
}

TEST(ProxyHeaderText, OtherInputIsNoHeader) {
  for (const std::string& text : {"GET / HTTP/1.1\r\n"s,
                                  "PUT /x"s,
                                  "PROXx"s,
                                  "\r\nGET /"s,
                                  "\x16\x03\x01"s,
                                  "proxy TCP4 "s}) {
    EXPECT_EQ(read_proxy_header(text).kind, Kind::Absent) << text;
  }
}

TEST(ProxyHeaderText, RefusesMalformedLines) {
  for (const char* rest : {"\r\n",
                           "TCP4\r\n",
                           "TCP4 1.2.3.4 1.2.3.4 1\r\n",
                           "TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n",
                           "TCP4  1.2.3.4 1.2.3.4 1 2\r\n",
                           "TCP4 ::1 ::1 1 2\r\n",
                           "TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
                           "TCP4 1.2.3.4 1.2.3.4 1 65536\r\n",
                           "TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
                           "TCP4 1.2.3.4 1.2.3.4 -1 2\r\n",
                           "TCP4 a.b 1.2.3.4 1 2\r\n",
                           "UDP4 1.2.3.4 1.2.3.4 1 2\r\n",
                           "unknown\r\n"}) {
    EXPECT_EQ(read_proxy_header(std::string("PROXY ") + rest).kind, Kind::Malformed) << rest;
  }
  EXPECT_EQ(read_proxy_header("PROXY UNKNOWN " + std::string(93, 'x')).kind, Kind::Malformed);
}

TEST(ProxyHeaderText, RefusesMalformedBinaryHeaders) {
  for (const std::string& header : {binary("\x22\x11", kFour),
                                    binary("\x11\x11", kFour),
                                    binary("\x21\x11", kFour.substr(1)),
                                    binary("\x21\x21", kFour),
                                    kSignature + "\x21\x11\xFF\xFF"}) {
    EXPECT_EQ(read_proxy_header(header).kind, Kind::Malformed);
  }
}

}  // namespace
}  // namespace otatool::http
