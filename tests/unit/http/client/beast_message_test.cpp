// The two parsers of HTTP messages: fed whole, byte by byte, and with invalid input.
#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/client/beast_request.hpp"
#include "http/client/beast_response.hpp"

namespace otatool::http {
namespace {

struct Taken {
  std::string body;
  Result<void> result;
  unsigned status = 0;
  bool complete = false;
};

Taken read_response(std::string_view text, std::size_t piece, bool ends = false) {
  Taken taken;
  ResponseReader reader([&](Bytes bytes) {
    taken.body += as_text(bytes);
    return taken.body.size() < 100;
  });
  for (std::size_t at = 0; at < text.size() && taken.result; at += piece) {
    taken.result = reader.feed(as_bytes(text.substr(at, piece)));
  }
  if (ends && taken.result) {
    taken.result = reader.end();
  }
  taken.complete = reader.complete();
  taken.status = reader.has_header() ? reader.status() : 0;
  return taken;
}

TEST(ResponseReader, ParsesPiecesOfAnySize) {
  const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhellorest";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    const Taken taken = read_response(text, piece);
    EXPECT_TRUE(taken.result);
    EXPECT_TRUE(taken.complete) << piece;
    EXPECT_EQ(taken.body, "hello") << piece;
  }
}

TEST(ResponseReader, WithoutALengthTheEndOfTheConnectionEndsTheBody) {
  const std::string text = "HTTP/1.0 200 OK\r\n\r\nhello";
  EXPECT_FALSE(read_response(text, 7).complete);
  EXPECT_TRUE(read_response(text, 7, true).complete);
  EXPECT_EQ(read_response(text, 7, true).body, "hello");
}

TEST(ResponseReader, GivesUpAfterManyInterimResponses) {
  std::string text;
  for (int i = 0; i < 16; ++i) {
    text += "HTTP/1.1 100 Continue\r\n\r\n";
  }
  EXPECT_TRUE(read_response(text + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 10).complete);
  EXPECT_FALSE(read_response(text + "HTTP/1.1 102 Processing\r\n\r\n", 10).result);
}

TEST(ResponseReader, GivesUpAtALineWithoutEnd) {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;";
  EXPECT_TRUE(read_response(head + std::string(1'000, 'x'), 512).result);
  EXPECT_FALSE(read_response(head + std::string(40'000, 'x'), 512).result);
}

TEST(ResponseReader, SkipsInterimResponses) {
  const Taken taken = read_response(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", 10);
  EXPECT_EQ(taken.status, 401U);
  EXPECT_TRUE(taken.complete);
}

TEST(ResponseReader, StopsOnRequestOfTheSink) {
  const Taken taken =
      read_response("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + std::string(300, 'x'), 50);
  EXPECT_TRUE(taken.result);
  EXPECT_TRUE(taken.complete);
  EXPECT_LT(taken.body.size(), 200U);
}

TEST(ResponseReader, RefusesInvalidAndIncompleteResponses) {
  EXPECT_FALSE(read_response("SSH-2.0-OpenSSH_9.2\r\n\r\n", 100).result);
  EXPECT_FALSE(read_response("HTTP/1.1 200 OK\r\nX: " + std::string(9000, 'a'), 100).result);
  EXPECT_FALSE(read_response("", 1, true).result);
  EXPECT_FALSE(read_response("HTTP/1.1 200 OK\r\n", 100, true).result);
  EXPECT_FALSE(read_response("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", 9, true).result);
}

TEST(ResponseReader, AcceptsLargeBodies) {
  std::size_t size = 0;
  ResponseReader reader([&](Bytes bytes) {
    size += bytes.size();
    return true;
  });
  ASSERT_TRUE(reader.feed(as_bytes("HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n")));
  EXPECT_EQ(reader.content_length(), 20'000'000U);
  const std::string piece(1'000'000, 'x');
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(reader.feed(as_bytes(piece)));
  }
  EXPECT_TRUE(reader.complete());
  EXPECT_EQ(size, 20'000'000U);
}

TEST(RequestReader, ParsesRequestsInPiecesOfAnySize) {
  const std::string text =
      "POST /update HTTP/1.1\r\nHost: h\r\ncontent-type: a/b\r\nContent-Length: "
      "2000005\r\n\r\nhello";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    std::string body;
    RequestReader reader([&](Bytes bytes) { body += as_text(bytes); });
    for (std::size_t at = 0; at < text.size(); at += piece) {
      ASSERT_TRUE(reader.feed(as_bytes(std::string_view(text).substr(at, piece))));
    }
    ASSERT_TRUE(reader.has_header());
    EXPECT_EQ(reader.method(), "POST");
    EXPECT_EQ(reader.target(), "/update");
    EXPECT_EQ(reader.field("Content-Type"), "a/b");
    EXPECT_EQ(reader.field("Origin"), "");
    EXPECT_EQ(reader.content_length(), 2'000'005U);
    EXPECT_EQ(body, "hello");
    EXPECT_FALSE(reader.complete());
  }
}

TEST(RequestReader, RefusesInvalidRequests) {
  RequestReader reader([](Bytes) {});
  EXPECT_FALSE(reader.feed(as_bytes("\x16\x03\x01\x02\r\n\r\n")));
  RequestReader large([](Bytes) {});
  EXPECT_FALSE(large.feed(as_bytes("GET / HTTP/1.1\r\nX: " + std::string(9000, 'a'))));
}

}  // namespace
}  // namespace otatool::http
