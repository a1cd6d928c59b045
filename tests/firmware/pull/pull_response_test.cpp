// The header of a response, whole and in pieces (espota.md 5.5).
#include "firmware/core/pull/pull_response.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "otatool/bytes.hpp"

namespace otatool::firmware {
namespace {

const std::string kMd5Field = "x-MD5: 9e107d9d372bb6826bd81d3542a419d6\r\n";

PullResponse read(std::string_view text, std::size_t piece = SIZE_MAX) {
  PullResponse response;
  response.begin();
  for (std::size_t at = 0; at < text.size(); at += std::min(piece, text.size())) {
    const std::string_view part = text.substr(at, piece);
    response.read(as_bytes(part).data(), part.size());
  }
  return response;
}

PullOffer offer(std::string_view text) {
  const PullOffer whole = read(text).offer();
  EXPECT_EQ(read(text, 1).offer(), whole) << text;
  EXPECT_EQ(read(text, 7).offer(), whole) << text;
  return whole;
}

std::string ok(const std::string& fields) {
  return "HTTP/1.0 200 OK\r\n" + fields + "\r\n";
}

TEST(PullResponse, OffersAnUpdateWithLengthAndDigest) {
  const PullResponse response = read(ok("Content-Length: 70000\r\n" + kMd5Field) + "body\n\r\n");
  ASSERT_EQ(response.offer(), PullOffer::Update);
  EXPECT_EQ(response.status(), 200U);
  EXPECT_EQ(response.size(), 70'000U);
  EXPECT_EQ(to_hex({response.md5(), 16}), "9e107d9d372bb6826bd81d3542a419d6");
}

TEST(PullResponse, LeavesTheBodyUnread) {
  const std::string header = ok("Content-Length: 5\r\n" + kMd5Field);
  const std::string text = header + "body\n";
  for (std::size_t split = 0; split <= text.size(); ++split) {
    PullResponse response;
    response.begin();
    const auto bytes = as_bytes(std::string_view(text));
    const std::size_t first = response.read(bytes.data(), split);
    EXPECT_EQ(first, std::min(split, header.size()));
    EXPECT_EQ(response.read(bytes.data() + split, text.size() - split), header.size() - first);
  }
}

TEST(PullResponse, NamesHaveAnyCaseAndValuesAnyBlanksAroundThem) {
  EXPECT_EQ(
      offer("http/1.1 200\nCONTENT-LENGTH:5 \t \nX-md5: \t9E107D9D372BB6826BD81D3542A419D6\n\n"),
      PullOffer::Update);
}

TEST(PullResponse, StatusesWithoutAnUpdate) {
  for (const char* const status : {"304 Not Modified", "403 Forbidden", "404 Not Found", "404"}) {
    EXPECT_EQ(offer("HTTP/1.0 " + std::string(status) + "\r\nContent-Length: 9\r\n\r\n"),
              PullOffer::None);
  }
}

TEST(PullResponse, OtherStatuses) {
  for (const char* const status : {"100", "201", "204", "206", "301", "302", "401", "500", "503"}) {
    EXPECT_EQ(offer("HTTP/1.1 " + std::string(status) + " x\r\nContent-Length: 9\r\n" + kMd5Field +
                    "\r\n"),
              PullOffer::Status)
        << status;
  }
}

TEST(PullResponse, WhatIsNotHttpIsMalformed) {
  for (const char* const line : {"",
                                 "hello",
                                 "HTTP/1.0",
                                 "HTTP/1.0 ",
                                 "HTTP/1.0 20",
                                 "HTTP/1.0 099 x",
                                 "HTTP/1.0 2000 x",
                                 "HTTP/1.0 2x0 OK",
                                 "HTTP/1.0-200 OK",
                                 "HTTP/2.0 200 OK",
                                 "ICY 200 OK"}) {
    EXPECT_EQ(offer(std::string(line) + "\r\n"), PullOffer::Malformed) << line;
  }
}

TEST(PullResponse, WithoutAUsableLength) {
  EXPECT_EQ(offer(ok(kMd5Field)), PullOffer::NoLength);
  EXPECT_EQ(offer(ok("Content-Length: 0\r\n" + kMd5Field)), PullOffer::NoLength);
  EXPECT_EQ(offer(ok("Content-Length : 5\r\n" + kMd5Field)), PullOffer::NoLength);
  EXPECT_EQ(offer(ok("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" + kMd5Field)),
            PullOffer::NoLength);
}

TEST(PullResponse, AWrongLengthIsMalformed) {
  for (const char* const value : {"", "-1", "+5", "5x", "5, 5", "0x10", "4294967296", "5 5"}) {
    EXPECT_EQ(offer(ok("Content-Length: " + std::string(value) + "\r\n" + kMd5Field)),
              PullOffer::Malformed)
        << value;
  }
  EXPECT_EQ(offer(ok("Content-Length: 4294967295\r\n" + kMd5Field)), PullOffer::Update);
}

TEST(PullResponse, AFieldThatComesTwiceIsMalformed) {
  const std::string length = "Content-Length: 5\r\n";
  EXPECT_EQ(offer(ok(length + length + kMd5Field)), PullOffer::Malformed);
  EXPECT_EQ(offer(ok(length + kMd5Field + kMd5Field)), PullOffer::Malformed);
}

TEST(PullResponse, WithoutAUsableDigest) {
  EXPECT_EQ(offer(ok("Content-Length: 5\r\n")), PullOffer::NoMd5);
  for (const std::string& value :
       {std::string(), std::string(31, '0'), std::string(33, '0'), std::string(32, 'g')}) {
    EXPECT_EQ(offer(ok("Content-Length: 5\r\nx-MD5: " + value + "\r\n")), PullOffer::Malformed);
  }
}

TEST(PullResponse, SkipsLongLinesThatDoNotMatter) {
  const std::string reason(500, 'r');
  EXPECT_EQ(offer("HTTP/1.0 200 " + reason + "\r\nSet-Cookie: " + reason +
                  "\r\nContent-Length: 5\r\n" + kMd5Field + "\r\n"),
            PullOffer::Update);
  EXPECT_EQ(offer("HTTP/1.0 404 " + reason + "\r\n\r\n"), PullOffer::None);
}

TEST(PullResponse, ALongLineDoesNotCountAsShort) {
  EXPECT_EQ(offer(ok("Content-Length: " + std::string(60, ' ') + "5\r\n" + kMd5Field)),
            PullOffer::NoLength);
  EXPECT_EQ(offer(ok("Content-Length: " + std::string(60, '0') + "5\r\n" + kMd5Field)),
            PullOffer::NoLength);
}

TEST(PullResponse, TheHeaderHasALimit) {
  const std::string fields = "Content-Length: 5\r\n" + kMd5Field;
  const std::size_t rest = PullResponse::kMaxHeader - ok(fields).size();
  EXPECT_EQ(offer(ok(fields + std::string(rest - 2, 'x') + "\r\n")), PullOffer::Update);
  EXPECT_EQ(offer(ok(fields + std::string(rest - 1, 'x') + "\r\n")), PullOffer::Malformed);
  EXPECT_EQ(read(std::string(PullResponse::kMaxHeader, 'x')).offer(), PullOffer::Incomplete);
  EXPECT_EQ(read(std::string(PullResponse::kMaxHeader + 1, 'x')).offer(), PullOffer::Malformed);
}

TEST(PullResponse, EachBeginningIsIncomplete) {
  const std::string whole = ok("Content-Length: 5\r\n" + kMd5Field);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(offer(whole.substr(0, length)), PullOffer::Incomplete) << length;
  }
}

TEST(PullResponse, BeginForgetsTheFormerResponse) {
  PullResponse response = read(ok("Content-Length: 5\r\n" + kMd5Field));
  response.begin();
  EXPECT_EQ(response.offer(), PullOffer::Incomplete);
  EXPECT_EQ(response.status(), 0U);
  const std::string second = ok("Content-Length: 6\r\n");
  response.read(as_bytes(std::string_view(second)).data(), second.size());
  EXPECT_EQ(response.offer(), PullOffer::NoMd5);
}

}  // namespace
}  // namespace otatool::firmware
